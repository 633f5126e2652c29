"""Sittings and their proctors."""

from collections.abc import Iterator, Mapping
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
from service.kernel import clock, errors
from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse
from service.papers import queries as papers
from service.papers.rules.states import Form
from service.sittings import queries
from service.sittings.actions import judging
from service.sittings.actions.judging import Wish
from service.sittings.queries import deeds, places, scheduling
from service.sittings.rules import phases, proctors
from service.sittings.rules import scheduling as rules
from service.sittings.tables import Proctor, Sitting


def plan_sitting(
    session: Session,
    actor: Actor,
    *,
    class_id: int,
    room_id: int,
    starts_at: datetime,
    late_minutes: int | None,
    letter: Form,
    part: bool = False,
    now: datetime,
) -> Sitting:
    """Plan the sitting of a class on its sealed paper; the duration is the blueprint's.

    ``part`` says that only a part of the class sits in this room; without late minutes those of the rules of rooms in
    force count.

    Raises:
        NotFound: no such class or room.
        WrongState, Refused: the first of the conflicts that :func:`judging.judge_new` finds.
    """
    using.require_right(actor, Right.SITTINGS_ARRANGE)

    wish = Wish(class_id, room_id, starts_at, late_minutes, letter, part)
    judged = judging.judge_new(session, wish, now=now, lock=True)
    rules.may_be_held(judged.conflicts).or_refuse()
    assert judged.form is not None, "an allowed sitting has a sealed form"
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{class_id}", now=now)

    sitting = Sitting(
        class_id=class_id,
        form_id=judged.form.id,
        room_id=room_id,
        starts_at=starts_at,
        duration_minutes=judged.duration_minutes,
        late_minutes=judged.late_minutes,
    )
    session.add(sitting)
    session.flush()

    data = {"class": class_id, "room": room_id, "starts_at": starts_at.isoformat(), "form": letter}
    record(session, Event.SITTING_PLANNED, actor.label, f"sitting:{sitting.id}", now=now, data=data)
    return sitting


