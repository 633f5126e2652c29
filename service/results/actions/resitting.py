"""Giving seats in a resit to those who failed; the sitting itself is planned like any other, on the class's other form.

It is done here and not with the sittings, because it rests on published results. The spare form was made parallel to
the first, shares no item with it by proof, and is sealed until it is opened by two: it is the new paper of a resit.
"""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, settings
from service.kernel.decision import Decision, first_refusal
from service.programme.queries import classes as programme
from service.programme.queries.classes import RosterLine
from service.results.queries import elsewhere
from service.results.queries import resitting as queries
from service.results.rules import resitting as rules
from service.results.rules.resitting import Exam
from service.sittings import queries as sittings
from service.sittings.actions import enrolling
from service.sittings.queries import places, scheduling
from service.sittings.rules import scheduling as scheduling_rules
from service.sittings.tables import Seat, Sitting


@dataclass(frozen=True, slots=True)
class Candidate:
    """Somebody of a class, and whether they may have a seat in a resit now."""

    line: RosterLine
    decision: Decision


def candidates(session: Session, actor: Actor, class_id: int) -> list[Candidate]:
    """Everybody of a class with the decision on a resit, by name."""
    using.require_right(actor, Right.SITTINGS_ARRANGE)
    sat, away = queries.seats(session, class_id), elsewhere.verdicts(session, class_id)
    lines = programme.roster(session, class_id)
    apart = using.may_turn_to(session, Duty.SIT, {line.person.id or 0 for line in lines}, on=clock.today())
    return [
        Candidate(
            line,
            first_refusal(
                apart[line.person.id or 0],
                _judge(
                    [exam for _, exam in sat.get(line.trainee.id or 0, [])]
                    + [Exam(verdict) for _, verdict in away.get(line.trainee.id or 0, [])]
                ),
            ),
        )
        for line in lines
    ]


def _judge(exams: list[Exam | None]) -> Decision:
    published = [one for one in exams if one is not None]
    seated = len(published) < len(exams)
    return rules.may_resit(published, seated=seated, resits=settings.current().resits)


def judge_form(session: Session, sitting: Sitting) -> Decision:
    """Whether a sitting's form may be the paper of a resit: one that nobody of the class saw or is to see before."""
    earlier = queries.forms_before(session, sitting)
    shared = queries.shared_items(session, sitting.form_id) if sitting.form_id is not None else 0
    return rules.may_use(sat_before=sitting.form_id in earlier, shared=shared, rehearsal=sitting.rehearsal)


def enrol(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> list[Seat]:
    """Give everybody who may sit again a seat in this sitting of their class; doing it again changes nothing.

    Raises:
        NotFound: no such sitting. WrongState: it is cancelled, over, or nobody may sit again; the room is too small.
        Refused: the form was sat before or shares items with the first.
    """
    sitting = sittings.sitting(session, sitting_id, lock=True)
    if sitting is None:
        raise errors.NotFound()
    scheduling.lock_class(session, sitting.class_id)
    chosen = [one for one in candidates(session, actor, sitting.class_id) if one.decision.allowed]

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    first_refusal(
        scheduling_rules.may_change(sittings.planned(sitting), now, cancelled=sitting.cancelled_at is not None),
        judge_form(session, sitting),
        *_of_the_room(session, sitting, len(chosen)),
        *_of_the_people(session, sitting, chosen),
    ).or_refuse()
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)

    given = [
        enrolling.give_seat(session, actor, sitting, one.line.trainee.id or 0, one.line.person, now=now)
        for one in chosen
    ]

    data = {"class": sitting.class_id, "seats": [one.id for one in given]}
    record(session, Event.RESITS_ENROLLED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return given


def _of_the_room(session: Session, sitting: Sitting, newcomers: int) -> list[Decision]:
    room = sittings.room(session, sitting.room_id)
    assert room is not None, "a sitting refers to a room by foreign key"
    in_force = places.rules_on(session, clock.local(sitting.starts_at).date())
    people = len(sittings.seats_of(session, sitting.id or 0)) + newcomers
    return list(scheduling_rules.too_many(people, room.capacity, in_force))


def _of_the_people(session: Session, sitting: Sitting, chosen: list[Candidate]) -> list[Decision]:
    """Nobody sits two exams at a time."""
    people = {one.line.person.id or 0 for one in chosen}
    at = sittings.planned(sitting)
    busy = scheduling.bookings_of_candidates(session, people, at, apart_from=sitting.id)
    return list(scheduling_rules.candidates_busy(busy.values()))
