"""Closed sheets that were opened again, and what had been handed in before: kept as it was."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, one_of
from service.sittings.rules.reopening import ReopenReason
from service.sittings.rules.seats import HandedInBy


class SheetReopening(SQLModel, table=True):
    """One person's proposal to open a closed sheet again, and what another decided; a seat has one that waits.

    ``closed_at``, ``closed_by`` and ``sheet_digest`` are those of the closing that it takes back; ``choices`` is what
    was handed in then, as canonical JSON whose SHA-256 is the digest, and is there once it was confirmed. ``seconds``
    is how long the seat's clock stood still for it, and ``ends_at`` the end of the seat as it stood when it went on.
    """

    __tablename__ = "sittings_sheet_reopening"
    __table_args__ = (
        one_of("reason", ReopenReason),
        one_of("closed_by", HandedInBy),
        both_or_neither("decided_at", "decided_by", "confirmed"),
        both_or_neither("choices", "seconds", "ends_at"),
        # The two-person rule once more, where no code can forget it.
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        sa.CheckConstraint("minutes >= 0 AND away_minutes >= 0", name="minutes_counted"),
        sa.CheckConstraint("(choices IS NOT NULL) = (confirmed IS NOT NULL AND confirmed)", name="choices_kept"),
        sa.Index(
            "uq_sittings_sheet_reopening_waiting",
            "seat_id",
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int = Field(foreign_key="sittings_seat.id", index=True)
    reason: str = Field(max_length=20)
    note: str = Field(max_length=200)
    minutes: int
    away_minutes: int
    closed_at: datetime = Field(sa_type=Instant)
    closed_by: str = Field(max_length=20)
    sheet_digest: str = Field(max_length=64)
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: int = Field(foreign_key="access_person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    confirmed: bool | None = None
    choices: str | None = None
    seconds: int | None = None
    ends_at: datetime | None = Field(default=None, sa_type=Instant)
