"""Exam points and their rooms: registering them, and changing what sittings rely on."""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import ALLOWED, Decision, not_now
from service.sittings.queries import places as queries
from service.sittings.rules import addresses
from service.sittings.rules import points as rules
from service.sittings.tables import ExamPoint, Room

# Most exam points are schools and training rooms with these hours (our choice); a setting of each exam point.
OPENS, CLOSES = "07:00", "19:00"


def add_exam_point(
    session: Session,
    actor: Actor,
    name: str,
    county: str,
    address: str,
    rooms: dict[str, int],
    *,
    opens: str = OPENS,
    closes: str = CLOSES,
    now: datetime,
) -> list[Room]:
    """Register an exam point with its rooms and their seats.

    Raises:
        WrongState: there is one of this name. Refused: it would close before it opens.
    """
    using.require_right(actor, Right.SITTINGS_ARRANGE)

    _name_free(session, name).or_refuse()
    rules.may_open(opens, closes, ()).or_refuse()

    point = ExamPoint(name=name, county=county, address=address, opens=opens, closes=closes)
    session.add(point)
    session.flush()
    assert point.id is not None
    added = [Room(exam_point_id=point.id, name=room, capacity=capacity) for room, capacity in rooms.items()]
    session.add_all(added)
    session.flush()

    data = {"name": name, "rooms": dict(rooms), "opens": opens, "closes": closes}
    record(session, Event.EXAM_POINT_ADDED, actor.label, f"exam_point:{point.id}", now=now, data=data)
    return added


def change_exam_point(
    session: Session,
    actor: Actor,
    exam_point_id: int,
    *,
    name: str,
    county: str,
    address: str,
    opens: str,
    closes: str,
    now: datetime,
) -> ExamPoint:
    """Correct an exam point's name, place or opening hours.

    Raises:
        NotFound: no such exam point.
        WrongState: another one has this name, or a sitting to come would lie outside the new hours.
        Refused: it would close before it opens.
    """
    point = queries.exam_point(session, exam_point_id, lock=True)
    if point is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    _name_free(session, name, apart_from=exam_point_id).or_refuse()
    rooms = {room.id or 0 for room in queries.rooms_of(session, exam_point_id)}
    rules.may_open(opens, closes, queries.booked(session, rooms, now)).or_refuse()

    wanted = {"name": name, "county": county, "address": address, "opens": opens, "closes": closes}
    data = _set(point, wanted)
    session.add(point)
    session.flush()

    record(session, Event.EXAM_POINT_CHANGED, actor.label, f"exam_point:{exam_point_id}", now=now, data=data)
    return point


def add_room(
    session: Session, actor: Actor, exam_point_id: int, name: str, capacity: int, address_ranges: str, *, now: datetime
) -> Room:
    """Add a room to an exam point.

    Raises:
        NotFound: no such exam point. WrongState: it has a room of this name. Malformed: a range is no network.
    """
    point = queries.exam_point(session, exam_point_id, lock=True)
    if point is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    ranges = addresses.normal(address_ranges)
    _room_name_free(session, exam_point_id, name).or_refuse()

    room = Room(exam_point_id=exam_point_id, name=name, capacity=capacity, address_ranges=ranges)
    session.add(room)
    session.flush()

    data = {"room": room.id, "name": name, "capacity": capacity, "address_ranges": ranges}
    record(session, Event.EXAM_POINT_CHANGED, actor.label, f"exam_point:{exam_point_id}", now=now, data=data)
    return room


def change_room(
    session: Session, actor: Actor, room_id: int, name: str, capacity: int, address_ranges: str, *, now: datetime
) -> Room:
    """Correct a room. Its networks may change at any time, in an exam too: a wrong one keeps candidates out.

    Raises:
        NotFound: no such room. Malformed: a range is no network.
        WrongState: another room of the exam point has this name, or more people are seated in it.
    """
    room = queries.room(session, room_id, lock=True)
    if room is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    ranges = addresses.normal(address_ranges)
    _room_name_free(session, room.exam_point_id, name, apart_from=room_id).or_refuse()
    rules.may_hold_fewer(capacity, queries.booked(session, [room_id], now)).or_refuse()

    data = {"room": room_id, **_set(room, {"name": name, "capacity": capacity, "address_ranges": ranges})}
    session.add(room)
    session.flush()

    record(session, Event.EXAM_POINT_CHANGED, actor.label, f"exam_point:{room.exam_point_id}", now=now, data=data)
    return room


def remove_room(session: Session, actor: Actor, room_id: int, *, now: datetime) -> None:
    """Strike out a room that was registered by mistake.

    Raises:
        NotFound: no such room. WrongState: something has happened in it, or it is the last one.
    """
    room = queries.room(session, room_id, lock=True)
    if room is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    rules.may_remove(
        sittings=queries.sittings_in(session, room_id),
        machines=queries.checked_in(session, room_id),
        last=len(queries.rooms_of(session, room.exam_point_id)) == 1,
    ).or_refuse()

    session.delete(room)
    session.flush()

    data = {"room": room_id, "removed": True, "name": room.name}
    record(session, Event.EXAM_POINT_CHANGED, actor.label, f"exam_point:{room.exam_point_id}", now=now, data=data)


def _name_free(session: Session, name: str, apart_from: int | None = None) -> Decision:
    found = queries.point_named(session, name)
    if found is None or found.id == apart_from:
        return ALLOWED
    return not_now("point_name_taken", "已有同名的考试点“{name}”，请换一个名称或修改原来的考试点。", name=name)


def _room_name_free(session: Session, exam_point_id: int, name: str, apart_from: int | None = None) -> Decision:
    if any(one.name == name and one.id != apart_from for one in queries.rooms_of(session, exam_point_id)):
        return not_now("room_name_taken", "本考试点已有同名的考场“{name}”。", name=name)
    return ALLOWED


def _set(row: ExamPoint | Room, wanted: Mapping[str, str | int]) -> dict[str, object]:
    """Set columns; what has changed, with what stood there before."""
    changed = {name: value for name, value in wanted.items() if getattr(row, name) != value}
    before = {f"{name}_before": getattr(row, name) for name in changed}
    for name, value in changed.items():
        setattr(row, name, value)
    return {**changed, **before}
