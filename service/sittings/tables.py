"""Exam points, rooms, sittings, proctors, seats, scans, answers and incidents.

Hot tables lead with the sitting, so that they partition by it.
"""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither
from service.sittings.rules.phases import DEFAULT_LATE_MINUTES, LARGEST_ROOM


class ExamPoint(SQLModel, table=True):
    __tablename__ = "sittings_exam_point"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=120)
    county: str = Field(max_length=40)
    address: str = Field(default="", max_length=200)


class Room(SQLModel, table=True):
    __tablename__ = "sittings_room"
    __table_args__ = (
        sa.UniqueConstraint("exam_point_id", "name"),
        sa.CheckConstraint(f"capacity BETWEEN 1 AND {LARGEST_ROOM}", name="capacity_range"),
    )

    id: int | None = Field(default=None, primary_key=True)
    exam_point_id: int = Field(foreign_key="sittings_exam_point.id")
    name: str = Field(max_length=60)
    capacity: int


class Sitting(SQLModel, table=True):
    """One exam of one class in one room at one time, on one form of the class's paper."""

    __tablename__ = "sittings_sitting"
    __table_args__ = (sa.CheckConstraint("duration_minutes BETWEEN 10 AND 240", name="duration_range"),)

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    form_id: int = Field(foreign_key="papers_form.id")
    room_id: int = Field(foreign_key="sittings_room.id", index=True)
    starts_at: datetime = Field(sa_type=Instant)
    duration_minutes: int
    late_minutes: int = DEFAULT_LATE_MINUTES


class Proctor(SQLModel, table=True):
    __tablename__ = "sittings_proctor"

    sitting_id: int = Field(primary_key=True, foreign_key="sittings_sitting.id")
    person_id: int = Field(primary_key=True, foreign_key="access_person.id", index=True)
    assigned_at: datetime = Field(sa_type=Instant)


class Seat(SQLModel, table=True):
    """A trainee's place in a sitting, and the events of that exam; its state is derived, never stored."""

    __tablename__ = "sittings_seat"
    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "number"),
        sa.UniqueConstraint("sitting_id", "trainee_id", name="uq_sittings_seat_trainee"),
        both_or_neither("admitted_at", "admitted_by"),
        both_or_neither("refused_at", "refused_by", "refusal"),
        both_or_neither("handed_in_at", "handed_in_by", "sheet_digest"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id")
    number: int
    trainee_id: int = Field(foreign_key="programme_trainee.id", index=True)
    person_id: int = Field(foreign_key="access_person.id", index=True)
    ticket_number: str = Field(unique=True, max_length=12)
    ticket_issue: int = 1
    id_tail_index: str = Field(max_length=32)
    failed_attempts: int = 0
    admitted_at: datetime | None = Field(default=None, sa_type=Instant)
    admitted_by: int | None = None
    refused_at: datetime | None = Field(default=None, sa_type=Instant)
    refused_by: int | None = None
    refusal: str | None = Field(default=None, max_length=40)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    handed_in_at: datetime | None = Field(default=None, sa_type=Instant)
    handed_in_by: str | None = Field(default=None, max_length=20)
    sheet_digest: str | None = Field(default=None, max_length=64)


class Scan(SQLModel, table=True):
    """One look at a ticket by a proctor, failed ones too; ``nonce`` makes a retry the same scan."""

    __tablename__ = "sittings_scan"
    __table_args__ = (sa.UniqueConstraint("sitting_id", "nonce"),)

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id")
    nonce: str = Field(max_length=40)
    seat_id: int | None = Field(default=None, foreign_key="sittings_seat.id", index=True)
    person_id: int = Field(foreign_key="access_person.id")
    verdict: str = Field(max_length=40)
    at: datetime = Field(sa_type=Instant)


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


class Incident(SQLModel, table=True):
    """What a proctor reports of a room or a seat (考场异常)."""

    __tablename__ = "sittings_incident"

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int | None = Field(default=None, foreign_key="sittings_seat.id")
    text: str = Field(max_length=500)
    person_id: int = Field(foreign_key="access_person.id")
    at: datetime = Field(sa_type=Instant)
