"""What a candidate's machine leaves behind: answers, late ones apart, and its presence."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, one_of
from service.sittings.rules.presence import Leaving


class Answer(SQLModel, table=True):
    """The newest answer of a seat at a position; ``seq`` counts the browser's changes, a stale one never wins."""

    __tablename__ = "sittings_answer"

    sitting_id: int = Field(primary_key=True, foreign_key="sittings_sitting.id")
    seat_id: int = Field(primary_key=True, foreign_key="sittings_seat.id")
    position: int = Field(primary_key=True)
    choice: str = Field(default="", max_length=8)
    flagged: bool = False
    seq: int
    saved_at: datetime = Field(sa_type=Instant)


class LateAnswer(SQLModel, table=True):
    """A change that reached us after the sheet was closed: evidence for a person to decide, never an answer by itself.

    ``made_at`` is the browser's own word, ``drift_ms`` how far its clock was from ours when we last heard it before.
    """

    __tablename__ = "sittings_late_answer"
    __table_args__ = (
        sa.UniqueConstraint("seat_id", "position", "seq"),
        both_or_neither("decided_at", "decided_by", "accepted", "reason"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int = Field(foreign_key="sittings_seat.id")
    position: int
    choice: str = Field(max_length=8)
    seq: int
    made_at: datetime = Field(sa_type=Instant)
    drift_ms: int
    signature_good: bool
    received_at: datetime = Field(sa_type=Instant)
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    accepted: bool | None = None
    reason: str | None = Field(default=None, max_length=200)


class Presence(SQLModel, table=True):
    """The last sign of life of a seat's machine, and how often its window was left."""

    __tablename__ = "sittings_presence"

    sitting_id: int = Field(primary_key=True, foreign_key="sittings_sitting.id")
    seat_id: int = Field(primary_key=True, foreign_key="sittings_seat.id")
    seen_at: datetime = Field(sa_type=Instant)
    leavings: int = 0
    waiting: int = 0
    drift_ms: int = 0
    address: str = Field(default="", max_length=45)


class Departure(SQLModel, table=True):
    """One leaving of the exam's window or of full screen, or an attempt to copy, paste or print."""

    __tablename__ = "sittings_departure"
    __table_args__ = (sa.UniqueConstraint("seat_id", "nonce"), one_of("kind", Leaving))

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int = Field(foreign_key="sittings_seat.id")
    nonce: str = Field(max_length=40)
    kind: str = Field(max_length=20)
    seconds: int
    made_at: datetime = Field(sa_type=Instant)
    learnt_at: datetime = Field(sa_type=Instant)


class Gap(SQLModel, table=True):
    """A silence between two signs of life of a working seat: what lost time is computed from."""

    __tablename__ = "sittings_gap"
    # Two signs of life that reach us together end the same silence.
    __table_args__ = (sa.Index("uq_sittings_gap_seat_id", "seat_id", "from_at", unique=True),)

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int = Field(foreign_key="sittings_seat.id")
    from_at: datetime = Field(sa_type=Instant)
    until_at: datetime = Field(sa_type=Instant)
    compensated_by: int | None = Field(default=None, foreign_key="sittings_extra_time.id")
