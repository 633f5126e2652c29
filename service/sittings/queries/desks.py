"""Desks: what stands behind the session of a candidate's machine, for many machines in one query.

Every save, heartbeat and hand-in is checked against this and nothing else, freshly read in its own transaction, so
that a seat that another process has moved, paused, ended or handed in cannot slip through.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.tables import Person, SignedIn
from service.papers.tables import PaperForm
from service.programme.tables import TrainingClass
from service.sittings.queries.day import planned
from service.sittings.rules import phases, seats
from service.sittings.rules.lockdown import Lock
from service.sittings.rules.phases import Course, Times
from service.sittings.rules.seats import HandedInBy, SeatEvents, SeatState
from service.sittings.tables import Answer, Arrangement, ExamPoint, Room, Seat, Sitting


@dataclass(frozen=True, slots=True)
class Desk:
    """One seat as its machine may use it now."""

    seat_id: int
    sitting_id: int
    form_id: int | None
    room_id: int
    person_id: int
    trainee_id: int
    number: int
    ticket_number: str
    started: bool
    at: Times
    state: SeatState
    lock: Lock


_SEAT = sa.cast(sa.func.substr(SignedIn.confined, 6), sa.Integer)
_DESKS = (
    sa.select(
        col(SignedIn.token_digest),
        col(SignedIn.ends_at),
        col(Seat.id),
        col(Seat.number),
        col(Seat.person_id),
        col(Seat.trainee_id),
        col(Seat.ticket_number),
        col(Seat.admitted_at),
        col(Seat.refused_at),
        col(Seat.started_at),
        col(Seat.handed_in_at),
        col(Seat.handed_in_by),
        col(Seat.extra_seconds),
        col(Seat.paused_at),
        col(Seat.sitting_id),
    )
    .join(Seat, col(Seat.id) == _SEAT)
    .where(
        col(SignedIn.token_digest).in_(sa.bindparam("digests", expanding=True)),
        col(SignedIn.confined).like("seat:%"),
        col(SignedIn.revoked_at).is_(None),
    )
)


def desks(session: Session, token_digests: Iterable[str], now: datetime) -> dict[str, Desk]:
    """The desks of live candidates' sessions, by the digest of their token; unknown and ended ones are missing.

    On PostgreSQL the seats are share-locked, in one order, so that no hand-in can pass between this look and the write
    that follows it; on SQLite the transaction holds the only pen anyway.
    """
    statement = _DESKS.order_by(col(Seat.id)).with_for_update(read=True, of=Seat)
    rows = [row for row in session.execute(statement, {"digests": list(set(token_digests))}) if row.ends_at > now]
    rooms = _sittings(session, {row.sitting_id for row in rows})
    return {row[0]: _desk(row, rooms[row.sitting_id], now) for row in rows}


def _sittings(session: Session, sitting_ids: set[int]) -> dict[int, tuple[Sitting, str]]:
    if not sitting_ids:
        return {}
    statement = (
        sa.select(Sitting, col(Room.address_ranges))
        .join(Room, col(Room.id) == col(Sitting.room_id))
        .where(col(Sitting.id).in_(sitting_ids))
        .execution_options(populate_existing=True)
    )
    return {row[0].id: (row[0], row[1]) for row in session.execute(statement)}


def _desk(row: Any, room: tuple[Sitting, str], now: datetime) -> Desk:
    sitting, ranges = room
    own = Course(None, row.extra_seconds, row.paused_at)
    at = phases.times(planned(sitting), Course(sitting.began_at, sitting.extra_seconds, sitting.paused_at), now, own)
    terminated = row.handed_in_by == HandedInBy.TERMINATION
    events = SeatEvents(row.admitted_at, row.refused_at, row.started_at, row.handed_in_at, terminated)
    return Desk(
        seat_id=row.id,
        sitting_id=row.sitting_id,
        form_id=sitting.form_id,
        room_id=sitting.room_id,
        person_id=row.person_id,
        trainee_id=row.trainee_id,
        number=row.number,
        ticket_number=row.ticket_number,
        started=row.started_at is not None,
        at=at,
        state=seats.state(events, at, now),
        lock=Lock(ranges, sitting.seb_config_key),
    )


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a sitting is called by on a candidate's screen."""

    class_id: int
    class_code: str
    class_name: str
    exam_point: str
    room: str
    form: str

    @property
    def paper_code(self) -> str:
        """What a receipt calls the paper: class and form; a rehearsal has none."""
        return f"{self.class_code}-{self.form}" if self.form else ""


def surroundings(session: Session, sitting_ids: Iterable[int]) -> dict[int, Surroundings]:
    """The words for many sittings, in one query."""
    statement = (
        sa.select(Sitting, TrainingClass, col(ExamPoint.name), col(Room.name), col(PaperForm.letter))
        .join(TrainingClass, col(TrainingClass.id) == col(Sitting.class_id))
        .join(Room, col(Room.id) == col(Sitting.room_id))
        .join(ExamPoint, col(ExamPoint.id) == col(Room.exam_point_id))
        .outerjoin(PaperForm, col(PaperForm.id) == col(Sitting.form_id))
        .where(col(Sitting.id).in_(set(sitting_ids)))
    )
    return {
        sitting.id: Surroundings(sitting.class_id, one.code, one.name, point, room, letter or "")
        for sitting, one, point, room, letter in session.execute(statement)
    }


def names(session: Session, person_ids: Iterable[int]) -> dict[int, str]:
    """Names of persons by id."""
    statement = sa.select(col(Person.id), col(Person.name)).where(col(Person.id).in_(set(person_ids)))
    return {row[0]: row[1] for row in session.execute(statement)}


def given(session: Session, found: Iterable[Desk]) -> dict[int, list[Answer]]:
    """The answers of many seats by seat, each in the order of positions."""
    places = list(found)
    answers: dict[int, list[Answer]] = {desk.seat_id: [] for desk in places}
    statement = (
        sa.select(Answer)
        .where(
            col(Answer.sitting_id).in_({desk.sitting_id for desk in places}),
            col(Answer.seat_id).in_(list(answers)),
        )
        .order_by(col(Answer.seat_id), col(Answer.position))
        .execution_options(populate_existing=True)
    )
    for answer in session.execute(statement).scalars() if places else ():
        answers[answer.seat_id].append(answer)
    return answers


def arrangements(session: Session, class_ids: Iterable[int]) -> dict[tuple[int, int], Arrangement]:
    """What has been granted in these classes, by class and trainee."""
    statement = sa.select(Arrangement).where(
        col(Arrangement.class_id).in_(set(class_ids)), col(Arrangement.approved).is_(True)
    )
    return {(one.class_id, one.trainee_id): one for one in session.execute(statement).scalars()}
