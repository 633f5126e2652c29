"""Printing the tickets of many sittings: asked for at once, prepared in the background, fetched when ready.

What has been asked for stands in a table, so that any process can tell how far it is and a page may be closed.
Asking again for the same sittings while they are being prepared gives the same batch; one that has shown no sign of
life for a while is begun anew.
"""

from collections.abc import Sequence
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.sittings import queries
from service.sittings.queries import SittingView, prints, scheduling
from service.sittings.queries.prints import Progress
from service.sittings.rules import tickets
from service.sittings.tables import Seat, TicketPrint

# Longer than typesetting the largest batch takes on a slow machine; what is silent for longer has died.
DEAD_AFTER = timedelta(minutes=3)
# Tickets carry names: a finished batch is kept for the working day, to be fetched again, and then thrown away.
KEPT = timedelta(hours=12)
# Thirty rooms of sixty; more are printed in two batches.
MOST_TICKETS = 1800


def ask(session: Session, actor: Actor, sitting_ids: Sequence[int], *, now: datetime) -> tuple[TicketPrint, bool]:
    """Ask for the tickets of these sittings in one PDF: the batch, and whether it has to be begun.

    Raises:
        NotFound: no such sitting. WrongState: one is cancelled or has no seats, or they are too many at once.
    """
    using.require_right(actor, Right.SITTINGS_ARRANGE)

    chosen = sorted(set(sitting_ids))
    total = _count(session, chosen)
    wanted = ",".join(map(str, chosen))
    throw_away(session, now=now)
    assert actor.person_id is not None
    for found in prints.own(session, actor.person_id):
        if found.sittings == wanted and is_alive(found, now):
            return session.get_one(TicketPrint, found.code), False

    batch = TicketPrint(
        code=sealing.token(),
        person_id=actor.person_id,
        actor=actor.label,
        sittings=wanted,
        total=total,
        asked_at=now,
        beat_at=now,
    )
    session.add(batch)
    session.flush()
    return batch, True


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether a batch has been kept as long as it is kept."""
    return prints.any_before(session, now - KEPT)


def throw_away(session: Session, *, now: datetime) -> int:
    """Throw away the batches that have been kept long enough, whether anybody fetched them or not; how many."""
    gone = session.execute(sa.delete(TicketPrint).where(col(TicketPrint.asked_at) < now - KEPT))
    assert isinstance(gone, sa.CursorResult)
    return gone.rowcount


def _count(session: Session, sitting_ids: Sequence[int]) -> int:
    counts = scheduling.seat_counts(session, sitting_ids)
    for sitting_id in sitting_ids:
        sitting = queries.sitting(session, sitting_id)
        if sitting is None:
            raise errors.NotFound()
        tickets.may_print(seats=counts.get(sitting_id, 0), cancelled=sitting.cancelled_at is not None).or_refuse()
    if sum(counts.values()) > MOST_TICKETS:
        raise errors.WrongState("too_many_tickets", "一次最多打印{most}张准考证，请分批打印。", most=MOST_TICKETS)
    return sum(counts.values())


def is_alive(batch: Progress, now: datetime) -> bool:
    """Whether somebody is still preparing a batch."""
    return batch.finished_at is None and not batch.fault and now - batch.beat_at <= DEAD_AFTER


def own_batch(session: Session, actor: Actor, code: str) -> TicketPrint:
    """A batch, for whoever asked for it.

    Raises:
        NotFound: no such batch, or another's.
    """
    using.require_right(actor, Right.SITTINGS_ARRANGE)
    batch = prints.print_of(session, code)
    if batch is None or batch.person_id != actor.person_id:
        raise errors.NotFound()
    return batch


def sittings_of(batch: TicketPrint | Progress) -> list[int]:
    return [int(one) for one in batch.sittings.split(",")]


def note_progress(session: Session, code: str, done: int, *, now: datetime) -> None:
    """So many tickets are ready to be typeset."""
    batch = prints.print_of(session, code, lock=True)
    if batch is not None:
        batch.done, batch.beat_at = done, now
        session.add(batch)


def note_fault(session: Session, code: str, fault: str) -> None:
    """It went wrong; asking again begins anew."""
    batch = prints.print_of(session, code, lock=True)
    if batch is not None:
        batch.fault = fault
        session.add(batch)


def finish(session: Session, code: str, pdf: bytes, before: list[tuple[object, ...]], *, now: datetime) -> bool:
    """Keep the PDF and put the printing on record, unless a ticket in it has become void meanwhile."""
    batch = prints.print_of(session, code, lock=True)
    if batch is None or batch.finished_at is not None:
        return False
    sitting_ids = sittings_of(batch)
    # Locked, so that whoever moves a sitting or replaces a ticket comes before or after, not in between.
    for sitting_id in sitting_ids:
        queries.sitting(session, sitting_id, lock=True)
    if prints.fingerprint(session, sitting_ids) != before:
        batch.fault = "changed"
        session.add(batch)
        return False

    batch.done, batch.pdf, batch.digest = batch.total, pdf, sealing.digest(pdf)
    batch.finished_at = batch.beat_at = now
    session.add(batch)
    session.flush()

    counts = scheduling.seat_counts(session, sitting_ids)
    for sitting_id in sitting_ids:
        data = {"tickets": counts[sitting_id], "pdf": batch.digest}
        record(session, Event.TICKETS_PRINTED, batch.actor, f"sitting:{sitting_id}", now=now, data=data)
    return True


def rows(session: Session, sitting_ids: Sequence[int]) -> list[tuple[SittingView, list[Seat]]]:
    """The sittings of a batch with their seats, all read before the first ticket is made."""
    views = {view.sitting.id: view for view in scheduling.views_of(session, sitting_ids)}
    return [(views[sitting_id], queries.seats_of(session, sitting_id)) for sitting_id in sitting_ids]
