"""What two people decide on published results beside voiding: items withdrawn, and appeals of candidates."""

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, one_of
from service.results.rules import VoidingState
from service.results.rules.appealing import AppealState
from service.results.rules.withdrawing import ItemStanding


class ItemRuling(SQLModel, table=True):
    """A proposal that a defective item of a class's form be withdrawn, or count again, and what another decided.

    The figures are sums over everybody who sat this form, before and after; they stay when more is decided later.
    """

    __tablename__ = "results_item_ruling"
    __table_args__ = (
        one_of("state", VoidingState),
        one_of("wanted", ItemStanding),
        both_or_neither("decided_at", "decided_by", "note", "sat"),
        both_or_neither("sat", "points_before", "points_after", "passed_before", "passed_after"),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="state_dated"),
        # The two-person rule once more, where no code can forget it.
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        sa.CheckConstraint("position >= 1", name="position_counted"),
        sa.Index(
            "uq_results_item_ruling_undecided",
            "form_id",
            "position",
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    form_id: int = Field(foreign_key="papers_form.id", index=True)
    position: int
    state: str = VoidingState.PROPOSED
    wanted: str = Field(max_length=10)
    reason: str = Field(max_length=500)
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: int = Field(foreign_key="access_person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    note: str | None = Field(default=None, max_length=500)
    sat: int | None = None
    points_before: int | None = None
    points_after: int | None = None
    passed_before: int | None = None
    passed_after: int | None = None


class Appeal(SQLModel, table=True):
    """A candidate's appeal against one version of a result: one person proposes the answer, another gives it.

    ``changes`` are points by position that the answer sets; none where the marking was found right.
    """

    __tablename__ = "results_appeal"
    __table_args__ = (
        one_of("state", AppealState),
        both_or_neither("proposed_at", "proposed_by", "finding"),
        both_or_neither("decided_at", "decided_by", "answer"),
        sa.CheckConstraint("(state = 'filed') = (proposed_at IS NULL)", name="state_proposed"),
        sa.CheckConstraint("(state = 'answered') = (decided_at IS NOT NULL)", name="state_dated"),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
    )

    id: int | None = Field(default=None, primary_key=True)
    result_id: int = Field(foreign_key="results_result.id", unique=True)
    seat_id: int = Field(foreign_key="sittings_seat.id", index=True)
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    state: str = AppealState.FILED
    reason: str = Field(max_length=500)
    filed_at: datetime = Field(sa_type=Instant)
    changes: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    finding: str | None = Field(default=None, max_length=500)
    proposed_at: datetime | None = Field(default=None, sa_type=Instant)
    proposed_by: int | None = Field(default=None, foreign_key="access_person.id")
    answer: str | None = Field(default=None, max_length=500)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
