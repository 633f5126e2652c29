"""Exam points, sittings and their proctors."""

from datetime import datetime

from sqlmodel import Session

from service.access import queries as access
from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.tables import Account
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.papers import queries as papers
from service.papers.rules import blueprint
from service.papers.rules.states import Form
from service.programme.tables import TrainingClass
from service.sittings import queries
from service.sittings.rules import phases
from service.sittings.tables import ExamPoint, Proctor, Room, Sitting


def add_exam_point(
    session: Session, actor: Actor, name: str, county: str, address: str, rooms: dict[str, int], *, now: datetime
) -> list[Room]:
    """Register an exam point with its rooms and their seats."""
    using.require_right(actor, Right.SITTINGS_ARRANGE)

    point = ExamPoint(name=name, county=county, address=address)
    session.add(point)
    session.flush()
    assert point.id is not None
    added = [Room(exam_point_id=point.id, name=room, capacity=capacity) for room, capacity in rooms.items()]
    session.add_all(added)
    session.flush()

    data = {"name": name, "rooms": dict(rooms)}
    record(session, Event.EXAM_POINT_ADDED, actor.label, f"exam_point:{point.id}", now=now, data=data)
    return added


def plan_sitting(
    session: Session,
    actor: Actor,
    *,
    class_id: int,
    room_id: int,
    starts_at: datetime,
    late_minutes: int,
    letter: Form,
    now: datetime,
) -> Sitting:
    """Plan the sitting of a class on its sealed paper; the duration is the blueprint's.

    Raises:
        WrongState: the class has no sealed paper, the room is taken, or the start is past.
    """
    training_class = session.get(TrainingClass, class_id)
    room = queries.room(session, room_id)
    if training_class is None or room is None:
        raise errors.NotFound()
    paper = papers.paper_of_class(session, class_id)

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    form = papers.forms(session, paper.id or 0).get(letter) if paper is not None else None
    # The spare form stays sealed when the first one has been opened, and may still be sat.
    if paper is None or form is None or form.sealed is None or form.opened_at is not None:
        raise errors.WrongState("paper_not_sealed_yet", "该班次还没有封好的试卷，请先组卷、审批、封卷。")
    if starts_at <= now:
        raise errors.WrongState("start_is_past", "开考时间已经过去，请另选时间。")
    body = papers.blueprint_by_id(session, paper.blueprint_id).body
    at = phases.planned(starts_at, blueprint.parse(body).duration_minutes, late_minutes)
    if any(phases.overlap(at, queries.planned(other)) for other in queries.sittings_at(session, room_id)):
        raise errors.WrongState("room_taken", "该考场在这段时间已有考试，请换考场或换时间。")
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{class_id}", now=now)

    sitting = Sitting(
        class_id=class_id,
        form_id=form.id or 0,
        room_id=room_id,
        starts_at=starts_at,
        duration_minutes=int((at.ends_at - at.starts_at).total_seconds() // 60),
        late_minutes=late_minutes,
    )
    session.add(sitting)
    session.flush()

    data = {"class": class_id, "room": room_id, "starts_at": starts_at.isoformat(), "form": letter}
    record(session, Event.SITTING_PLANNED, actor.label, f"sitting:{sitting.id}", now=now, data=data)
    return sitting


def assign_proctor(session: Session, actor: Actor, sitting_id: int, account_id: int, *, now: datetime) -> Proctor:
    """Assign a proctor who holds the duty, is free, and has no tie to the class.

    Raises:
        Refused: the account lacks the duty, or separation excludes the person.
        WrongState: two proctors are there already, or the person proctors elsewhere then.
    """
    sitting = queries.sitting(session, sitting_id, lock=True)
    account = session.get(Account, account_id)
    if sitting is None or account is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    organisation = access.organisation(session, account.organisation_id)
    held = access.duties_of_account(session, account_id)
    if Duty.PROCTOR not in held or organisation is None or organisation.kind == OrganisationKind.INSTITUTION:
        raise errors.Refused("not_a_proctor", "该账号没有监考职责，不能安排监考。", source="三(五)")
    for decision in using.may_use_duty(session, account.person_id, Duty.PROCTOR, f"class:{sitting.class_id}"):
        decision.or_refuse()
    if len(queries.proctors(session, sitting_id)) >= phases.PROCTORS:
        raise errors.WrongState("proctors_complete", "本场已安排{number}名监考员。", number=phases.PROCTORS)
    at = queries.planned(sitting)
    for other in queries.sittings_of_proctor(session, account.person_id):
        if phases.overlap(at, queries.planned(other)):
            raise errors.WrongState("proctor_busy", "该监考员在这段时间已有监考安排。")

    proctor = Proctor(sitting_id=sitting_id, person_id=account.person_id, assigned_at=now)
    session.add(proctor)
    session.flush()

    data = {"account": account_id}
    record(session, Event.PROCTOR_ASSIGNED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return proctor
