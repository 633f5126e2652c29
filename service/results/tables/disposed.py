"""Classes whose answers are no longer kept."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant


class DisposedClass(SQLModel, table=True):
    """A class whose answers two people disposed of, with the number and a digest of the sheets there were.

    Points, verdicts, credits and certificates stay. The database empties what else it keeps unchanged for such classes
    alone, and never changes this row.
    """

    __tablename__ = "results_disposed_class"
    __table_args__ = (
        sa.CheckConstraint("proposed_by <> decided_by", name="two_people"),
        sa.CheckConstraint("sheets > 0", name="sheets_counted"),
    )

    class_id: int = Field(primary_key=True, foreign_key="programme_class.id")
    sheets: int
    digest: str = Field(max_length=64)
    disposed_at: datetime = Field(sa_type=Instant)
    proposed_by: int = Field(foreign_key="access_person.id")
    decided_by: int = Field(foreign_key="access_person.id")
