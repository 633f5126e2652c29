"""Reads for arranging: what takes a room, a proctor or a candidate near a time."""

from collections.abc import Collection, Iterable
from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.programme.tables import TrainingClass
from service.sittings.queries.day import ON_DUTY, SittingView, planned
from service.sittings.rules import phases
from service.sittings.rules.granting import MOST_EXTRA_MINUTES
from service.sittings.rules.phases import Times
from service.sittings.rules.room import ExtraTimeKind
from service.sittings.rules.scheduling import Booking, Bound
from service.sittings.tables import ExamPoint, ExtraTime, Proctor, Room, Seat, Sitting

# The longest duration that the database holds, with the most minutes that can be granted to one candidate; nothing that
# began earlier can still be on.
LONGEST = timedelta(minutes=240 + MOST_EXTRA_MINUTES)


def _most_granted(of: Any) -> Any:
    """The longest of the times granted to candidates: the seconds by which a room is needed beyond the planned end."""
    seconds = sa.select(sa.func.coalesce(sa.func.max(col(ExtraTime.seconds)), 0))
    return seconds.where(of, col(ExtraTime.kind) == ExtraTimeKind.ARRANGEMENT).scalar_subquery()


# Of anybody in a sitting, and of one seat.
GRANTED = _most_granted(col(ExtraTime.sitting_id) == col(Sitting.id))
OWN_GRANT = _most_granted(col(ExtraTime.seat_id) == col(Seat.id))


def lock_room(session: Session, room_id: int) -> tuple[Room, ExamPoint] | None:
    """A room with its exam point; locked, so that of two people who plan it at one moment the second sees the first."""
    room = session.get(Room, room_id, with_for_update=True, populate_existing=True)
    return (room, session.get_one(ExamPoint, room.exam_point_id)) if room is not None else None


def lock_class(session: Session, class_id: int) -> TrainingClass | None:
    """A class, locked where its trainees are about to be given seats: two rooms may seat one class at one moment."""
    return session.get(TrainingClass, class_id, with_for_update=True, populate_existing=True)


def lock_people(session: Session, person_ids: Iterable[int]) -> list[Person]:
    """Persons in the order of their ids, locked while it is looked at where else they are needed."""
    statement = select(Person).where(col(Person.id).in_(set(person_ids))).order_by(col(Person.id)).with_for_update()
    return list(session.exec(statement.execution_options(populate_existing=True)))


def _near(at: Times, apart_from: int | None) -> list[sa.ColumnElement[bool]]:
    """Conditions on sittings that may overlap; :func:`phases.overlap` has the last word."""
    return [
        col(Sitting.cancelled_at).is_(None),
        col(Sitting.starts_at) > at.check_in_from - LONGEST,
        col(Sitting.starts_at) < at.ends_at + phases.CHECK_IN_BEFORE,
        *([col(Sitting.id) != apart_from] if apart_from is not None else []),
    ]


def named(*columns: Any) -> Any:
    """A select of sittings with what people call them by, after the columns given."""
    return (
        sa.select(*columns, Sitting, TrainingClass, Room, ExamPoint)
        .select_from(Sitting)
        .join(TrainingClass, col(TrainingClass.id) == col(Sitting.class_id))
        .join(Room, col(Room.id) == col(Sitting.room_id))
        .join(ExamPoint, col(ExamPoint.id) == col(Room.exam_point_id))
    )


def booking(granted: int, sitting: Sitting, training_class: TrainingClass, room: Room, point: ExamPoint) -> Booking:
    """A sitting by what people call it, and how long it takes up whom it binds: granted minutes come on top."""
    at = phases.lengthened(planned(sitting), granted)
    return Booking(sitting.id or 0, training_class.name, f"{point.name} · {room.name}", at)


def taken(session: Session, sitting: Sitting) -> Times:
    """From when to when a sitting needs its room and its proctors, as arranged."""
    granted = session.execute(sa.select(GRANTED).select_from(Sitting).where(col(Sitting.id) == sitting.id)).scalar_one()
    return phases.lengthened(planned(sitting), granted)


