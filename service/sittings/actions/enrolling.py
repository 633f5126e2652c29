"""Enrolling a class into a sitting, with the reason for each refusal."""

import itertools
from collections.abc import Collection, Mapping, Sequence
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
from service.programme.queries.classes import RosterLine
from service.sittings import queries
from service.sittings.actions import granted_time
from service.sittings.queries import granting, places, scheduling
from service.sittings.rules import rehearsing, seating, seats, tickets
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
    session: Session,
    actor: Actor,
    sitting_id: int,
    *,
    part: bool = False,
    only: Collection[int] | None = None,
    now: datetime,
) -> list[Enrolment]:
    """Give every trainee of the class a seat, or say why not; doing it again changes nothing.

    With ``part`` only as many get one as the room holds; the others wait for another room's sitting. With ``only`` the
    trainees named and nobody else are asked about. Who is granted a room of their own is left out where others sit.

    Raises:
        NotFound: no such sitting, or one of the trainees named is not of its class.
        WrongState: the sitting is cancelled, or the room has fewer seats than the class needs.
        Refused: the rules of rooms allow fewer people in one room.
    """
    sitting = queries.sitting(session, sitting_id, lock=True)
    if sitting is None:
        raise errors.NotFound()
    scheduling.lock_class(session, sitting.class_id)
    people = {row.trainee.id or 0: row.person for row in programme.roster(session, sitting.class_id)}
    if only is not None and not people.keys() >= set(only):
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)
    decisions = judge_enrolment(session, sitting.class_id, sitting)
    if only is not None:
        decisions = {one: decision for one, decision in decisions.items() if one in only}
    decisions = _seated_together(session, sitting, decisions, part=part)
    taken = _give_seats(session, actor, sitting, decisions, people, now)

    refused = {str(one): decision.code for one, decision in decisions.items() if not decision.allowed}
    data: dict[str, object] = {"seats": len(queries.seats_of(session, sitting_id)), "refused": refused}
    if only is not None:
        data["chosen"] = sorted(only)
    record(session, Event.CANDIDATES_ENROLLED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return [Enrolment(one, people[one].name, decision, taken.get(one)) for one, decision in decisions.items()]


def _seated_together(
    session: Session, sitting: Sitting, decisions: Mapping[int, Decision], *, part: bool
) -> dict[int, Decision]:
    """The decisions once it is asked who can sit with whom, and for how many there is a place."""
    apart = granting.apart(session, sitting.class_id)
    admitted = [one for one, decision in decisions.items() if decision.allowed]
    alone = seating.left_out(admitted, apart)
    admitted = seats.seating(sitting.id or 0, [one for one in admitted if one not in alone])
    present = len(queries.seats_of(session, sitting.id or 0))
    full = _without_place(session, sitting, present, admitted, part=part)
    return {
        **decisions,
        **dict.fromkeys(alone, seating.NEEDS_OWN_ROOM),
        **dict.fromkeys(full, _ROOM_FULL),
    }


def _give_seats(
    session: Session,
    actor: Actor,
    sitting: Sitting,
    decisions: Mapping[int, Decision],
    people: Mapping[int, Person],
    now: datetime,
) -> dict[int, Seat]:
    """A seat for everybody who may have one, in the order drawn from the sitting."""
    admitted = seats.seating(sitting.id or 0, [one for one, decision in decisions.items() if decision.allowed])
    return {one: give_seat(session, actor, sitting, one, people[one], now=now) for one in admitted}


def give_seat(
    session: Session, actor: Actor, sitting: Sitting, trainee_id: int, person: Person, *, now: datetime
) -> Seat:
    """The lowest free seat of a sitting, with the minutes that its trainee is granted; everything has been judged."""
    taken = {seat.number for seat in queries.seats_of(session, sitting.id or 0)}
    number = next(one for one in itertools.count(1) if one not in taken)
    seat = _add_seat(session, sitting, number, trainee_id, person)
    arrangement = granting.arrangement_of(session, sitting.class_id, trainee_id)
    granted_time.give(session, seat, arrangement, actor.label, now=now)
    return seat


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
    decisions = _judge_each(session, class_id, sitting, lines)
    if sitting is None:
        return decisions
    present = {seat.trainee_id for seat in queries.seats_of(session, sitting.id or 0)}
    return seating.judge_company(decisions, granting.apart(session, class_id), present)


def _judge_each(
    session: Session, class_id: int, sitting: Sitting | None, lines: Sequence[RosterLine]
) -> dict[int, Decision]:
    """The same for each by themselves, whoever else sits there."""
    if sitting is not None and sitting.rehearsal:
        return _judge_practice(session, sitting, [line.trainee.id or 0 for line in lines])
    hours = programme.hours(session, class_id)
    numbers = {seat.trainee_id: seat.number for seat in queries.seats_of_class(session, class_id)}
    people = {line.person.id or 0 for line in lines}
    kept_out = _makers(session, people) | (_busy(session, sitting, people) if sitting is not None else {})
    return {
        one: kept_out[line.person.id or 0]
        if line.person.id in kept_out and one not in numbers
        else seats.may_enrol(sum(hours.get(one, {}).values()), numbers.get(one))
        for line in lines
        for one in [line.trainee.id or 0]
    }


def _makers(session: Session, person_ids: set[int]) -> dict[int, Decision]:
    """Who has come to make questions or papers since the class's roster was made, as before a late resit."""
    decisions = using.may_turn_to(session, Duty.SIT, person_ids, on=clock.today())
    return {person_id: decision for person_id, decision in decisions.items() if not decision.allowed}


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
        # An old ticket of a seat that was taken back lets nobody in, whoever gets its number and its id.
        ticket_issue=sitting.first_issue,
        id_tail_index=id_tail_index(person.id, entry_code(sitting, ticket_number, person)),
        key_id=sealing.person_key_id(),
    )
    session.add(seat)
    session.flush()
    return seat


def entry_code(sitting: Sitting, ticket_number: str, person: Person) -> str:
    """What is typed beside the ticket number: the end of the citizen id, in a rehearsal nothing so personal."""
    if sitting.rehearsal:
        return rehearsing.entry_code(ticket_number)
    full = sealing.decrypt_personal(person.citizen_id_sealed, bound_to=f"access_person:{person.citizen_id_index}")
    return full[-ID_TAIL:]


def id_tail_index(person_id: int, tail: str) -> str:
    """The keyed digest of the last six characters of a citizen id, bound to the person."""
    return id_tail_indexes(person_id, tail)[0]


def id_tail_indexes(person_id: int, tail: str) -> list[str]:
    """The same under every key that a seat may lie under, the present one first."""
    return sealing.blind_indexes(f"{person_id}/{tail.upper()}", purpose="id-tail")
