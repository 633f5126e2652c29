"""Using a right or a duty: the two checks every other action begins with."""

from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Session

from service.access import queries
from service.access.queries import makers, ties
from service.access.rules import first_passwords, proofs, separation
from service.access.rules.duties import EXAM_DUTIES, MAKERS, Duty
from service.access.rules.policy import RIGHTS, Actor, Right, Subject, holds, touches
from service.access.rules.separation import Scope
from service.access.rules.ties import ROSTER_MONTHS, months_before
from service.access.tables import Deed, Taught
from service.kernel import clock, errors, settings
from service.kernel.decision import Decision, first_refusal


def require_right(actor: Actor, right: Right) -> None:
    """Refuse an actor none of whose duties carries the right.

    Raises:
        Unauthenticated: nobody is signed in.
        Refused: somebody is, whose duties sleep until they chose their password, were vouched for, or showed a second
            factor.
        RightMissing: somebody is, without the right; the edge records the attempt on an exam right.
    """
    if holds(actor, right):
        return
    if actor.label == "anonymous":
        raise errors.Unauthenticated("not_signed_in", "请先登录，再继续。")
    first_passwords.may_enter(actor.provisional, actor.doubted).or_refuse()
    proofs.may_work(actor.unproven).or_refuse()
    raise errors.RightMissing(
        RIGHTS[right].title,
        exam=RIGHTS[right].exam,
        account_id=actor.account_id,
        organisation_kind=str(actor.organisation_kind or ""),
        tied=holds(replace(actor, duties=actor.barred), right),
    )


def require_reach(actor: Actor, right: Right, subject: Subject) -> None:
    """Refuse an actor whose right does not reach this subject; a stranger cannot tell it from a missing one.

    Raises:
        NotFound: out of reach.
    """
    require_right(actor, right)
    if not touches(actor, right, subject):
        raise errors.NotFound()


def use_duty(session: Session, actor: Actor, duty: Duty, *subjects: str, now: datetime) -> None:
    """Check that this natural person may use the duty on these subjects (``item:5``, ``class:2``) and note the deed.

    Raises:
        Refused: the person is tied to an institution, or has used an excluding duty on the same subject.
    """
    assert actor.person_id is not None and subjects, "a duty is used by a person on something"
    for decision in use_duties(session, duty, [(actor.person_id, subject) for subject in subjects], now=now).values():
        decision.or_refuse()


def use_duties(
    session: Session, duty: Duty, uses: Collection[tuple[int, str]], *, now: datetime
) -> dict[tuple[int, str], Decision]:
    """:func:`use_duty` for many persons and subjects at once: the decision on each, noted where it allows.

    Whoever uses a duty on something for the first time is locked first: of two excluding duties that one person uses at
    the same moment the second sees the first. What is noted already was weighed against all that came after it.
    """
    people = {person_id for person_id, _ in uses}
    known = queries.deeds_of_people(session, uses)
    first = {person_id for person_id, subject in uses if duty not in known[person_id, subject]}
    if first:
        makers.lock(session, first)
    held, horizon = queries.duties_of_people(session, people), ended_after(clock.local(now).date())
    employers = queries.employers_of_people(session, people, ended_after=horizon)
    near = ties.near(session, uses, ended_after=horizon)
    for person_id in on_rosters(session, people, clock.local(now).date()) if duty in MAKERS else ():
        held[person_id].add(Duty.SIT)
    done = queries.deeds_of_people(session, uses) if first else known
    decisions = {}
    deeds: list[dict[str, object]] = []
    for person_id, subject in uses:
        use = person_id, subject
        scope = Scope(subject.partition(":")[0])
        decisions[use] = separation.may_use(
            duty, held[person_id], employers[person_id], done[use], scope, near=use in near
        )
        if decisions[use].allowed and duty not in done[use]:
            deeds.append({"person_id": person_id, "duty": duty, "subject": subject, "done_at": now})
    # Written together: an import uses a duty ten thousand times in one act.
    if deeds:
        session.execute(sa.insert(Deed), deeds)
    return decisions


def may_use_duty(session: Session, person_id: int, duty: Duty, *subjects: str) -> list[Decision]:
    """The decisions :func:`use_duty` would take, without using it: for pages and for proposals."""
    horizon = ended_after(clock.today())
    employers = queries.employers_of_person(session, person_id, ended_after=horizon)
    near = ties.near(session, [(person_id, subject) for subject in subjects], ended_after=horizon)
    others = held_by(session, person_id, clock.today()) - {duty}
    decisions = [separation.may_be_granted(duty, others, employers)] if duty in EXAM_DUTIES else []
    for subject in subjects:
        done = queries.deeds_on(session, subject, person_id)
        apart = separation.may_be_near((person_id, subject) in near)
        decisions.append(first_refusal(apart, separation.may_act(duty, done, Scope(subject.partition(":")[0]))))
    return decisions


def classes_near(session: Session, actor: Actor) -> frozenset[int]:
    """The classes of which this actor sees nothing that is the exam's, for a relative works for who teaches them.

    Lists leave them out; what shows one of them asks :func:`require_far`.
    """
    if actor.account_id is None or actor.person_id is None:
        return frozenset()
    return ties.classes_near(session, actor.person_id, ended_after=ended_after(clock.today()))


def require_far(session: Session, actor: Actor, class_id: int) -> None:
    """Refuse to show the exam of a class to whom a declared tie brings too near to it.

    Raises:
        Refused: a declared tie names the institution that teaches the class.
    """
    separation.may_be_near(class_id in classes_near(session, actor)).or_refuse()


def may_turn_to(session: Session, part: str, person_ids: Collection[int], *, on: date) -> dict[int, Decision]:
    """Whether each of these persons may come to teach (``TEACH``) or to sit (``Duty.SIT``): not who made the exam."""
    made = makers.made(session, person_ids, ended_after=ended_after(on))
    return {person_id: separation.may_turn_to(part, duties) for person_id, duties in made.items()}


def held_by(session: Session, person_id: int, on: date) -> set[str]:
    """What a natural person holds in all accounts, and that they are to sit an exam if they are."""
    sits = {Duty.SIT} if on_rosters(session, {person_id}, on) else set()
    return queries.duties_of_person(session, person_id) | sits


def on_rosters(session: Session, person_ids: Collection[int], on: date) -> set[int]:
    """Of these persons those who were put on the roster of a class not so long before that its exam is surely over."""
    months = max(settings.current().tie_months, ROSTER_MONTHS)
    return makers.sitting(session, person_ids, ended_after=months_before(on, months))


def note_deed(session: Session, person_id: int, duty: str, subject: str, *, now: datetime) -> None:
    """Note that a person did something to a subject; also for teaching and for sitting."""
    session.add(Deed(person_id=person_id, duty=duty, subject=subject, done_at=now))
    session.flush()


def note_taught(session: Session, subject: str, organisation_id: int) -> None:
    """Note which institution teaches a class: whoever is tied to it stays away from the exam of this class."""
    session.add(Taught(subject=subject, organisation_id=organisation_id))
    session.flush()


def ended_after(day: date) -> date:
    """A tie that had ended by this day no longer counts on ``day``."""
    return months_before(day, settings.current().tie_months)
