"""The read model of an exam day: every room of a day in a fixed number of queries."""

from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from service.kernel.clock import LOCAL
from service.papers.tables import Opening, PaperForm
from service.programme.tables import TrainingClass
from service.sittings.queries import scheduling
from service.sittings.queries.day import SittingView, planned, times_of
from service.sittings.rules import phases, presence, seats
from service.sittings.rules.phases import Course, Times
from service.sittings.rules.presence import Connection
from service.sittings.rules.seats import HandedInBy, SeatEvents, SeatState
from service.sittings.tables import Case, ExamPoint, Incident, Presence, Room, Seat, Sitting

AT_WORK = frozenset({SeatState.ADMITTED, SeatState.WORKING, SeatState.PAUSED})


@dataclass(frozen=True, slots=True)
class RoomOfDay:
    """One sitting of the day: how many seats in each state, how many cut off, what has happened and what is open."""

    view: SittingView
    at: Times
    opened: bool
    hands: int
    proctors: list[str]
    states: Counter[SeatState]
    lost: int
    incidents: int
    open_cases: int


def rooms_of_day(session: Session, day: date, now: datetime, county: str = "") -> list[RoomOfDay]:
    """The sittings of a local day by exam point, room and start; cancelled ones are left out."""
    found = _sittings(session, day, county)
    ids = [view.sitting.id or 0 for view, _ in found]
    forms = {view.sitting.form_id for view, _ in found if view.sitting.form_id is not None}
    states, lost = _states(session, {view.sitting.id or 0: view.sitting for view, _ in found}, now)
    hands = _numbers(session, Opening.form_id, forms)
    incidents = _numbers(session, Incident.sitting_id, ids)
    cases = _numbers(session, Case.sitting_id, ids, col(Case.closed_at).is_(None))
    proctors = scheduling.proctors_of(session, ids)
    return [
        RoomOfDay(
            view=view,
            at=times_of(view.sitting, now),
            opened=view.sitting.form_id is None or opened_at is not None,
            hands=hands.get(view.sitting.form_id or 0, 0),
            proctors=[person.name for person in proctors.get(sitting_id, [])],
            states=states.get(sitting_id, Counter()),
            lost=lost.get(sitting_id, 0),
            incidents=incidents.get(sitting_id, 0),
            open_cases=cases.get(sitting_id, 0),
        )
        for sitting_id, (view, opened_at) in zip(ids, found, strict=True)
    ]


def _sittings(session: Session, day: date, county: str) -> list[tuple[SittingView, datetime | None]]:
    begins = datetime.combine(day, datetime.min.time(), LOCAL)
    statement = (
        sa.select(Sitting, TrainingClass, Room, ExamPoint, col(PaperForm.opened_at))
        .join(TrainingClass, col(TrainingClass.id) == col(Sitting.class_id))
        .join(Room, col(Room.id) == col(Sitting.room_id))
        .join(ExamPoint, col(ExamPoint.id) == col(Room.exam_point_id))
        .outerjoin(PaperForm, col(PaperForm.id) == col(Sitting.form_id))
        .where(
            col(Sitting.starts_at) >= begins,
            col(Sitting.starts_at) < begins + timedelta(days=1),
            col(Sitting.cancelled_at).is_(None),
        )
    )
    if county:
        statement = statement.where(col(ExamPoint.county) == county)
    ordered = statement.order_by(col(ExamPoint.name), col(ExamPoint.id), col(Room.name), col(Sitting.starts_at))
    return [(SittingView(*row[:4]), row[4]) for row in session.execute(ordered)]


def _states(
    session: Session, sittings: dict[int, Sitting], now: datetime
) -> tuple[dict[int, Counter[SeatState]], Counter[int]]:
    """How many seats of each sitting are in each state, and how many of those at work are cut off."""
    statement = (
        sa.select(
            col(Seat.sitting_id),
            col(Seat.admitted_at),
            col(Seat.refused_at),
            col(Seat.started_at),
            col(Seat.on_paper_at),
            col(Seat.handed_in_at),
            col(Seat.handed_in_by),
            col(Seat.extra_seconds),
            col(Seat.paused_at),
            col(Presence.seen_at),
        )
        .outerjoin(
            Presence, sa.and_(col(Presence.sitting_id) == col(Seat.sitting_id), col(Presence.seat_id) == col(Seat.id))
        )
        .where(col(Seat.sitting_id).in_(sittings))
    )
    clocks = {one: (planned(row), _course(row)) for one, row in sittings.items()}
    states: dict[int, Counter[SeatState]] = {}
    lost: Counter[int] = Counter()
    for row in session.execute(statement):
        plan, course = clocks[row.sitting_id]
        at = phases.times(plan, course, now, Course(None, row.extra_seconds, row.paused_at))
        state = seats.state(_events(row), at, now)
        states.setdefault(row.sitting_id, Counter())[state] += 1
        lost[row.sitting_id] += state in AT_WORK and presence.connection(row.seen_at, now) is Connection.LOST
    return states, lost


def _course(row: Sitting) -> Course:
    return Course(row.began_at, row.extra_seconds, row.paused_at)


def _events(row: Any) -> SeatEvents:
    terminated = row.handed_in_by == HandedInBy.TERMINATION
    return SeatEvents(row.admitted_at, row.refused_at, row.started_at, row.handed_in_at, terminated, row.on_paper_at)


def _numbers(session: Session, key: Any, ids: Collection[int], *conditions: Any) -> dict[int, int]:
    """How many rows there are by the value of a column."""
    statement = sa.select(col(key), sa.func.count()).where(col(key).in_(ids), *conditions).group_by(col(key))
    return {row[0]: int(row[1]) for row in session.execute(statement)}
