"""Signs of life: each machine tells every few seconds that it is there, and learns what has changed for it.

Silences become :class:`Gap` rows, leavings of the window :class:`Departure` rows; the board and the compensation of
lost time are computed from these.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel, col

from service.kernel import errors
from service.sittings.actions import asking
from service.sittings.queries import desks
from service.sittings.queries.desks import Desk
from service.sittings.rules import lockdown, presence
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.presence import Leaving
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Departure, Gap, Message, Presence


@dataclass(frozen=True, slots=True)
class Left:
    """One leaving, as the page noticed it; ``nonce`` makes a retry the same leaving."""

    nonce: str
    kind: Leaving
    seconds: int
    made_at: datetime


@dataclass(frozen=True, slots=True)
class Beat:
    """One sign of life; ``made_at`` is the machine's own clock, ``waiting`` how many changes it could not yet send."""

    machine: Machine
    made_at: datetime
    waiting: int
    left: tuple[Left, ...] = ()
    after: int = 0


@dataclass(frozen=True, slots=True)
class Pulse:
    """What the machine learns: its state by our clock, and the messages since the last it saw."""

    desk: Desk
    opened: bool
    leavings: int
    messages: tuple[Message, ...]


Outcome = Pulse | errors.ServiceError
Place = tuple[int, int]
Row = Mapping[str, Any]
# A machine that comes back a moment after the end was silent until then: that is what its late answers are judged by.
HEARD = frozenset({SeatState.WORKING, SeatState.PAUSED, SeatState.HANDED_IN})


def attend(session: Session, beats: Sequence[Beat], *, now: datetime) -> list[Outcome]:
    """Take many signs of life; a refused one is a value, its neighbours are taken all the same."""
    found = desks.desks(session, (beat.machine.token_digest for beat in beats), now)
    last = _presences(session, found.values())
    messages = _messages(session, {desk.sitting_id for desk in found.values()}, min(beat.after for beat in beats))
    opened = {form: asking.is_open(session, form) for form in {desk.form_id for desk in found.values()}}

    outcomes: list[Outcome] = []
    rows: dict[Place, Row] = {}
    gaps: list[Row] = []
    for beat in beats:
        desk = found.get(beat.machine.token_digest)
        if desk is None:
            outcomes.append(errors.Unauthenticated("not_signed_in", "请先登录，再继续。"))
            continue
        decision = lockdown.may_use(desk.lock, beat.machine)
        if not decision.allowed:
            outcomes.append(decision.refusal())
            continue
        place = desk.sitting_id, desk.seat_id
        before = last.get(place)
        gaps += _gap(desk, before, now)
        # A second sign of life in the same group follows on the first.
        last[place] = rows[place] = _row(session, beat, desk, before, now)
        mine = tuple(one for one in messages if _is_for(one, desk, beat.after))
        outcomes.append(Pulse(desk, opened[desk.form_id], rows[place]["leavings"], mine))
    if rows:
        _store(session, list(rows.values()), gaps)
    return outcomes


def _presences(session: Session, found: Any) -> dict[Place, Row]:
    """When each seat was last seen, and how many leavings it had."""
    wanted = [(desk.sitting_id, desk.seat_id) for desk in found]
    if not wanted:
        return {}
    statement = sa.select(
        col(Presence.sitting_id), col(Presence.seat_id), col(Presence.seen_at), col(Presence.leavings)
    ).where(
        col(Presence.sitting_id).in_({sitting for sitting, _ in wanted}),
        col(Presence.seat_id).in_({seat for _, seat in wanted}),
    )
    return {(row["sitting_id"], row["seat_id"]): dict(row) for row in session.execute(statement).mappings()}


def _messages(session: Session, sittings: set[int], after: int) -> list[Message]:
    if not sittings:
        return []
    statement = sa.select(Message).where(col(Message.sitting_id).in_(sittings), col(Message.id) > after)
    return list(session.execute(statement.order_by(col(Message.id))).scalars())


def _is_for(message: Message, desk: Desk, after: int) -> bool:
    mine = message.seat_id is None or message.seat_id == desk.seat_id
    return mine and message.sitting_id == desk.sitting_id and (message.id or 0) > after


def _gap(desk: Desk, last: Row | None, now: datetime) -> list[Row]:
    """The silence that ends now, where it cost a working seat time."""
    silence = presence.silence(last["seen_at"] if last is not None else None, now)
    if silence is None or not desk.started or desk.state not in HEARD:
        return []
    place = {"sitting_id": desk.sitting_id, "seat_id": desk.seat_id}
    return [{**place, "from_at": silence.from_at, "until_at": silence.until_at}]


def _row(session: Session, beat: Beat, desk: Desk, last: Row | None, now: datetime) -> Row:
    """The seat's new presence; the leavings it tells of are stored beside."""
    leavings = last["leavings"] if last is not None else 0
    if beat.left and desk.started:
        leavings = _leave(session, beat, desk, now)
    return {
        "sitting_id": desk.sitting_id,
        "seat_id": desk.seat_id,
        "seen_at": now,
        "leavings": leavings,
        "waiting": beat.waiting,
        "drift_ms": presence.drift_ms(beat.made_at, now),
        "address": beat.machine.address[:45],
    }


def _leave(session: Session, beat: Beat, desk: Desk, now: datetime) -> int:
    """Store the leavings that are new; how many the seat has in all."""
    connection = session.connection()
    rows = [
        {
            "sitting_id": desk.sitting_id,
            "seat_id": desk.seat_id,
            "nonce": one.nonce,
            "kind": one.kind.value,
            "seconds": one.seconds,
            "made_at": one.made_at,
            "learnt_at": now,
        }
        for one in beat.left
    ]
    connection.execute(_insert(connection.dialect.name, Departure).on_conflict_do_nothing(), rows)
    counted = sa.select(sa.func.count()).select_from(Departure).where(col(Departure.seat_id) == desk.seat_id)
    return int(session.execute(counted).scalar_one())


def _insert(dialect: str, table: type[SQLModel]) -> Any:
    return (postgresql if dialect == "postgresql" else sqlite).insert(table)


@lru_cache(maxsize=2)
def _upsert(dialect: str) -> Any:
    insert = _insert(dialect, Presence)
    told, kept = insert.excluded, col(Presence.leavings)
    names = ("seen_at", "waiting", "drift_ms", "address")
    # Another process may have counted more: leavings are never fewer than they were.
    leavings = sa.case((told["leavings"] > kept, told["leavings"]), else_=kept)
    return insert.on_conflict_do_update(
        index_elements=["sitting_id", "seat_id"], set_={name: told[name] for name in names} | {"leavings": leavings}
    )


def _store(session: Session, rows: list[Row], gaps: list[Row]) -> None:
    connection = session.connection()
    rows.sort(key=_seat)
    connection.execute(_upsert(connection.dialect.name), rows)
    if gaps:
        gaps.sort(key=_seat)
        connection.execute(_insert(connection.dialect.name, Gap).on_conflict_do_nothing(), gaps)


def _seat(row: Row) -> int:
    return int(row["seat_id"])
