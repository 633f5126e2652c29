"""What an approver marked on single items of a paper that was sent back, and what became of it."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, one_of
from service.papers.rules.states import Form


class Mark(SQLModel, table=True):
    """One mark: form, position and reason; settled by another item in its place, or by an answer that keeps it."""

    __tablename__ = "papers_mark"
    __table_args__ = (
        one_of("letter", Form),
        both_or_neither("settled_at", "settled_by"),
        sa.CheckConstraint("position >= 1", name="position_counted"),
    )

    id: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="papers_paper.id", index=True)
    letter: str = Field(max_length=1)
    position: int
    reason: str
    marked_at: datetime = Field(sa_type=Instant)
    marked_by: int = Field(foreign_key="access_person.id")
    settled_at: datetime | None = Field(default=None, sa_type=Instant)
    settled_by: int | None = Field(default=None, foreign_key="access_person.id")
    swapped: bool = False
    answer: str = ""
