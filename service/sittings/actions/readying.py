"""Whether an exam point is ready: its checklist line by line, and a person who says so."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.sittings.queries import machines
from service.sittings.queries import places as queries
from service.sittings.rules import places as rules
from service.sittings.rules.places import Equipment
from service.sittings.tables import ChecklistEntry, ExamPoint


def check_equipment(
    session: Session,
    actor: Actor,
    exam_point_id: int,
    equipment: Equipment,
    in_order: bool,
    note: str,
    *,
    now: datetime,
) -> ExamPoint:
    """Note how a line of the checklist stands; one that is not in order withdraws the readiness declared before.

    Raises:
        NotFound: no such exam point.
    """
    point = _point(session, actor, exam_point_id)
    assert actor.person_id is not None

    entry = queries.checklist_entry(session, exam_point_id, equipment)
    entry = entry or ChecklistEntry(
        exam_point_id=exam_point_id, equipment=equipment, in_order=in_order, checked_at=now, checked_by=actor.person_id
    )
    entry.in_order, entry.note, entry.checked_at, entry.checked_by = in_order, note, now, actor.person_id
    withdrawn = point.ready_at is not None and not in_order
    if withdrawn:
        point.ready_at = point.ready_by = None
    session.add_all([entry, point])
    session.flush()

    data = {"equipment": equipment.value, "in_order": in_order}
    record(session, Event.EXAM_POINT_CHECKED, actor.label, f"exam_point:{exam_point_id}", now=now, data=data)
    if withdrawn:
        _record_readiness(session, actor, point, now, because=equipment.value)
    return point


def declare_ready(session: Session, actor: Actor, exam_point_id: int, *, now: datetime) -> ExamPoint:
    """Say that an exam point is ready; again changes nothing.

    Raises:
        NotFound: no such exam point. WrongState: a line of the checklist is not in order, or a machine not fit.
    """
    point = _point(session, actor, exam_point_id)

    rules.may_be_ready(queries.passed(session, exam_point_id), machines.unfit(session, exam_point_id)).or_refuse()
    if rules.still_ready(point.ready_at, now):
        return point

    point.ready_at, point.ready_by = now, actor.person_id
    session.add(point)
    session.flush()

    _record_readiness(session, actor, point, now)
    return point


def withdraw_readiness(session: Session, actor: Actor, exam_point_id: int, *, now: datetime) -> ExamPoint:
    """Take the word back that an exam point is ready; again changes nothing.

    Raises:
        NotFound: no such exam point.
    """
    point = _point(session, actor, exam_point_id)
    if point.ready_at is None:
        return point

    point.ready_at = point.ready_by = None
    session.add(point)
    session.flush()

    _record_readiness(session, actor, point, now)
    return point


def _point(session: Session, actor: Actor, exam_point_id: int) -> ExamPoint:
    """An exam point, locked, for whoever arranges exams."""
    point = queries.exam_point(session, exam_point_id, lock=True)
    if point is None:
        raise errors.NotFound()
    using.require_right(actor, Right.SITTINGS_ARRANGE)
    return point


def _record_readiness(session: Session, actor: Actor, point: ExamPoint, now: datetime, because: str = "") -> None:
    data = {"ready": point.ready_at is not None} | ({"because": because} if because else {})
    record(session, Event.EXAM_POINT_READY, actor.label, f"exam_point:{point.id}", now=now, data=data)
