"""Looking at what was handed in before a sheet was opened again: it counts for nothing, and stays."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.sittings import queries as sittings
from service.sittings.queries import reopening as queries
from service.sittings.tables import SheetReopening


def read(session: Session, actor: Actor, reopening_id: int, *, now: datetime) -> SheetReopening:
    """The answers as they were handed in first, for whoever confirms results; looking goes on record.

    Raises:
        NotFound: no such reopening, it was not confirmed, or the person is near its class.
    """
    row = queries.reopening(session, reopening_id)
    sitting = sittings.sitting(session, row.sitting_id) if row is not None else None
    if row is None or row.choices is None or sitting is None:
        raise errors.NotFound()

    using.require_right(actor, Right.RESULTS_UNPUBLISHED)
    if sitting.class_id in using.classes_near(session, actor):
        raise errors.NotFound()

    data = {"reopening": row.id, "sheet": row.sheet_digest}
    record(session, Event.SHEET_BEFORE_READ, actor.label, f"seat:{row.seat_id}", now=now, data=data)
    return row