def assign_proctor(
    session: Session,
    actor: Actor,
    sitting_id: int,
    account_id: int,
    *,
    drawn: Mapping[str, object] | None = None,
    now: datetime,
) -> Proctor:
    """Assign a proctor who holds the duty, is free, and has no tie to the class; ``drawn`` says by which draw.

    Raises:
        NotFound: no such sitting or account.
        Refused: the account lacks the duty, or separation excludes the person.
        WrongState: the sitting has its proctors or is cancelled, or the person proctors elsewhere then.
    """
    sitting = queries.sitting(session, sitting_id, lock=True)
    account = session.get(Account, account_id)
    if sitting is None or account is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    scheduling.lock_people(session, [account.person_id])
    before = session.get(Proctor, (sitting_id, account.person_id))
    first_refusal(
        proctors.may_come_back(relieved=before is not None and before.relieved_at is not None),
        *_of_the_person(session, sitting, account),
        *_of_the_sitting(session, sitting),
        *_of_the_time(session, sitting, account.person_id),
    ).or_refuse()

    proctor = Proctor(sitting_id=sitting_id, person_id=account.person_id, assigned_at=now)
    session.add(proctor)
    session.flush()

    data = {"account": account_id, **(drawn or {})}
    record(session, Event.PROCTOR_ASSIGNED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return proctor


def remove_proctor(
    session: Session, actor: Actor, sitting_id: int, person_id: int, reason: str, *, now: datetime
) -> None:
    """Take a proctor off a sitting: until its day begins, and on the day who has done nothing there yet.

    Raises:
        NotFound: no such sitting, or this person does not proctor it.
        WrongState: it is over or cancelled, or the person has had a hand in it.
    """
    sitting = queries.sitting(session, sitting_id, lock=True)
    proctor = session.get(Proctor, (sitting_id, person_id))
    if sitting is None or proctor is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    _not_cancelled(sitting).or_refuse()
    if proctor.relieved_at is not None:
        raise errors.WrongState("relieved_already", "该监考员已经替下。")
    judge_removal(session, sitting, person_id, now=now).or_refuse()

    session.delete(proctor)
    session.flush()

    data = {"person": person_id, "reason": reason}
    record(session, Event.PROCTOR_REMOVED, actor.label, f"sitting:{sitting_id}", now=now, data=data)


def relieve_proctor(
    session: Session, actor: Actor, sitting_id: int, person_id: int, reason: str, *, now: datetime
) -> Proctor:
    """Relieve a proctor who cannot go on, at any time: what they did stays, and another may take the place.

    A hand that they laid on the seal stays too: it was theirs to lay, and the second one is still another person's.

    Raises:
        NotFound: no such sitting, or this person does not proctor it.
        WrongState: it is cancelled, or they were relieved already.
    """
    sitting = queries.sitting(session, sitting_id, lock=True)
    proctor = session.get(Proctor, (sitting_id, person_id), populate_existing=True)
    if sitting is None or proctor is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    relieved, cancelled = proctor.relieved_at is not None, sitting.cancelled_at is not None
    proctors.may_relieve(relieved=relieved, cancelled=cancelled).or_refuse()
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)

    proctor.relieved_at, proctor.relieved_by, proctor.relief_reason = now, actor.person_id, reason
    session.add(proctor)
    session.flush()

    data = {"person": person_id, "reason": reason}
    record(session, Event.PROCTOR_RELIEVED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return proctor


def judge_removal(session: Session, sitting: Sitting, person_id: int, *, now: datetime) -> Decision:
    """Whether a proctor may be taken off by now, or can only be relieved."""
    opened = sitting.form_id is not None and person_id in papers.openers(session, sitting.form_id)
    acted = opened or deeds.has_acted(session, sitting.id or 0, person_id)
    carries = deeds.has_a_roster(session, sitting.id or 0, person_id)
    return proctors.may_remove_proctor(queries.times_of(sitting, now), now, acted=acted, carries=carries)


def needed(session: Session, sitting: Sitting) -> int:
    """How many proctors the rules of rooms ask for on the sitting's day."""
    return places.rules_on(session, clock.local(sitting.starts_at).date()).proctors


def _of_the_person(session: Session, sitting: Sitting, account: Account) -> Iterator[Decision]:
    organisation = access.organisation(session, account.organisation_id)
    held = access.duties_of_account(session, account.id or 0, now=clock.now())
    if Duty.PROCTOR not in held or organisation is None or organisation.kind == OrganisationKind.INSTITUTION:
        yield refuse("not_a_proctor", "该账号没有监考职责，不能安排监考。", source="三(五)")
    yield from using.may_use_duty(session, account.person_id, Duty.PROCTOR, f"class:{sitting.class_id}")


def _of_the_sitting(session: Session, sitting: Sitting) -> Iterator[Decision]:
    yield _not_cancelled(sitting)
    number = needed(session, sitting)
    if len(queries.proctors(session, sitting.id or 0)) >= number:
        yield not_now("proctors_complete", "本场已安排{number}名监考员。", number=number)


def _not_cancelled(sitting: Sitting) -> Decision:
    return not_now("sitting_cancelled", "本场考试已经取消。") if sitting.cancelled_at is not None else ALLOWED


def _of_the_time(session: Session, sitting: Sitting, person_id: int) -> Iterator[Decision]:
    """Nobody proctors at two places at a time, nor while sitting an exam of their own."""
    at = scheduling.taken(session, sitting)
    for bound in scheduling.bookings_of_proctors(session, [person_id], at).get(person_id, []):
        if phases.overlap(at, bound.by.at):
            yield rules.proctor_busy(bound)
    yield from rules.candidates_busy(scheduling.bookings_of_candidates(session, [person_id], at).values())
