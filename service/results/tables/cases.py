"""Pairs whose answers are alike, as cases that people open and close."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, one_of
from service.results.rules.cases import Finding


class SimilarityCase(SQLModel, table=True):
    """A pair in a room that somebody looks into; the figures are those of the day on which it was opened."""

    __tablename__ = "results_similarity_case"
    __table_args__ = (
        one_of("finding", Finding),
        both_or_neither("closed_at", "closed_by", "finding", "answer"),
        sa.CheckConstraint("seat_id < other_seat_id", name="pair_ordered"),
        sa.CheckConstraint("same_wrong >= 0 AND same_wrong <= same", name="same_counted"),
        sa.CheckConstraint("chance BETWEEN 0 AND 1", name="chance_range"),
        # The two-person rule once more, where no code can forget it.
        sa.CheckConstraint("closed_by IS NULL OR closed_by <> opened_by", name="two_people"),
        sa.Index(
            "uq_results_similarity_case_open",
            "seat_id",
            "other_seat_id",
            unique=True,
            sqlite_where=sa.text("closed_at IS NULL"),
            postgresql_where=sa.text("closed_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    seat_id: int = Field(foreign_key="sittings_seat.id")
    other_seat_id: int = Field(foreign_key="sittings_seat.id")
    same: int
    same_wrong: int
    expected: float
    chance: float
    reason: str = Field(max_length=500)
    opened_at: datetime = Field(sa_type=Instant)
    opened_by: int = Field(foreign_key="access_person.id")
    finding: str | None = Field(default=None, max_length=20)
    answer: str | None = Field(default=None, max_length=500)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: int | None = Field(default=None, foreign_key="access_person.id")
