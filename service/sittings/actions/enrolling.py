"""Enrolling a class into a sitting, with the reason for each refusal."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.access.tables import Person
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing
from service.kernel.decision import Decision, not_now
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.actions import granted_time
from service.sittings.queries import granting, places, scheduling
from service.sittings.rules import rehearsing, seats, tickets
from service.sittings.rules import scheduling as rules
from service.sittings.tables import Seat, Sitting

ID_TAIL = 6


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What came of one trainee: a seat, or the reason for none."""

    trainee_id: int
    name: str
    decision: Decision
    seat: Seat | None = None


def enrol_class(
    session: Session, actor: Actor, sitting_id: int, *, part: bool = False, now: datetime
) -> list[Enrolment]:
    """Give every trainee of the class a seat, or say why not; doing it again changes nothing.

    With ``part`` only as many get one as the room holds; the others wait for another room's sitting.

    Raises:
        WrongState: the sitting is cancelled, or the room has fewer seats than the class needs.
        Refused: the rules of rooms allow fewer people in one room.
    """
    sitting = queries.sitting(session, sitting_id, lock=True)
    if sitting is None:
        raise errors.NotFound()
    scheduling.lock_class(session, sitting.class_id)
    trainees = programme.roster(session, sitting.class_id)
    taken: dict[int, Seat] = {}

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)
    decisions = judge_enrolment(session, sitting.class_id, sitting)
    present = len(queries.seats_of(session, sitting_id))
    admitted = [trainee_id for trainee_id, decision in decisions.items() if decision.allowed]
    admitted = seats.seating(sitting_id, admitted)
    left_out = _without_place(session, sitting, present, admitted, part=part)
    decisions |= dict.fromkeys(left_out, _ROOM_FULL)

    people = {row.trainee.id or 0: row.person for row in trainees}
    granted = granting.approved(session, sitting.class_id)
    for trainee_id in (one for one in admitted if one not in left_out):
        present += 1
        taken[trainee_id] = _add_seat(session, sitting, present, trainee_id, people[trainee_id])
        granted_time.give(session, taken[trainee_id], granted.get(trainee_id), actor.label, now=now)

    refused = {str(one): decision.code for one, decision in decisions.items() if not decision.allowed}
    data = {"seats": present, "refused": refused}
    record(session, Event.CANDIDATES_ENROLLED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return [
        Enrolment(one, people[one].name, decision, taken.get(one) if decision.allowed else None)
        for one, decision in decisions.items()
    ]


_ROOM_FULL = not_now("room_full", "本考场已坐满，请编排到另一考场的场次。")


def _without_place(session: Session, sitting: Sitting, present: int, admitted: list[int], *, part: bool) -> set[int]:
    """Those who find no seat in the room where only a part of the class sits there.

    Raises:
        WrongState, Refused: cancelled, or the whole class is too many for the room or for the rules in force.
    """
    if sitting.cancelled_at is not None:
        raise errors.WrongState("sitting_cancelled", "本场考试已经取消。")
    room = queries.room(session, sitting.room_id)
    assert room is not None, "a sitting refers to a room by foreign key"
    in_force = places.rules_on(session, clock.local(sitting.starts_at).date())
    if part:
        return set(admitted[max(0, rules.seats_in(room.capacity, in_force) - present) :])
    for conflict in rules.too_many(present + len(admitted), room.capacity, in_force):
        conflict.or_refuse()
    return set()


def judge_enrolment(session: Session, class_id: int, sitting: Sitting | None = None) -> dict[int, Decision]:
    """Whether each trainee of a class may have a seat, by trainee: what enrolling in this sitting would decide now."""
    lines = programme.roster(session, class_id)
    if sitting is not None and sitting.rehearsal:
        return _judge_practice(session, sitting, [line.trainee.id or 0 for line in lines])
    hours = programme.hours(session, class_id)
    numbers = {seat.trainee_id: seat.number for seat in queries.seats_of_class(session, class_id)}
    busy = _busy(session, sitting, {line.person.id or 0 for line in lines}) if sitting is not None else {}
    return {
        one: busy[line.person.id or 0]
        if line.person.id in busy and one not in numbers
        else seats.may_enrol(sum(hours.get(one, {}).values()), numbers.get(one))
        for line in lines
        for one in [line.trainee.id or 0]
    }


def _judge_practice(session: Session, sitting: Sitting, trainee_ids: list[int]) -> dict[int, Decision]:
    """A rehearsal has seats of its own, whoever has one in an exam of the class."""
    numbers = {seat.trainee_id: seat.number for seat in queries.seats_of(session, sitting.id or 0)}
    return {one: rehearsing.may_practise(numbers.get(one)) for one in trainee_ids}


def _busy(session: Session, sitting: Sitting, person_ids: set[int]) -> dict[int, Decision]:
    """Who has a seat in an exam of another class at that time, and the sentence that says so."""
    at = queries.planned(sitting)
    elsewhere = scheduling.bookings_of_candidates(session, person_ids, at, apart_from=sitting.id)
    return {person_id: decision for person_id, one in elsewhere.items() for decision in rules.candidates_busy([one])}


def _add_seat(session: Session, sitting: Sitting, number: int, trainee_id: int, person: Person) -> Seat:
    assert sitting.id is not None and person.id is not None
    ticket_number = tickets.number_of(clock.local(sitting.starts_at).year, sitting.id, number)
    seat = Seat(
        sitting_id=sitting.id,
        number=number,
        trainee_id=trainee_id,
        person_id=person.id,
        ticket_number=ticket_number,
        id_tail_index=id_tail_index(person.id, _entry_code(sitting, ticket_number, person)),
    )
    session.add(seat)
    session.flush()
    return seat


def _entry_code(sitting: Sitting, ticket_number: str, person: Person) -> str:
    """What is typed beside the ticket number: the end of the citizen id, in a rehearsal nothing so personal."""
    if sitting.rehearsal:
        return rehearsing.entry_code(ticket_number)
    full = sealing.decrypt_personal(person.citizen_id_sealed, bound_to=f"access_person:{person.citizen_id_index}")
    return full[-ID_TAIL:]


def id_tail_index(person_id: int, tail: str) -> str:
    """The keyed digest of the last six characters of a citizen id, bound to the person."""
    return sealing.blind_index(f"{person_id}/{tail.upper()}", purpose="id-tail")
