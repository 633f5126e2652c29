"""Enrolling a class into a sitting, with the reason for each refusal."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Duty, Right
from service.access.tables import Person
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing
from service.kernel.decision import ALLOWED, Decision, not_now, refuse
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
    sitting = queries.sitting(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()
    trainees = programme.roster(session, sitting.class_id)
    hours = programme.hours(session, sitting.class_id)
    taken = {seat.trainee_id: seat for seat in queries.seats_of_class(session, sitting.class_id)}

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)
    decisions = {
        row.trainee.id or 0: _may_enrol(
            sum(hours.get(row.trainee.id or 0, {}).values()), taken.get(row.trainee.id or 0)
        )
        for row in trainees
    }
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


def _may_enrol(hours: int, seat: Seat | None) -> Decision:
    if seat is not None:
        return not_now("seat_exists", "已编排座位，座位号{number}。", number=seat.number)
    if hours == 0:
        return refuse("never_attended", "没有任何培训考勤，不能参加考试。", source="三(五) 参加培训并考试合格")
    return ALLOWED


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
