"""Closing sheets: each once, with the digest that the record keeps. Marking follows in the same transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm.attributes import set_committed_value
from sqlmodel import Session, col, select

from service.access.actions import ending
from service.journal.actions import Note, record_many
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.by_hand import Rows
from service.kernel.decision import Decision, not_now
from service.sittings import queries
from service.sittings.queries import desks, on_paper, sheets
from service.sittings.rules import lockdown, seats
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.seats import HandedInBy
from service.sittings.tables import Seat, Sitting

_CLOSED = Rows(
    "sittings_seat",
    {"handed_in_at": "timestamptz", "handed_in_by": "text", "sheet_digest": "text", "id": "int"},
    update=True,
)


WAITS = not_now("declaration_waits", "已有人登记纸笔作答，等待另一个人确认。")


@dataclass(frozen=True, slots=True)
class Closing:
    """Who closes which sheet: the candidate, the clock, a proctor; ``label`` is the actor's for the record."""

    seat_id: int
    by: HandedInBy
    label: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What was handed in: choices by position, and the digest that the record keeps."""

    seat: Seat
    sitting: Sitting
    choices: dict[int, str]


def own_closings(
    session: Session, machines: Sequence[Machine], *, now: datetime
) -> list[Closing | errors.ServiceError]:
    """Each machine's own seat, ready to be closed by its candidate; a refusal is a value."""
    found = desks.desks(session, (machine.token_digest for machine in machines), now, to_change=True)
    closings: list[Closing | errors.ServiceError] = []
    for machine in machines:
        desk = found.get(machine.token_digest)
        if desk is None:
            closings.append(errors.Unauthenticated("not_signed_in", "请先登录，再继续。"))
            continue
        decision = lockdown.may_use(desk.lock, machine)
        closings.append(
            Closing(desk.seat_id, HandedInBy.CANDIDATE, f"seat:{desk.seat_id}")
            if decision.allowed
            else decision.refusal()
        )
    return closings


def hand_in(session: Session, closings: Sequence[Closing], *, now: datetime) -> list[Sheet | errors.ServiceError]:
    """Close sheets. The caller has checked the right: own seat, proctor of the sitting, or the clock.

    A refusal (handed in already, not begun) is a value, so that one does not keep the others open.
    """
    _hold_clocks(session, [one.seat_id for one in closings if one.by is HandedInBy.CLOCK])
    rows = _locked(session, {one.seat_id for one in closings})
    sittings = _sittings(session, {row.sitting_id for row in rows.values()})
    given = sheets.given(session, rows.values())
    # Locked, a seat has no declaration that is just being made; of what waits for its second person nothing is closed.
    waiting = on_paper.undecided(session, [one.seat_id for one in closings if one.by is HandedInBy.CLOCK])

    outcomes: list[Sheet | errors.ServiceError] = []
    for one in closings:
        seat = rows.get(one.seat_id)
        if seat is None:
            outcomes.append(errors.NotFound())
            continue
        sitting = sittings[seat.sitting_id]
        decision = WAITS if one.seat_id in waiting else _may_close(one, seat, sitting, now)
        # Twice in one group is twice: the second finds the sheet closed.
        choices = given.get(one.seat_id, {})
        outcomes.append(_close(one, seat, sitting, choices, now) if decision.allowed else decision.refusal())

    closed = [outcome for outcome in outcomes if isinstance(outcome, Sheet)]
    _store(session, [sheet.seat for sheet in closed])
    ending.confined_to(session, *(f"seat:{sheet.seat.id}" for sheet in closed), now=now)

    by = {one.seat_id: one for one in closings}
    record_many(session, [_note(by[sheet.seat.id or 0], sheet) for sheet in closed], now=now)
    return outcomes


def _hold_clocks(session: Session, seat_ids: Sequence[int]) -> None:
    """Whoever changes a room's clock finishes first, or finds its sheets closed; before the seats, as everywhere.

    Without it minutes that were granted in the last second would be granted, and the sheets closed all the same. The
    lock is shared: rooms do not wait for each other, and answers go on being saved.
    """
    if not seat_ids:
        return
    of_these = sa.select(col(Seat.sitting_id)).where(col(Seat.id).in_(seat_ids))
    held = sa.select(col(Sitting.id)).where(col(Sitting.id).in_(of_these)).order_by(col(Sitting.id))
    session.execute(held.with_for_update(read=True))


def _locked(session: Session, seat_ids: set[int]) -> dict[int, Seat]:
    statement = select(Seat).where(col(Seat.id).in_(seat_ids)).order_by(col(Seat.id)).with_for_update()
    rows = session.exec(statement.execution_options(populate_existing=True))
    return {row.id: row for row in rows if row.id is not None}


def _sittings(session: Session, sitting_ids: set[int]) -> dict[int, Sitting]:
    statement = select(Sitting).where(col(Sitting.id).in_(sitting_ids)).execution_options(populate_existing=True)
    return {row.id: row for row in session.exec(statement) if row.id is not None}


def _may_close(one: Closing, seat: Seat, sitting: Sitting, now: datetime) -> Decision:
    at = queries.times_of(sitting, now, seat)
    if one.by is HandedInBy.CLOCK:
        return seats.may_hand_in_by_clock(queries.events_of(seat), at, now)
    return seats.may_hand_in(queries.state_of(seat, sitting, now), one.by, begun=now >= at.starts_at)


def _close(one: Closing, seat: Seat, sitting: Sitting, choices: dict[int, str], now: datetime) -> Sheet:
    # The clock hands in for the moment the time ran out, however late it is noticed.
    closed = {
        "handed_in_at": queries.times_of(sitting, now, seat).ends_at if one.by is HandedInBy.CLOCK else now,
        "handed_in_by": one.by,
        "sheet_digest": digest(choices),
    }
    for name, value in closed.items():
        set_committed_value(seat, name, value)
    return Sheet(seat, sitting, choices)


def _store(session: Session, closed: Sequence[Seat]) -> None:
    """Write what :func:`_close` set, for a whole group at once: the session would update seat by seat."""
    rows = [(seat.handed_in_at, seat.handed_in_by, seat.sheet_digest, seat.id) for seat in closed]
    _CLOSED.write(session.connection(), rows)


def digest(choices: Mapping[int, str]) -> str:
    """SHA-256 over the given answers by position, as canonical JSON."""
    return sealing.digest(written(choices).encode())


def written(choices: Mapping[int, str]) -> str:
    """The given answers by position as canonical JSON."""
    return json.dumps(dict(choices), sort_keys=True, separators=(",", ":"))


def _note(one: Closing, sheet: Sheet) -> Note:
    assert sheet.seat.handed_in_at is not None
    data = {
        "by": one.by,
        "at": sheet.seat.handed_in_at.isoformat(),
        "answered": len(sheet.choices),
        "sheet": sheet.seat.sheet_digest,
    }
    return Note(Event.SEAT_HANDED_IN, one.label, f"seat:{sheet.seat.id}", data)
