"""Reads on sheets that were opened again: what waits, what was handed in before, and what the clock owes a seat."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.journal.actions import SYSTEM
from service.journal.rules import Event
from service.journal.tables import JournalEntry
from service.sittings.queries import desks, timekeeping
from service.sittings.queries.day import SittingView, views
from service.sittings.rules import presence
from service.sittings.rules.presence import Silence
from service.sittings.tables import RecordConfirmation, Seat, SheetReopening, Sitting

# Of a seat of the board: whether a proposal waits, and when its sheet was last opened again. Columns of the one
# statement that reads all seats, for the board asks every second.
WAITS = sa.exists().where(col(SheetReopening.seat_id) == col(Seat.id), col(SheetReopening.decided_at).is_(None))
OPENED = (
    sa.select(sa.func.max(col(SheetReopening.decided_at)))
    .where(col(SheetReopening.seat_id) == col(Seat.id), col(SheetReopening.confirmed).is_(True))
    .scalar_subquery()
)


def reopening(session: Session, reopening_id: int) -> SheetReopening | None:
    return session.get(SheetReopening, reopening_id, populate_existing=True)


def waiting(session: Session, seat_id: int) -> SheetReopening | None:
    """The proposal on a seat that nobody has decided yet."""
    open_one = SheetReopening.seat_id == seat_id, col(SheetReopening.decided_at).is_(None)
    return session.exec(select(SheetReopening).where(*open_one)).first()


def before(session: Session, seat_id: int) -> list[SheetReopening]:
    """The closings of a seat that were taken back, in their order: what was handed in before."""
    done = SheetReopening.seat_id == seat_id, col(SheetReopening.confirmed).is_(True)
    return list(session.exec(select(SheetReopening).where(*done).order_by(col(SheetReopening.id))))


def signatures(session: Session, sitting_id: int) -> int:
    """How many people have signed the room record, whether or not it says the same still."""
    signed = select(sa.func.count()).select_from(RecordConfirmation)
    return session.exec(signed.where(RecordConfirmation.sitting_id == sitting_id)).one()


def key_was_shown(session: Session, form_id: int, since: datetime) -> bool:
    """Whether anybody but the service itself had the answer key of a form looked up from an instant on."""
    used = (
        sa.select(sa.literal(1))
        .where(
            col(JournalEntry.subject) == f"form:{form_id}",
            col(JournalEntry.event) == Event.KEY_USED.value,
            col(JournalEntry.actor) != SYSTEM,
            col(JournalEntry.at) >= since.isoformat(),
        )
        .limit(1)
    )
    return session.execute(used).first() is not None


@dataclass(frozen=True, slots=True)
class Owed:
    """What the clock of a closed seat owes it: whole minutes due by the rule of compensation, and the cap of the rule;
    ``stood`` are the times when the room's clock stood still or was made good for.
    """

    due_minutes: int
    cap_minutes: int
    stood: Sequence[Silence]


def owed(session: Session, sitting: Sitting, seat: Seat, now: datetime) -> Owed:
    """What a closed seat is owed, by the silences of its machine until it was closed, the last one included."""
    ledger = timekeeping.ledger(session, sitting, now)
    seat_id = seat.id or 0
    stood = [*ledger.pauses.get(None, ()), *ledger.outages]
    if seat.started_at is None or seat.handed_in_at is None:
        return Owed(0, ledger.cap_minutes, stood)
    silences = list(ledger.gaps.get(seat_id, ()))
    sign = ledger.signs.get(seat_id)
    # A machine that was silent as its sheet was closed has ended no gap: it was never heard again.
    last = presence.silence(sign.seen_at, seat.handed_in_at) if sign is not None else None
    silences = presence.apart([*silences, last] if last is not None else silences, ledger.outages)
    pauses = [*ledger.pauses.get(None, ()), *ledger.pauses.get(seat_id, ())]
    begins = max(seat.started_at, sitting.began_at or sitting.starts_at)
    lost = presence.lost_seconds(silences, pauses, begins, seat.handed_in_at)
    given = ledger.compensated.get(seat_id, 0)
    return Owed(presence.proposed_compensation(lost, given, ledger.cap_minutes) // 60, ledger.cap_minutes, stood)


@dataclass(frozen=True, slots=True)
class ReopeningView:
    """A reopening in words: the seat and whose it is, who proposed and who decided it."""

    row: SheetReopening
    seat: int
    candidate: str
    proposer: str
    decider: str
    where: SittingView


def listed(session: Session, sitting_ids: Collection[int] | None = None) -> list[ReopeningView]:
    """Reopenings, what waits first and then the newest: all, or those of these sittings."""
    statement = select(SheetReopening, Seat).join(Seat, col(Seat.id) == col(SheetReopening.seat_id))
    if sitting_ids is not None:
        statement = statement.where(col(SheetReopening.sitting_id).in_(sitting_ids))
    order = col(SheetReopening.decided_at).is_not(None), col(SheetReopening.id).desc()
    rows = list(session.exec(statement.order_by(*order)))
    people = {one for row, seat in rows for one in (row.proposed_by, row.decided_by, seat.person_id) if one}
    names = desks.names(session, people)
    where = {one: views(session, sitting_id=one)[0] for one in {row.sitting_id for row, _ in rows}}
    return [
        ReopeningView(
            row,
            seat.number,
            names[seat.person_id],
            names[row.proposed_by],
            names.get(row.decided_by or 0, ""),
            where[row.sitting_id],
        )
        for row, seat in rows
    ]


def of_record(session: Session, sitting_id: int, name: Callable[[int | None], str]) -> dict[str, Any]:
    """The part of a room record that tells which sheets were opened again; left out where none was."""
    found = [
        {
            "seat": one.seat,
            "reason": one.row.reason,
            "note": one.row.note,
            "closed_at": one.row.closed_at,
            "closed_by": one.row.closed_by,
            "sheet": one.row.sheet_digest,
            "away_minutes": one.row.away_minutes,
            "minutes": one.row.minutes,
            "at": one.row.decided_at,
            "ends_at": one.row.ends_at,
            "proposed_by": name(one.row.proposed_by),
            "decided_by": name(one.row.decided_by),
        }
        for one in reversed(listed(session, [sitting_id]))
        if one.row.confirmed
    ]
    return {"reopened": found} if found else {}
