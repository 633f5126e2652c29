"""How often somebody asked in vain for the result behind a ticket number."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant


class Guesses(SQLModel, table=True):
    """Wrong guesses at one ticket number since a moment; whether there is such a ticket makes no difference."""

    __tablename__ = "results_guesses"
    __table_args__ = (sa.CheckConstraint("failures >= 1", name="failures_counted"),)

    ticket_number: str = Field(primary_key=True, max_length=12)
    failures: int
    since: datetime = Field(sa_type=Instant, index=True)
