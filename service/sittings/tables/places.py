"""Exam points, rooms, the rules of rooms as dated data, and whether a point is ready."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, defaulting, one_of
from service.sittings.rules.places import LARGEST_ROOM_EVER, Equipment


class ExamPoint(SQLModel, table=True):
    """A place where exams are held; ready once a person has gone through the checklist and says so."""

    __tablename__ = "sittings_exam_point"
    __table_args__ = (both_or_neither("ready_at", "ready_by"),)

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(unique=True, max_length=120)
    county: str = Field(max_length=40)
    address: str = Field(default="", max_length=200)
    # Local wall time, "08:00" to "18:00": a sitting must lie within it.
    opens: str = Field(default="07:00", max_length=5, sa_column_kwargs=defaulting("07:00"))
    closes: str = Field(default="19:00", max_length=5, sa_column_kwargs=defaulting("19:00"))
    ready_at: datetime | None = Field(default=None, sa_type=Instant)
    ready_by: int | None = Field(default=None, foreign_key="access_person.id")


class Room(SQLModel, table=True):
    """A room; ``address_ranges`` are the networks of its machines (CIDR, comma between), empty for any."""

    __tablename__ = "sittings_room"
    __table_args__ = (
        sa.UniqueConstraint("exam_point_id", "name"),
        sa.CheckConstraint(f"capacity BETWEEN 1 AND {LARGEST_ROOM_EVER}", name="capacity_range"),
    )

    id: int | None = Field(default=None, primary_key=True)
    exam_point_id: int = Field(foreign_key="sittings_exam_point.id")
    name: str = Field(max_length=60)
    capacity: int
    address_ranges: str = Field(default="", max_length=300, sa_column_kwargs=defaulting(""))


class RoomRule(SQLModel, table=True):
    """The rules of rooms from a day on, with their source; the newest one that has begun is in force."""

    __tablename__ = "sittings_room_rule"
    __table_args__ = (
        sa.CheckConstraint(f"largest_room BETWEEN 1 AND {LARGEST_ROOM_EVER}", name="largest_room_range"),
        sa.CheckConstraint("proctors BETWEEN 2 AND 6", name="proctors_range"),
        sa.CheckConstraint("late_minutes BETWEEN 0 AND 60", name="late_minutes_range"),
        sa.CheckConstraint("compensation_cap_minutes BETWEEN 0 AND 120", name="compensation_cap_range"),
        sa.CheckConstraint("outage_cap_minutes BETWEEN 0 AND 240", name="outage_cap_range"),
    )

    effective_on: date = Field(primary_key=True)
    largest_room: int
    proctors: int
    late_minutes: int
    # Up to this much lost time is proposed as compensation for one seat.
    compensation_cap_minutes: int
    # Up to this much is added to a whole room by itself where the service was away.
    outage_cap_minutes: int = Field(default=60, sa_column_kwargs=defaulting("60"))
    # The room of a proctor stays hidden until the day itself.
    allotment_hidden: bool
    source: str = Field(max_length=200)


class ChecklistEntry(SQLModel, table=True):
    """One line of an exam point's equipment checklist, as last looked at."""

    __tablename__ = "sittings_checklist_entry"
    __table_args__ = (one_of("equipment", Equipment),)

    exam_point_id: int = Field(primary_key=True, foreign_key="sittings_exam_point.id")
    equipment: str = Field(primary_key=True, max_length=40)
    in_order: bool
    note: str = Field(default="", max_length=200)
    checked_at: datetime = Field(sa_type=Instant)
    checked_by: int = Field(foreign_key="access_person.id")


class MachineCheck(SQLModel, table=True):
    """What one machine or tablet found out about itself before the day; the newest of a name counts.

    ``faults`` are codes with commas between; ``ready`` says that none of them keeps the machine from an exam. A machine
    that was taken out of the room is retired on its newest row and back with its next check.
    """

    __tablename__ = "sittings_machine_check"
    __table_args__ = (
        sa.Index("ix_sittings_machine_check_newest", "room_id", "machine", "id"),
        both_or_neither("retired_at", "retired_by"),
    )

    id: int | None = Field(default=None, primary_key=True)
    room_id: int = Field(foreign_key="sittings_room.id")
    machine: str = Field(max_length=40)
    browser: str = Field(max_length=200)
    address: str = Field(max_length=45)
    drift_ms: int
    save_ms: int
    camera: bool | None = None
    ready: bool
    faults: str = Field(default="", max_length=400)
    checked_at: datetime = Field(sa_type=Instant)
    checked_by: int = Field(foreign_key="access_person.id")
    retired_at: datetime | None = Field(default=None, sa_type=Instant)
    retired_by: int | None = Field(default=None, foreign_key="access_person.id")


class MachineTrial(SQLModel, table=True):
    """What a machine saves again and again while it measures how long a save takes; one row for each of them."""

    __tablename__ = "sittings_machine_trial"

    room_id: int = Field(primary_key=True, foreign_key="sittings_room.id")
    machine: str = Field(primary_key=True, max_length=40)
    trials: int
    saved_at: datetime = Field(sa_type=Instant)
