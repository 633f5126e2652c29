"""An exam day as it crosses HTTP: all exam points and their rooms, for the bureau."""

from datetime import date, datetime

from pydantic import BaseModel
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right, Subject
from service.sittings.queries import overview as queries
from service.sittings.queries.overview import RoomOfDay
from service.sittings.rules import phases
from service.sittings.rules.phases import Phase
from service.sittings.rules.seats import SeatState


class RoomOfDayShape(BaseModel):
    """One sitting; ``counts`` are seats by state, ``lost`` those at work whose machine is cut off."""

    sitting_id: int
    room: str
    class_name: str
    rehearsal: bool
    phase: Phase
    paused: bool
    starts_at: datetime
    ends_at: datetime
    began_late: bool
    opened: bool
    hands: int
    proctors: list[str]
    enrolled: int
    counts: dict[SeatState, int]
    lost: int
    incidents: int
    open_cases: int


class PointOfDayShape(BaseModel):
    exam_point_id: int
    name: str
    county: str
    rooms: list[RoomOfDayShape]


class ExamDayShape(BaseModel):
    """The day at a glance; the totals are over all rooms but rehearsals."""

    day: date
    now: datetime
    enrolled: int
    counts: dict[SeatState, int]
    lost: int
    incidents: int
    open_cases: int
    points: list[PointOfDayShape]


def exam_day(session: Session, actor: Actor, day: date, county: str, now: datetime) -> ExamDayShape:
    """All exam points and rooms of a local day.

    Raises:
        NotFound: the actor does not see all sittings.
    """
    using.require_reach(actor, Right.SITTINGS_VIEW, Subject())
    found = queries.rooms_of_day(session, day, now, county)
    points: dict[int, PointOfDayShape] = {}
    for one in found:
        point = one.view.point
        shape = PointOfDayShape(exam_point_id=point.id or 0, name=point.name, county=point.county, rooms=[])
        points.setdefault(point.id or 0, shape).rooms.append(_room(one, now))
    real = [room for point in points.values() for room in point.rooms if not room.rehearsal]
    return ExamDayShape(
        day=day,
        now=now,
        enrolled=sum(room.enrolled for room in real),
        counts={state: sum(room.counts[state] for room in real) for state in SeatState},
        lost=sum(room.lost for room in real),
        incidents=sum(room.incidents for room in real),
        open_cases=sum(room.open_cases for room in real),
        points=list(points.values()),
    )


def _room(one: RoomOfDay, now: datetime) -> RoomOfDayShape:
    sitting = one.view.sitting
    return RoomOfDayShape(
        sitting_id=sitting.id or 0,
        room=one.view.room.name,
        class_name=one.view.training_class.name,
        rehearsal=sitting.rehearsal,
        phase=phases.phase(one.at, now),
        paused=sitting.paused_at is not None,
        starts_at=one.at.starts_at,
        ends_at=one.at.ends_at,
        began_late=sitting.began_at is not None,
        opened=one.opened,
        hands=one.hands,
        proctors=one.proctors,
        enrolled=sum(one.states.values()),
        counts={state: one.states[state] for state in SeatState},
        lost=one.lost,
        incidents=one.incidents,
        open_cases=one.open_cases,
    )
