"""Individual arrangements: asked for by one person, decided by another; approved ones give seats their minutes."""

from dataclasses import asdict
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.programme.tables import TrainingClass
from service.sittings.actions import granted_time
from service.sittings.queries import granting as queries
from service.sittings.rules import granting as rules
from service.sittings.rules.granting import Grants
from service.sittings.tables import Arrangement


def propose(
    session: Session, actor: Actor, class_id: int, trainee_id: int, wanted: Grants, reason: str, *, now: datetime
) -> Arrangement:
    """Ask for what one trainee needs in every sitting of a class; one that was declined may be asked for again.

    Raises:
        NotFound: no such class, or the trainee is not on its roster.
        Refused: nothing is asked for, or separation excludes the person.
        WrongState: an arrangement is asked for or in force already.
    """
    if session.get(TrainingClass, class_id, with_for_update=True) is None:
        raise errors.NotFound()
    if not queries.in_class(session, class_id, trainee_id):
        raise errors.NotFound()
    found = queries.arrangement_for(session, class_id, trainee_id)

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    rules.may_propose(wanted, rules.state(found.approved) if found is not None else None).or_refuse()
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{class_id}", now=now)

    assert actor.person_id is not None
    values = {**asdict(wanted), "reason": reason, "proposed_at": now, "proposed_by": actor.person_id}
    arrangement = found or Arrangement(class_id=class_id, trainee_id=trainee_id, **values)
    for name, value in values.items():
        setattr(arrangement, name, value)
    arrangement.decided_at = arrangement.decided_by = arrangement.approved = arrangement.decision_reason = None
    session.add(arrangement)
    session.flush()

    data = {"class": class_id, "trainee": trainee_id, **asdict(wanted)}
    subject = f"arrangement:{arrangement.id}"
    record(session, Event.ARRANGEMENT_PROPOSED, actor.label, subject, now=now, data=data)
    return arrangement


def withdraw(session: Session, actor: Actor, arrangement_id: int, *, now: datetime) -> None:
    """Take a request back that nobody has decided, to correct or to forget it.

    Raises:
        NotFound: no such arrangement. WrongState: it has been decided.
    """
    arrangement = queries.arrangement(session, arrangement_id, lock=True)
    if arrangement is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    rules.may_withdraw(rules.state(arrangement.approved)).or_refuse()
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{arrangement.class_id}", now=now)

    session.delete(arrangement)
    session.flush()

    data = {"class": arrangement.class_id, "trainee": arrangement.trainee_id, "withdrawn": True}
    record(session, Event.ARRANGEMENT_PROPOSED, actor.label, f"arrangement:{arrangement_id}", now=now, data=data)


def decide(
    session: Session, actor: Actor, arrangement_id: int, *, approve: bool, reason: str, now: datetime
) -> Arrangement:
    """Approve or decline what another person asked for; approval gives the trainee's seats their minutes.

    Raises:
        NotFound: no such arrangement. WrongState: it has been decided.
        Refused: by whoever asked for it, or separation excludes the person.
    """
    arrangement = queries.arrangement(session, arrangement_id, lock=True)
    if arrangement is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_APPROVE)

    same_person = actor.person_id == arrangement.proposed_by
    rules.may_decide(rules.state(arrangement.approved), same_person=same_person).or_refuse()
    using.use_duty(session, actor, Duty.APPROVE, f"class:{arrangement.class_id}", now=now)

    _decided(session, actor, arrangement, approve, reason, now)
    seats = granted_time.give_to_all(session, arrangement, actor.label, now=now) if approve else 0

    _record_decision(session, actor, arrangement, now, seats)
    return arrangement


def revoke(session: Session, actor: Actor, arrangement_id: int, reason: str, *, now: datetime) -> Arrangement:
    """Take an approval back, and the minutes with it, while the trainee has not been let into an exam with it.

    Raises:
        NotFound: no such arrangement. WrongState: it is not in force, or has been used.
        Refused: by whoever asked for it, or separation excludes the person.
    """
    arrangement = queries.arrangement(session, arrangement_id, lock=True)
    if arrangement is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_APPROVE)

    begun = queries.used(session, arrangement.class_id, arrangement.trainee_id)
    same_person = actor.person_id == arrangement.proposed_by
    rules.may_revoke(rules.state(arrangement.approved), same_person=same_person, begun=begun).or_refuse()
    using.use_duty(session, actor, Duty.APPROVE, f"class:{arrangement.class_id}", now=now)

    seats = granted_time.take_back(session, arrangement, actor.label, now=now)
    _decided(session, actor, arrangement, False, reason, now)

    _record_decision(session, actor, arrangement, now, seats, revoked=True)
    return arrangement


def _decided(
    session: Session, actor: Actor, arrangement: Arrangement, approve: bool, reason: str, now: datetime
) -> None:
    arrangement.approved, arrangement.decided_at, arrangement.decided_by = approve, now, actor.person_id
    arrangement.decision_reason = reason
    session.add(arrangement)
    session.flush()


def _record_decision(
    session: Session, actor: Actor, arrangement: Arrangement, now: datetime, seats: int, *, revoked: bool = False
) -> None:
    data = {"class": arrangement.class_id, "trainee": arrangement.trainee_id, "approved": arrangement.approved}
    data |= {"seats": seats, "revoked": revoked}
    record(session, Event.ARRANGEMENT_DECIDED, actor.label, f"arrangement:{arrangement.id}", now=now, data=data)
