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
from service.kernel.decision import Decision
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.rules import seats
from service.sittings.tables import Seat, Sitting

ID_TAIL = 6


@dataclass(frozen=True, slots=True)
class Enrolment:
    """What came of one trainee: a seat, or the reason for none."""

    trainee_id: int
    name: str
    decision: Decision
    seat: Seat | None = None


def enrol_class(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> list[Enrolment]:
    """Give every trainee of the class a seat, or say why not; doing it again changes nothing.

    Raises:
        WrongState: the room has fewer seats than the class needs.
    """
    sitting = queries.sitting(session, sitting_id, lock=True)
    if sitting is None:
        raise errors.NotFound()
    trainees = programme.roster(session, sitting.class_id)
    taken = {seat.trainee_id: seat for seat in queries.seats_of_class(session, sitting.class_id)}

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)
    decisions = judge_enrolment(session, sitting.class_id)
    admitted = [trainee_id for trainee_id, decision in decisions.items() if decision.allowed]
    room = queries.room(session, sitting.room_id)
    present = len(queries.seats_of(session, sitting_id))
    if room is None or present + len(admitted) > room.capacity:
        raise errors.WrongState("room_too_small", "考场座位不够：需要{needed}个。", needed=present + len(admitted))

    people = {row.trainee.id or 0: row.person for row in trainees}
    for trainee_id in seats.seating(sitting_id, admitted):
        present += 1
        taken[trainee_id] = _add_seat(session, sitting, present, trainee_id, people[trainee_id])

    refused = {str(one): decision.code for one, decision in decisions.items() if not decision.allowed}
    data = {"seats": present, "refused": refused}
    record(session, Event.CANDIDATES_ENROLLED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return [
        Enrolment(one, people[one].name, decision, taken.get(one) if decision.allowed else None)
        for one, decision in decisions.items()
    ]


def judge_enrolment(session: Session, class_id: int) -> dict[int, Decision]:
    """Whether each trainee of a class may have a seat, by trainee: what enrolling would decide now."""
    hours = programme.hours(session, class_id)
    numbers = {seat.trainee_id: seat.number for seat in queries.seats_of_class(session, class_id)}
    trainee_ids = [row.trainee.id or 0 for row in programme.roster(session, class_id)]
    return {one: seats.may_enrol(sum(hours.get(one, {}).values()), numbers.get(one)) for one in trainee_ids}


def _add_seat(session: Session, sitting: Sitting, number: int, trainee_id: int, person: Person) -> Seat:
    assert sitting.id is not None and person.id is not None
    full = sealing.decrypt_personal(person.citizen_id_sealed, bound_to=f"access_person:{person.citizen_id_index}")
    seat = Seat(
        sitting_id=sitting.id,
        number=number,
        trainee_id=trainee_id,
        person_id=person.id,
        ticket_number=f"{clock.local(sitting.starts_at):%y}{sitting.id:04d}{number:02d}",
        id_tail_index=id_tail_index(person.id, full[-ID_TAIL:]),
    )
    session.add(seat)
    session.flush()
    return seat


def id_tail_index(person_id: int, tail: str) -> str:
    """The keyed digest of the last six characters of a citizen id, bound to the person."""
    return sealing.blind_index(f"{person_id}/{tail.upper()}", purpose="id-tail")
