"""Reads on exam points with their rooms and checklists, and on the rules of rooms."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.sittings.queries.day import planned
from service.sittings.rules import places as rules
from service.sittings.rules.places import Equipment, Rules
from service.sittings.rules.points import Booked
from service.sittings.tables import ChecklistEntry, ExamPoint, MachineCheck, Room, RoomRule, Seat, Sitting

# The longest duration that the database holds: nothing that began earlier is still to come.
_LONGEST = timedelta(minutes=240)


def room_rules(session: Session) -> list[Rules]:
    """All rules of rooms, those that begin last first."""
    rows = session.exec(select(RoomRule).order_by(col(RoomRule.effective_on).desc()))
    return [Rules(**row.model_dump()) for row in rows]


def rules_on(session: Session, day: date) -> Rules:
    """The rules of rooms in force on a local day."""
    return rules.in_force(room_rules(session), day)


def room_rule(session: Session, effective_on: date) -> RoomRule | None:
    """The rules that begin on a day, if any do."""
    return session.get(RoomRule, effective_on)


def exam_point(session: Session, exam_point_id: int, *, lock: bool = False) -> ExamPoint | None:
    """One exam point; locked where its checklist or readiness is about to change."""
    return session.get(ExamPoint, exam_point_id, with_for_update=lock or None, populate_existing=lock)


def point_named(session: Session, name: str) -> ExamPoint | None:
    return session.exec(select(ExamPoint).where(ExamPoint.name == name)).first()


def room(session: Session, room_id: int, *, lock: bool = False) -> Room | None:
    """One room; locked where sittings in it are about to be counted."""
    return session.get(Room, room_id, with_for_update=lock or None, populate_existing=lock)


def place(session: Session, room_id: int) -> tuple[ExamPoint, Room] | None:
    """A room with its exam point."""
    statement = select(ExamPoint, Room).join(Room, col(Room.exam_point_id) == col(ExamPoint.id))
    return session.exec(statement.where(Room.id == room_id)).first()


def rooms_of(session: Session, exam_point_id: int) -> list[Room]:
    """The rooms of an exam point by name."""
    return list(session.exec(select(Room).where(Room.exam_point_id == exam_point_id).order_by(Room.name)))


def sittings_in(session: Session, room_id: int) -> int:
    """How many sittings a room has ever been given, cancelled ones included."""
    statement = select(sa.func.count()).select_from(Sitting).where(col(Sitting.room_id) == room_id)
    return session.exec(statement).one()


def checked_in(session: Session, room_id: int) -> int:
    """How many machines have ever been checked in a room."""
    machines = sa.func.count(sa.distinct(col(MachineCheck.machine)))
    return session.exec(select(machines).where(col(MachineCheck.room_id) == room_id)).one()


def booked(session: Session, room_ids: Collection[int], now: datetime) -> list[Booked]:
    """The sittings of these rooms that are not over, the next one first, with the seats they have given."""
    given = select(sa.func.count(col(Seat.id))).where(col(Seat.sitting_id) == col(Sitting.id)).scalar_subquery()
    statement = (
        select(Sitting, given)
        .where(
            col(Sitting.room_id).in_(set(room_ids)),
            col(Sitting.cancelled_at).is_(None),
            col(Sitting.starts_at) > now - _LONGEST,
        )
        .order_by(col(Sitting.starts_at), col(Sitting.id))
    )
    found = [Booked(row.id or 0, planned(row), seats) for row, seats in session.exec(statement)]
    return [one for one in found if one.at.ends_at > now]


def checklist(session: Session, exam_point_id: int) -> dict[Equipment, tuple[ChecklistEntry, str]]:
    """The lines that have been looked at, each with the name of who did."""
    statement = (
        select(ChecklistEntry, Person.name)
        .join(Person, col(Person.id) == col(ChecklistEntry.checked_by))
        .where(ChecklistEntry.exam_point_id == exam_point_id)
    )
    return {Equipment(entry.equipment): (entry, name) for entry, name in session.exec(statement)}


def checklist_entry(session: Session, exam_point_id: int, equipment: Equipment) -> ChecklistEntry | None:
    return session.get(ChecklistEntry, (exam_point_id, equipment.value))


def passed(session: Session, exam_point_id: int) -> dict[Equipment, bool]:
    """Which lines of the checklist are in order; those nobody has looked at are missing."""
    statement = select(ChecklistEntry).where(ChecklistEntry.exam_point_id == exam_point_id)
    return {Equipment(entry.equipment): entry.in_order for entry in session.exec(statement)}


def listing(*, county: str = "", ready: bool | None = None, words: str = "") -> Any:
    """A select of exam points by county and name, narrowed by what is given."""
    statement = sa.select(ExamPoint).order_by(col(ExamPoint.county), col(ExamPoint.name))
    if county:
        statement = statement.where(col(ExamPoint.county) == county)
    if ready is not None:
        unready = col(ExamPoint.ready_at).is_(None)
        statement = statement.where(~unready if ready else unready)
    if words:
        statement = statement.where(col(ExamPoint.name).contains(words, autoescape=True))
    return statement


def counties(session: Session) -> list[str]:
    """The counties that have an exam point."""
    return sorted(set(session.exec(select(ExamPoint.county))))


@dataclass(frozen=True, slots=True)
class Furnishing:
    """What an exam point has: its rooms, their seats, and how far its checklist has come."""

    rooms: int = 0
    seats: int = 0
    in_order: int = 0
    failed: int = 0


def furnishings(session: Session, exam_point_ids: Iterable[int]) -> dict[int, Furnishing]:
    """The furnishings of many exam points, in two queries."""
    ids = set(exam_point_ids)
    rooms = sa.select(Room.exam_point_id, sa.func.count(col(Room.id)), sa.func.sum(Room.capacity))  # type: ignore[call-overload]
    lines = sa.select(  # type: ignore[call-overload]
        ChecklistEntry.exam_point_id,
        sa.func.sum(sa.case((col(ChecklistEntry.in_order), 1), else_=0)),
        sa.func.sum(sa.case((col(ChecklistEntry.in_order), 0), else_=1)),
    )
    inside = session.execute(rooms.where(col(Room.exam_point_id).in_(ids)).group_by(col(Room.exam_point_id)))
    checked = session.execute(
        lines.where(col(ChecklistEntry.exam_point_id).in_(ids)).group_by(col(ChecklistEntry.exam_point_id))
    )
    looked = {row[0]: (int(row[1]), int(row[2])) for row in checked}
    counted = {row[0]: (int(row[1]), int(row[2])) for row in inside}
    return {one: Furnishing(*counted.get(one, (0, 0)), *looked.get(one, (0, 0))) for one in ids}
