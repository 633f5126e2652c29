"""Payment lists: each version as it was signed."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant


class PaymentList(SQLModel, table=True):
    """One version of a class's payment list; ``content`` is what was signed, to the letter."""

    __tablename__ = "results_payment_list"
    __table_args__ = (
        sa.UniqueConstraint("class_id", "version"),
        sa.CheckConstraint("version >= 1", name="version_counted"),
        sa.CheckConstraint("people > 0 AND total_fen >= 0", name="sums_counted"),
    )

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id")
    version: int
    edition_id: int = Field(foreign_key="results_edition.id")
    people: int
    total_fen: int
    content: str
    digest: str = Field(max_length=64)
    key_id: str = Field(max_length=16)
    signature: str = Field(max_length=128)
    made_at: datetime = Field(sa_type=Instant)
    made_by: int = Field(foreign_key="access_person.id")
