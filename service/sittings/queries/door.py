"""Reads at the door, for many acts at once: sittings, and seats with their people."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any

from sqlmodel import Session

from service.kernel.by_hand import Query
from service.kernel.database import read
from service.kernel.decision import Decision
from service.sittings.rules import phases, seats
from service.sittings.rules.door import AtDoor, Standing
from service.sittings.rules.phases import Course, Times
from service.sittings.rules.proctors import turned_away
from service.sittings.rules.seats import HandedInBy, SeatEvents, SeatState


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
    on_paper_at: datetime | None = None
    # The first admission, whether or not it stands.
    let_in_at: datetime | None = None

    def state(self, at: Door, now: datetime) -> SeatState:
        """The state of the seat now."""
        terminated = self.handed_in_by == HandedInBy.TERMINATION
        came = self.admitted_at, self.refused_at, self.started_at, self.handed_in_at
        events = SeatEvents(*came, terminated, self.on_paper_at)
        return seats.state(events, phases.times(at.plan, at.course, now, self.own), now)

    def at_door(self, at: Door, now: datetime) -> AtDoor:
        in_time = self.let_in_at is not None and self.let_in_at <= at.times(now).last_entry_at
        return AtDoor(self.state(at, now), self.standing, in_time)


@dataclass(frozen=True, slots=True)
class Tally:
    """How many of a sitting's seats are admitted."""

    admitted: int
    expected: int


_DOORS = Query("""
SELECT id, class_id, starts_at, duration_minutes, late_minutes, began_at, extra_seconds, paused_at, cancelled_at,
       entry_seconds
FROM sittings_sitting WHERE id IN ?*
""")
_PROCTORS = Query("""
SELECT sitting_id, person_id, relieved_at, relief_reason FROM sittings_proctor WHERE sitting_id IN ?*
""")


def doors(session: Session, sitting_ids: Collection[int]) -> dict[int, Door]:
    """The doors of these sittings; an unknown one is missing."""
    proctors: dict[int, set[int]] = {}
    relieved: dict[int, dict[int, Decision]] = {}
    for sitting_id, person_id, relieved_at, reason in _PROCTORS.rows(session, list(sitting_ids)):
        if relieved_at is None:
            proctors.setdefault(sitting_id, set()).add(person_id)
        else:
            relieved.setdefault(sitting_id, {})[person_id] = turned_away(_known(relieved_at), reason)
    return {
        row[0]: Door(
            row[0],
            row[1],
            _planned(row[2], row[3], row[4]),
            Course(read(row[5]), row[6], read(row[7]), row[9]),
            row[8] is not None,
            frozenset(proctors.get(row[0], ())),
            relieved.get(row[0], {}),
        )
        for row in _DOORS.rows(session, list(sitting_ids))
    }


def _known(value: Any) -> datetime:
    instant = read(value)
    assert instant is not None
    return instant


@lru_cache(maxsize=4096)
def _planned(starts_at: Any, duration_minutes: int, late_minutes: int) -> Times:
    return phases.planned(_known(starts_at), duration_minutes, late_minutes)


_PLACES = """
SELECT t.id, t.sitting_id, t.number, t.ticket_number, t.ticket_issue, t.trainee_id, t.extra_seconds, t.paused_at,
       t.handed_in_by, t.admitted_by, t.refused_by, t.refusal,
       t.started_at, t.handed_in_at, t.admitted_at, t.refused_at, p.name, p.citizen_id_masked, e.name, n.photo_type,
       (SELECT c.at FROM sittings_scan c WHERE c.seat_id = t.id AND c.act = 'look' AND c.nonce NOT IN ?*
        ORDER BY c.id DESC LIMIT 1), t.on_paper_at
FROM sittings_seat t
JOIN programme_trainee n ON n.id = t.trainee_id
JOIN access_person p ON p.id = t.person_id
JOIN access_organisation e ON e.id = n.enterprise_id
WHERE {which}
ORDER BY t.id
"""
# One order for all, and no stronger than needed: rows that point at a seat may still be written.
_LOCK = "FOR NO KEY UPDATE OF t"
_BY_ID = "t.id IN ?*"
_BY_EITHER = "(t.id IN ?* OR t.ticket_number IN ?*)"
_WANTED = {
    (numbers, lock): Query(_PLACES.format(which=_BY_EITHER if numbers else _BY_ID), lock=_LOCK if lock else "")
    for numbers in (False, True)
    for lock in (False, True)
}
_OF_SITTING = Query(_PLACES.format(which="t.sitting_id = ?"))


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
    wanted = [list(seat_ids), list(ticket_numbers)] if ticket_numbers else [list(seat_ids)]
    found = _WANTED[bool(ticket_numbers), lock].rows(session, list(apart_from), *wanted)
    return {row[0]: _place(row) for row in found}


def roster(session: Session, sitting_id: int) -> list[Place]:
    """All seats of a sitting by number."""
    found = _OF_SITTING.rows(session, [], sitting_id)
    return sorted((_place(row) for row in found), key=lambda one: one.number)


def _place(row: Any) -> Place:
    return Place(
        seat_id=row[0],
        sitting_id=row[1],
        number=row[2],
        ticket_number=row[3],
        issue=row[4],
        trainee_id=row[5],
        own=Course(None, row[6], read(row[7])),
        handed_in_by=row[8],
        admitted_by=row[9],
        refused_by=row[10],
        refusal=row[11],
        started_at=read(row[12]),
        handed_in_at=read(row[13]),
        admitted_at=read(row[14]),
        refused_at=read(row[15]),
        name=row[16],
        citizen_id_masked=row[17],
        enterprise=row[18],
        has_photo=row[19] is not None,
        looked_at=read(row[20]),
        on_paper_at=read(row[21]),
    )


_TALLIES = Query("""
SELECT sitting_id, count(admitted_at), count(*) FROM sittings_seat WHERE sitting_id IN ?* GROUP BY sitting_id
""")


def tallies(session: Session, sitting_ids: Collection[int]) -> dict[int, Tally]:
    """How many are admitted, of how many, by sitting."""
    return {row[0]: Tally(row[1], row[2]) for row in _TALLIES.rows(session, list(sitting_ids))}
