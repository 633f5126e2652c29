"""What a candidate's machine leaves behind: answers, late ones apart, and its presence."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, defaulting, one_of
from service.papers.rules import answers
from service.sittings.rules.presence import Leaving


class Answer(SQLModel, table=True):
    """The newest answer of a seat at a position; ``seq`` counts the browser's changes, a stale one never wins."""

    __tablename__ = "sittings_answer"

    sitting_id: int = Field(primary_key=True, foreign_key="sittings_sitting.id")
    seat_id: int = Field(primary_key=True, foreign_key="sittings_seat.id")
    position: int = Field(primary_key=True)
    choice: str = Field(default="", max_length=answers.STORED)
    flagged: bool = False
    seq: int
    saved_at: datetime = Field(sa_type=Instant)


class BoundMachine(SQLModel, table=True):
    """A machine that was bound to a seat by signing in, with the key that signs what it must queue.

    ``device_digest`` is of what its browser drew by lot before it signed in, and sends again where the reply was lost.

    ``replaced_at`` is when another one took its place; ``drift_ms`` how far its clock was from ours until then, empty
    where it was never heard. Of the machine in use :class:`Presence` knows.
    """

    __tablename__ = "sittings_bound_machine"

    session_digest: str = Field(primary_key=True, max_length=64, foreign_key="access_session.token_digest")
    seat_id: int = Field(foreign_key="sittings_seat.id", index=True)
    # P-256 (SPKI, base64); empty where a browser could make none.
    public_key: str = Field(default="", max_length=200)
    # SHA-256 of the browser's own random word; empty where it sent none, and then it is known again by nothing.
    device_digest: str = Field(default="", max_length=64, sa_column_kwargs=defaulting(""))
    bound_at: datetime = Field(sa_type=Instant)
    replaced_at: datetime | None = Field(default=None, sa_type=Instant)
    drift_ms: int | None = None


class LateAnswer(SQLModel, table=True):
    """A change that reached us after the sheet was closed: evidence for two people to decide, no answer by itself.

    Everything that was signed is here as it was signed, with the signature and the key, so that anybody can verify it
    again. ``made_at_text`` is the browser's own word and ``made_at`` the same as an instant; ``drift_ms`` is how far
    its clock was from ours when last heard, empty where it never was. ``paper`` is the form that the page showed, 0
    where what was signed does not say. ``left_at`` says that the candidate had been moved to another machine by then.
    One person proposes to accept, another decides; declining takes one.
    """

    __tablename__ = "sittings_late_answer"
    __table_args__ = (
        sa.UniqueConstraint("seat_id", "position", "seq", "session_digest", name="uq_sittings_late_answer_change"),
        both_or_neither("proposed_at", "proposed_by", "proposal_reason"),
        both_or_neither("decided_at", "decided_by", "accepted", "reason"),
        # What changes marks takes two people, where no code can forget it.
        sa.CheckConstraint(
            "accepted IS NULL OR NOT accepted OR (proposed_by IS NOT NULL AND proposed_by <> decided_by)",
            name="two_people",
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int = Field(foreign_key="sittings_seat.id")
    position: int
    choice: str = Field(max_length=answers.STORED)
    flagged: bool = Field(default=False, sa_column_kwargs=defaulting(sa.false()))
    seq: int
    paper: int = Field(default=0, sa_column_kwargs=defaulting("0"))
    made_at: datetime = Field(sa_type=Instant)
    made_at_text: str = Field(default="", max_length=40, sa_column_kwargs=defaulting(""))
    drift_ms: int | None = None
    signature: str = Field(default="", max_length=120, sa_column_kwargs=defaulting(""))
    public_key: str = Field(default="", max_length=200, sa_column_kwargs=defaulting(""))
    session_digest: str = Field(default="", max_length=64, sa_column_kwargs=defaulting(""))
    # As it was found on arrival; whoever decides verifies anew.
    signature_good: bool
    left_at: datetime | None = Field(default=None, sa_type=Instant)
    received_at: datetime = Field(sa_type=Instant)
    proposed_at: datetime | None = Field(default=None, sa_type=Instant)
    proposed_by: int | None = Field(default=None, foreign_key="access_person.id")
    proposal_reason: str | None = Field(default=None, max_length=200)
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
