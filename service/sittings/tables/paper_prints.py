"""Papers printed for rooms without machines: which numbered copies, by whom, and while sealed by which two."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither


class PaperPrint(SQLModel, table=True):
    """One printing: of a sealed paper ``waiting`` are the first hand's halves until the second one comes.

    Copies are numbered through all printings of a sitting's form, so that no two carry the same number.
    """

    __tablename__ = "sittings_paper_print"
    __table_args__ = (
        both_or_neither("printed_at", "printed_by", "digest"),
        sa.CheckConstraint("copies >= 1 AND first_number >= 1", name="copies_counted"),
        sa.CheckConstraint("NOT sealed OR printed_by IS NULL OR printed_by <> begun_by", name="two_people"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    form_id: int = Field(foreign_key="papers_form.id")
    copies: int
    first_number: int
    sealed: bool
    begun_at: datetime = Field(sa_type=Instant)
    begun_by: int = Field(foreign_key="access_person.id")
    key_id: int | None = Field(default=None, foreign_key="access_custody_key.id")
    waiting: bytes | None = None
    printed_at: datetime | None = Field(default=None, sa_type=Instant)
    printed_by: int | None = Field(default=None, foreign_key="access_person.id")
    digest: str | None = Field(default=None, max_length=64)
