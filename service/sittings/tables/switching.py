"""Rooms that were switched to the other form, and the sheets that were given up for it: kept as they were."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, one_of
from service.papers.rules import answers
from service.sittings.rules.switching import SwitchReason


class FormSwitch(SQLModel, table=True):
    """A switch as one person proposed and another decided it; a sitting has one that waits."""

    __tablename__ = "sittings_form_switch"
    __table_args__ = (
        one_of("reason", SwitchReason),
        both_or_neither("decided_at", "decided_by", "confirmed"),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        sa.CheckConstraint("from_form_id <> to_form_id", name="another_form"),
        sa.Index(
            "uq_sittings_form_switch_waiting",
            "sitting_id",
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    from_form_id: int = Field(foreign_key="papers_form.id", index=True)
    to_form_id: int = Field(foreign_key="papers_form.id")
    reason: str = Field(max_length=20)
    note: str = Field(max_length=200)
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: int = Field(foreign_key="access_person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    confirmed: bool | None = None


class ArchivedSheet(SQLModel, table=True):
    """A seat's sheet on the form that was given up: when it was begun, and the digest of what it said."""

    __tablename__ = "sittings_archived_sheet"

    switch_id: int = Field(primary_key=True, foreign_key="sittings_form_switch.id")
    seat_id: int = Field(primary_key=True, foreign_key="sittings_seat.id")
    started_at: datetime = Field(sa_type=Instant)
    digest: str = Field(max_length=64)


class ArchivedAnswer(SQLModel, table=True):
    """An answer that was given to the form that was given up; never changed and never deleted."""

    __tablename__ = "sittings_archived_answer"

    switch_id: int = Field(primary_key=True, foreign_key="sittings_form_switch.id")
    seat_id: int = Field(primary_key=True, foreign_key="sittings_seat.id")
    position: int = Field(primary_key=True)
    choice: str = Field(max_length=answers.STORED)
    flagged: bool
    seq: int
    saved_at: datetime = Field(sa_type=Instant)
