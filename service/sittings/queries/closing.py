"""Which sheets the clock has to close."""

from datetime import datetime

from sqlmodel import Session, col, select

from service.sittings.queries.day import events_of, times_of
from service.sittings.rules import seats
from service.sittings.tables import PaperSheet, Seat, Sitting


def overdue(session: Session, now: datetime) -> dict[int, list[int]]:
    """Ids of seats whose sheet the clock must hand in, by sitting; it waits where a declaration has no second hand."""
    # A seat's own time only ever adds to its room's, so only rooms whose time is over are looked into.
    # The index of open sheets alone leads there: what was closed in all the years before is not read every two seconds.
    open_sheets = select(Seat.sitting_id).where(col(Seat.handed_in_at).is_(None), col(Seat.admitted_at).is_not(None))
    begun = session.exec(
        select(Sitting).where(
            col(Sitting.id).in_(open_sheets), col(Sitting.starts_at) <= now, col(Sitting.cancelled_at).is_(None)
        )
    )
    over = [of.id for of in begun if now >= times_of(of, now).ends_at]
    if not over:
        return {}
    undecided = select(PaperSheet.seat_id).where(col(PaperSheet.decided_at).is_(None))
    statement = (
        select(Seat, Sitting)
        .join(Sitting, col(Sitting.id) == col(Seat.sitting_id))
        .where(col(Sitting.id).in_(over), col(Seat.handed_in_at).is_(None), col(Seat.admitted_at).is_not(None))
        .where(col(Seat.id).not_in(undecided))
        .order_by(col(Sitting.id), col(Seat.id))
    )
    found: dict[int, list[int]] = {}
    for row, of in session.exec(statement):
        if seats.overdue(events_of(row), times_of(of, now, row), now):
            found.setdefault(row.sitting_id, []).append(row.id or 0)
    return found
