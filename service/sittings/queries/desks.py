"""Desks: what stands behind the session of a candidate's machine, for many machines in one query.

Every save, heartbeat and hand-in is checked against this and nothing else, freshly read in its own transaction, so
that a seat that another process has moved, paused, ended or handed in cannot slip through.
"""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.tables import Person
from service.kernel import database
from service.papers.tables import PaperForm
from service.programme.tables import TrainingClass
from service.sittings.rules import phases, seats
from service.sittings.rules.lockdown import Lock
from service.sittings.rules.phases import Course, Times
from service.sittings.rules.seats import HandedInBy, SeatEvents, SeatState
from service.sittings.tables import Answer, Arrangement, ExamPoint, Room, Sitting


class Desk(NamedTuple):
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


# Written out, because this is read for every answer: composing the statement anew cost more than running it.
_DESKS = """
SELECT n.token_digest, t.id, t.sitting_id, s.form_id, s.room_id, t.person_id, t.trainee_id, t.number, t.ticket_number,
       t.admitted_at, t.refused_at, t.started_at, t.handed_in_at, t.handed_in_by, t.on_paper_at, t.extra_seconds,
       t.paused_at, s.starts_at, s.duration_minutes, s.late_minutes, s.began_at, s.extra_seconds, s.paused_at,
       r.address_ranges, s.seb_config_key
FROM access_session n
JOIN sittings_seat t ON t.id = CAST(substr(n.confined, 6) AS INTEGER)
JOIN sittings_sitting s ON s.id = t.sitting_id
JOIN sittings_room r ON r.id = s.room_id
WHERE n.token_digest {among} AND n.confined LIKE 'seat:%' AND n.revoked_at IS NULL AND n.ends_at > {now}
ORDER BY t.id {lock}
"""
_SQLITE = _DESKS.format(among="IN (SELECT value FROM json_each(?))", now="?", lock="")
_POSTGRESQL = _DESKS.replace("%", "%%").format(among="= ANY(%s::text[])", now="%s", lock="FOR {mode} OF t")
_SHARED, _HELD = _POSTGRESQL.format(mode="SHARE"), _POSTGRESQL.format(mode="UPDATE")


def desks(session: Session, token_digests: Iterable[str], now: datetime, *, to_change: bool = False) -> dict[str, Desk]:
    """The desks of live candidates' sessions, by the digest of their token; unknown and ended ones are missing.

    On PostgreSQL the seats are share-locked, in one order, so that no hand-in can pass between this look and the write
    that follows it; on SQLite the transaction holds the only pen anyway. Whoever is going to change the seats holds
    them alone from here on: two that share a seat and then both want it would block each other.
    """
    connection, wanted = session.connection(), list(set(token_digests))
    if connection.dialect.name == "postgresql":
        rows = connection.exec_driver_sql(_HELD if to_change else _SHARED, (database.array(wanted), now)).fetchall()
    else:
        rows = connection.exec_driver_sql(_SQLITE, (json.dumps(wanted), database.written(now))).fetchall()
    return {row[0]: _desk(*row[1:], now=now) for row in rows}


def _desk(
    seat_id: int,
    sitting_id: int,
    form_id: int | None,
    room_id: int,
    person_id: int,
    trainee_id: int,
    number: int,
    ticket_number: str,
    admitted_at: Any,
    refused_at: Any,
    started_at: Any,
    handed_in_at: Any,
    handed_in_by: str | None,
    on_paper_at: Any,
    own_extra: int,
    own_paused_at: Any,
    starts_at: Any,
    duration_minutes: int,
    late_minutes: int,
    began_at: Any,
    extra: int,
    paused_at: Any,
    address_ranges: str,
    seb_config_key: str,
    *,
    now: datetime,
) -> Desk:
    at = _planned(starts_at, duration_minutes, late_minutes)
    if began_at or extra or paused_at or own_extra or own_paused_at:
        room = Course(database.read(began_at), extra, database.read(paused_at))
        at = phases.times(at, room, now, Course(None, own_extra, database.read(own_paused_at)))
    # Whether something has happened is all that the state asks of these instants.
    came, terminated = (admitted_at, refused_at, started_at, handed_in_at), handed_in_by == HandedInBy.TERMINATION
    events = SeatEvents(*came, terminated, on_paper_at)
    return Desk(
        seat_id,
        sitting_id,
        form_id,
        room_id,
        person_id,
        trainee_id,
        number,
        ticket_number,
        started_at is not None,
        at,
        seats.state(events, at, now),
        Lock(address_ranges, seb_config_key),
    )


@lru_cache(maxsize=4096)
def _planned(starts_at: Any, duration_minutes: int, late_minutes: int) -> Times:
    start = database.read(starts_at)
    assert start is not None
    return phases.planned(start, duration_minutes, late_minutes)


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
