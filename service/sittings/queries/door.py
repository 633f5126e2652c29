"""Reads at the door, for many acts at once: sittings, and seats with their people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.tables import Organisation, Person
from service.kernel.decision import Decision
from service.programme.tables import Trainee
from service.sittings.rules import phases, seats
from service.sittings.rules.door import Act, AtDoor, Standing
from service.sittings.rules.phases import Course, Times
from service.sittings.rules.proctors import turned_away
from service.sittings.rules.seats import HandedInBy, SeatEvents, SeatState
from service.sittings.tables import Proctor, Scan, Seat, Sitting


@dataclass(frozen=True, slots=True)
class Door:
    """A sitting as its door is judged by."""

    sitting_id: int
    class_id: int
    plan: Times
    course: Course
    cancelled: bool
    proctors: frozenset[int]
    # Who was relieved, and what they are told: their tablets may still bring what they did before.
    relieved: Mapping[int, Decision] = field(default_factory=dict)

    def times(self, now: datetime) -> Times:
        """The room's instants as they stand now."""
        return phases.times(self.plan, self.course, now)


@dataclass(slots=True)
class Place:
    """A seat and its candidate; what a group of acts does to it is noted here first and stored once."""

    seat_id: int
    sitting_id: int
    number: int
    ticket_number: str
    issue: int
    trainee_id: int
    own: Course
    started_at: datetime | None
    handed_in_at: datetime | None
    handed_in_by: str | None
    admitted_at: datetime | None
    admitted_by: int | None
    refused_at: datetime | None
    refused_by: int | None
    refusal: str | None
    name: str
    citizen_id_masked: str
    enterprise: str
    has_photo: bool
    looked_at: datetime | None
    standing: list[Standing] = field(default_factory=list)

    def state(self, at: Door, now: datetime) -> SeatState:
        """The state of the seat now."""
        terminated = self.handed_in_by == HandedInBy.TERMINATION
        events = SeatEvents(self.admitted_at, self.refused_at, self.started_at, self.handed_in_at, terminated)
        return seats.state(events, phases.times(at.plan, at.course, now, self.own), now)

    def at_door(self, at: Door, now: datetime) -> AtDoor:
        return AtDoor(self.state(at, now), self.standing)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a sitting's seats are admitted."""

    admitted: int
    expected: int


def _in(name: str) -> Any:
    return sa.bindparam(name, expanding=True)


def rows(session: Session, statement: Any, parameters: dict[str, Any]) -> Any:
    """Columns, past the session's bookkeeping: the door asks often, and for few rows each time."""
    session.flush()
    return session.connection().execute(statement, parameters)


_DOORS = sa.select(
    col(Sitting.id),
    col(Sitting.class_id),
    col(Sitting.starts_at),
    col(Sitting.duration_minutes),
    col(Sitting.late_minutes),
    col(Sitting.began_at),
    col(Sitting.extra_seconds),
    col(Sitting.paused_at),
    col(Sitting.cancelled_at),
).where(col(Sitting.id).in_(_in("ids")))
_PROCTORS = sa.select(
    col(Proctor.sitting_id), col(Proctor.person_id), col(Proctor.relieved_at), col(Proctor.relief_reason)
).where(col(Proctor.sitting_id).in_(_in("ids")))


def doors(session: Session, sitting_ids: Collection[int]) -> dict[int, Door]:
    """The doors of these sittings; an unknown one is missing."""
    proctors: dict[int, set[int]] = {}
    relieved: dict[int, dict[int, Decision]] = {}
    for sitting_id, person_id, relieved_at, reason in rows(session, _PROCTORS, {"ids": list(sitting_ids)}):
        if relieved_at is None:
            proctors.setdefault(sitting_id, set()).add(person_id)
        else:
            relieved.setdefault(sitting_id, {})[person_id] = turned_away(relieved_at, reason)
    return {
        row[0]: Door(
            row[0],
            row[1],
            phases.planned(row[2], row[3], row[4]),
            Course(row[5], row[6], row[7]),
            row[8] is not None,
            frozenset(proctors.get(row[0], ())),
            relieved.get(row[0], {}),
        )
        for row in rows(session, _DOORS, {"ids": list(sitting_ids)})
    }


_LOOKED_AT = (
    sa.select(col(Scan.at))
    .where(col(Scan.seat_id) == col(Seat.id), col(Scan.act) == Act.LOOK, col(Scan.nonce).not_in(_in("apart_from")))
    .order_by(col(Scan.id).desc())
    .limit(1)
    .scalar_subquery()
)
_PLACES = (
    sa.select(
        col(Seat.id),
        col(Seat.sitting_id),
        col(Seat.number),
        col(Seat.ticket_number),
        col(Seat.ticket_issue),
        col(Seat.trainee_id),
        col(Seat.extra_seconds),
        col(Seat.paused_at),
        col(Seat.started_at),
        col(Seat.handed_in_at),
        col(Seat.handed_in_by),
        col(Seat.admitted_at),
        col(Seat.admitted_by),
        col(Seat.refused_at),
        col(Seat.refused_by),
        col(Seat.refusal),
        col(Person.name),
        col(Person.citizen_id_masked),
        col(Organisation.name),
        col(Trainee.photo_type),
        _LOOKED_AT,
    )
    .join(Trainee, col(Trainee.id) == col(Seat.trainee_id))
    .join(Person, col(Person.id) == col(Seat.person_id))
    .join(Organisation, col(Organisation.id) == col(Trainee.enterprise_id))
    .order_by(col(Seat.id))
)
_WANTED = _PLACES.where(sa.or_(col(Seat.id).in_(_in("ids")), col(Seat.ticket_number).in_(_in("numbers"))))
# One order for all, and no stronger than needed: rows that point at a seat may still be written.
_LOCKED = _WANTED.with_for_update(of=Seat, key_share=True)
_OF_SITTING = _PLACES.where(col(Seat.sitting_id) == sa.bindparam("sitting_id"))


def places(
    session: Session,
    seat_ids: Collection[int],
    ticket_numbers: Collection[str] = (),
    *,
    lock: bool = False,
    apart_from: Collection[str] = (),
) -> dict[int, Place]:
    """Seats by id, those of the ticket numbers among them; locked where they are about to be judged and changed.

    The looks with the nonces ``apart_from`` are passed over when the last look at a ticket is told.
    """
    wanted = {"ids": list(seat_ids), "numbers": list(ticket_numbers), "apart_from": list(apart_from)}
    return {row[0]: _place(row) for row in rows(session, _LOCKED if lock else _WANTED, wanted)}


def roster(session: Session, sitting_id: int) -> list[Place]:
    """All seats of a sitting by number."""
    found = rows(session, _OF_SITTING, {"sitting_id": sitting_id, "apart_from": []})
    return sorted((_place(row) for row in found), key=lambda one: one.number)


def _place(row: Any) -> Place:
    values: list[Any] = [*row[:6], Course(None, row[6], row[7]), *row[8:19], row[19] is not None, row[20]]
    return Place(*values)


_TALLIES = (
    sa.select(col(Seat.sitting_id), sa.func.count(col(Seat.admitted_at)), sa.func.count())
    .where(col(Seat.sitting_id).in_(_in("ids")))
    .group_by(col(Seat.sitting_id))
)


def tallies(session: Session, sitting_ids: Collection[int]) -> dict[int, Tally]:
    """How many are admitted, of how many, by sitting."""
    return {row[0]: Tally(row[1], row[2]) for row in rows(session, _TALLIES, {"ids": list(sitting_ids)})}