def bookings_of_room(
    session: Session, room_id: int, at: Times, *, apart_from: int | None = None
) -> tuple[Booking, ...]:
    """The other sittings of a room near a time."""
    statement = named(GRANTED).where(col(Sitting.room_id) == room_id, *_near(at, apart_from))
    return tuple(booking(*row) for row in session.execute(statement.order_by(col(Sitting.starts_at))))


def bookings_of_proctors(
    session: Session, person_ids: Collection[int], at: Times, *, apart_from: int | None = None
) -> dict[int, list[Bound]]:
    """Where else these persons proctor near a time, by person."""
    statement = (
        named(Person, GRANTED)
        .join(Proctor, col(Proctor.sitting_id) == col(Sitting.id))
        .join(Person, col(Person.id) == col(Proctor.person_id))
        .where(col(Proctor.person_id).in_(set(person_ids)), ON_DUTY, *_near(at, apart_from))
    )
    found: dict[int, list[Bound]] = {}
    for person, *sitting in session.execute(statement.order_by(col(Sitting.starts_at), col(Person.id))):
        found.setdefault(person.id, []).append(Bound(person.name, booking(*sitting)))
    return found


def bookings_of_candidates(
    session: Session, person_ids: Collection[int], at: Times, *, apart_from: int | None = None
) -> dict[int, Bound]:
    """Where else these persons have a seat at a time, by person; rehearsals bind nobody."""
    statement = (
        named(Person, OWN_GRANT)
        .join(Seat, col(Seat.sitting_id) == col(Sitting.id))
        .join(Person, col(Person.id) == col(Seat.person_id))
        .where(col(Seat.person_id).in_(set(person_ids)), col(Sitting.rehearsal).is_(False), *_near(at, apart_from))
    )
    rows = session.execute(statement.order_by(col(Sitting.starts_at), col(Seat.number)))
    return {
        person.id: Bound(person.name, other)
        for person, *sitting in rows
        for other in [booking(*sitting)]
        if phases.overlap(at, other.at)
    }


def views_of(session: Session, sitting_ids: Collection[int]) -> list[SittingView]:
    """These sittings with their class, room and exam point, in one query."""
    rows = session.execute(named().where(col(Sitting.id).in_(set(sitting_ids))).order_by(col(Sitting.id)))
    return [SittingView(*row) for row in rows]


def proctors_of(session: Session, sitting_ids: Collection[int]) -> dict[int, list[Person]]:
    """The proctors of each sitting by name, relieved ones aside, in one query."""
    statement = (
        select(Proctor.sitting_id, Person)
        .join(Person, col(Person.id) == col(Proctor.person_id))
        .where(col(Proctor.sitting_id).in_(set(sitting_ids)), ON_DUTY)
        .order_by(col(Person.name), col(Person.id))
    )
    found: dict[int, list[Person]] = {}
    for sitting_id, person in session.exec(statement):
        found.setdefault(sitting_id, []).append(person)
    return found


def loads(session: Session) -> dict[int, int]:
    """How many sittings each person proctors or has proctored, rehearsals and cancelled ones aside."""
    statement = (
        select(Proctor.person_id, sa.func.count(col(Sitting.id)))
        .join(Sitting, col(Sitting.id) == col(Proctor.sitting_id))
        .where(col(Sitting.cancelled_at).is_(None), col(Sitting.rehearsal).is_(False), ON_DUTY)
        .group_by(col(Proctor.person_id))
    )
    return {person_id: int(number) for person_id, number in session.exec(statement)}


def seat_counts(session: Session, sitting_ids: Collection[int]) -> dict[int, int]:
    """How many seats each sitting has given, in one query."""
    statement = (
        select(Seat.sitting_id, sa.func.count(col(Seat.id)))
        .where(col(Seat.sitting_id).in_(set(sitting_ids)))
        .group_by(col(Seat.sitting_id))
    )
    return {sitting_id: int(number) for sitting_id, number in session.exec(statement)}
