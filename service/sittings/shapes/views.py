"""Filling the shapes of the exam day from queries, for JSON and for pages alike."""

from datetime import datetime

from sqlmodel import Session

from service.kernel import clock, errors
from service.sittings import queries
from service.sittings.actions import asking
from service.sittings.queries import SittingView
from service.sittings.rules import phases
from service.sittings.shapes import bodies


def sitting(session: Session, sitting_id: int) -> bodies.SittingShape:
    """One sitting."""
    view = queries.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    return _shape(session, view)


def _shape(session: Session, view: SittingView) -> bodies.SittingShape:
    row = view.sitting
    assert row.id is not None
    return shape(
        view,
        clock.now(),
        opened=asking.is_open(session, row.form_id),
        proctors=queries.proctor_names(session, row.id),
        seats=len(queries.seats_of(session, row.id)),
    )


def shape(view: SittingView, now: datetime, *, opened: bool, proctors: list[str], seats: int) -> bodies.SittingShape:
    """A sitting as it stands now, from what has been read already."""
    row, at = view.sitting, queries.times_of(view.sitting, now)
    assert row.id is not None
    return bodies.SittingShape(
        id=row.id,
        class_id=row.class_id,
        class_name=view.training_class.name,
        exam_point=view.point.name,
        room=view.room.name,
        starts_at=at.starts_at,
        ends_at=at.ends_at,
        last_entry_at=at.last_entry_at,
        phase=phases.phase(at, now),
        opened=opened,
        proctors=proctors,
        seats=seats,
        county=view.point.county,
        rehearsal=row.rehearsal,
        cancelled=row.cancelled_at is not None,
    )
