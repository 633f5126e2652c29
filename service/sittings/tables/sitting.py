"""Sittings, their proctors, seats, and what individual candidates are granted."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, defaulting
from service.sittings.rules.phases import DEFAULT_LATE_MINUTES


class Sitting(SQLModel, table=True):
    """One exam of one class in one room at one time, on one form of the class's paper; or a rehearsal, on no form.

    ``began_at`` is set where the room began later than planned; ``extra_seconds`` and ``paused_at`` sum up the rows
    of :class:`ExtraTime` and :class:`Pause` that concern the whole room, so that the clock is one row to read;
    ``entry_seconds`` those of them that stood still before the last entry.
    """

    __tablename__ = "sittings_sitting"
    __table_args__ = (
        sa.CheckConstraint("duration_minutes BETWEEN 10 AND 240", name="duration_range"),
        sa.CheckConstraint("rehearsal OR form_id IS NOT NULL", name="form_or_rehearsal"),
        sa.CheckConstraint("extra_seconds >= 0", name="extra_seconds_counted"),
        both_or_neither("cancelled_at", "cancelled_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    form_id: int | None = Field(default=None, foreign_key="papers_form.id")
    room_id: int = Field(foreign_key="sittings_room.id", index=True)
    starts_at: datetime = Field(sa_type=Instant)
    duration_minutes: int
    late_minutes: int = DEFAULT_LATE_MINUTES
    rehearsal: bool = Field(default=False, sa_column_kwargs=defaulting(sa.false()))
    began_at: datetime | None = Field(default=None, sa_type=Instant)
    extra_seconds: int = Field(default=0, sa_column_kwargs=defaulting("0"))
    paused_at: datetime | None = Field(default=None, sa_type=Instant)
    entry_seconds: int = Field(default=0, sa_column_kwargs=defaulting("0"))
    # Safe Exam Browser: the Config Key every request must prove, empty where any browser will do.
    seb_config_key: str = Field(default="", max_length=64, sa_column_kwargs=defaulting(""))
    seb_config: bytes | None = None
    cancelled_at: datetime | None = Field(default=None, sa_type=Instant)
    cancelled_by: int | None = Field(default=None, foreign_key="access_person.id")
    # The issue that new tickets begin with: above every ticket that was taken back, whose seat's id may come again.
    first_issue: int = Field(default=1, sa_column_kwargs=defaulting("1"))


class Proctor(SQLModel, table=True):
    """A person who proctors a sitting; who was relieved stays for the record, and counts and reaches no more."""

    __tablename__ = "sittings_proctor"
    __table_args__ = (both_or_neither("relieved_at", "relieved_by", "relief_reason"),)

    sitting_id: int = Field(primary_key=True, foreign_key="sittings_sitting.id")
    person_id: int = Field(primary_key=True, foreign_key="access_person.id", index=True)
    assigned_at: datetime = Field(sa_type=Instant)
    relieved_at: datetime | None = Field(default=None, sa_type=Instant)
    relieved_by: int | None = Field(default=None, foreign_key="access_person.id")
    relief_reason: str | None = Field(default=None, max_length=200)


class Seat(SQLModel, table=True):
    """A trainee's place in a sitting, and the events of that exam; its state is derived, never stored."""

    __tablename__ = "sittings_seat"
    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "number"),
        sa.UniqueConstraint("sitting_id", "trainee_id", name="uq_sittings_seat_trainee"),
        both_or_neither("admitted_at", "admitted_by"),
        both_or_neither("refused_at", "refused_by", "refusal"),
        both_or_neither("handed_in_at", "handed_in_by", "sheet_digest"),
        # What the clock looks through every two seconds: open sheets, however many were closed.
        sa.Index(
            "ix_sittings_seat_open",
            "sitting_id",
            sqlite_where=sa.text("handed_in_at IS NULL AND admitted_at IS NOT NULL"),
            postgresql_where=sa.text("handed_in_at IS NULL AND admitted_at IS NOT NULL"),
        ),
        sa.CheckConstraint("extra_seconds >= 0", name="extra_seconds_counted"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id")
    number: int
    trainee_id: int = Field(foreign_key="programme_trainee.id", index=True)
    person_id: int = Field(foreign_key="access_person.id", index=True)
    ticket_number: str = Field(unique=True, max_length=12)
    ticket_issue: int = 1
    id_tail_index: str = Field(max_length=32)
    key_id: str = Field(default="", max_length=8, sa_column_kwargs=defaulting(""))
    failed_attempts: int = 0
    admitted_at: datetime | None = Field(default=None, sa_type=Instant)
    admitted_by: int | None = None
    refused_at: datetime | None = Field(default=None, sa_type=Instant)
    refused_by: int | None = None
    refusal: str | None = Field(default=None, max_length=40)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    # From when on the candidate answers on paper, as two people declared; see PaperSheet.
    on_paper_at: datetime | None = Field(default=None, sa_type=Instant)
    handed_in_at: datetime | None = Field(default=None, sa_type=Instant)
    handed_in_by: str | None = Field(default=None, max_length=20)
    sheet_digest: str | None = Field(default=None, max_length=64)
    # Sums of the rows of ExtraTime and Pause about this seat alone; see Sitting.
    extra_seconds: int = Field(default=0, sa_column_kwargs=defaulting("0"))
    paused_at: datetime | None = Field(default=None, sa_type=Instant)
    # Why a proctor ended this exam; only where handed_in_by says so.
    termination: str | None = Field(default=None, max_length=40)


class SeatGuess(SQLModel, table=True):
    """Wrong guesses at a seat from one place, by the ticket and the end of a citizen id; a day later they are gone."""

    __tablename__ = "sittings_seat_guess"
    __table_args__ = (sa.CheckConstraint("failures >= 1", name="failures_counted"),)

    seat_id: int = Field(primary_key=True, foreign_key="sittings_seat.id")
    place: str = Field(primary_key=True, max_length=45)
    failures: int
    last_at: datetime = Field(sa_type=Instant, index=True)
    held_until: datetime | None = Field(default=None, sa_type=Instant)


class Arrangement(SQLModel, table=True):
    """What one trainee is granted in every sitting of a class, asked for by one person and approved by another."""

    __tablename__ = "sittings_arrangement"
    __table_args__ = (
        sa.UniqueConstraint("class_id", "trainee_id"),
        sa.CheckConstraint("extra_minutes BETWEEN 0 AND 120", name="extra_minutes_range"),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        both_or_neither("decided_at", "decided_by", "approved", "decision_reason"),
    )

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id")
    trainee_id: int = Field(foreign_key="programme_trainee.id", index=True)
    extra_minutes: int = 0
    large_type: bool = False
    read_aloud: bool = False
    separate_room: bool = False
    reason: str = Field(max_length=200)
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: int = Field(foreign_key="access_person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    approved: bool | None = None
    decision_reason: str | None = Field(default=None, max_length=200)
