"""A seat that is taken back, and a candidate who goes to another room of the class, before anybody checks in."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.access.tables import Person
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors
from service.kernel.decision import Decision
from service.sittings import queries
from service.sittings.actions import enrolling, trying
from service.sittings.queries import places, scheduling
from service.sittings.queries import seating as reads
from service.sittings.rules import scheduling as rooms
from service.sittings.rules import seating as rules
from service.sittings.tables import Seat, Sitting


def withdraw_seat(session: Session, actor: Actor, seat_id: int, reason: str, *, now: datetime) -> int:
    """Take a seat back: its ticket is void, and its trainee may have another. The sitting it was in.

    Raises:
        NotFound: no such seat.
        WrongState: check-in has begun, the sitting is cancelled, or something refers to the seat.
    """
    seat, sitting = _own(session, seat_id)

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    judge_taking_back(session, seat, sitting, now=now).or_refuse()
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)

    data = {"seat": seat_id, "number": seat.number, "trainee": seat.trainee_id, "issue": seat.ticket_issue}
    _take_back(session, seat, sitting)

    record(
        session,
        Event.SEAT_WITHDRAWN,
        actor.label,
        f"sitting:{sitting.id}",
        now=now,
        data={**data, "reason": reason},
    )
    return seat.sitting_id


def move_seat(session: Session, actor: Actor, seat_id: int, sitting_id: int, reason: str, *, now: datetime) -> Seat:
    """Give a candidate a seat in another sitting of the class instead; the ticket is void, there is a new one.

    Raises:
        NotFound: no such seat or sitting. Refused: the rules of rooms allow nobody more there.
        WrongState: check-in has begun in one of them, it is another class, the room is full, or the candidate must
            sit alone or is wanted elsewhere then.
    """
    found = queries.seat(session, seat_id)
    if found is None:
        raise errors.NotFound()
    # Locked in one order, so that two who exchange candidates wait for each other instead of for ever.
    for one in sorted({found.sitting_id, sitting_id}):
        queries.sitting(session, one, lock=True)
    seat, sitting = _own(session, seat_id)
    target = queries.sitting(session, sitting_id)
    if target is None:
        raise errors.NotFound()
    scheduling.lock_class(session, sitting.class_id)

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    same = target.class_id == sitting.class_id, target.rehearsal == sitting.rehearsal, target.id == sitting.id
    rules.may_move(same_class=same[0], same_kind=same[1], same_sitting=same[2]).or_refuse()
    judge_taking_back(session, seat, sitting, now=now).or_refuse()
    rooms.may_change(queries.planned(target), now, cancelled=target.cancelled_at is not None).or_refuse()
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)

    trainee_id, person = seat.trainee_id, session.get_one(Person, seat.person_id)
    data = {"seat": seat_id, "from": seat.sitting_id, "to": sitting_id, "trainee": trainee_id, "reason": reason}
    # Judged without the old seat: nobody stands in their own way, and a refusal undoes all of it.
    _take_back(session, seat, sitting)
    enrolling.judge_enrolment(session, target.class_id, target)[trainee_id].or_refuse()
    _judge_room(session, target)
    moved = enrolling.give_seat(session, actor, target, trainee_id, person, now=now)

    record(session, Event.SEAT_MOVED, actor.label, f"seat:{moved.id}", now=now, data=data)
    return moved


def judge_taking_back(session: Session, seat: Seat, sitting: Sitting, *, now: datetime) -> Decision:
    """Whether a seat may be taken back by now."""
    cancelled, touched = sitting.cancelled_at is not None, reads.touched(session, seat.id or 0)
    return rules.may_take_back(queries.planned(sitting), now, cancelled=cancelled, touched=touched)


def _own(session: Session, seat_id: int) -> tuple[Seat, Sitting]:
    """A seat and its sitting, locked in the order in which everybody locks them."""
    found = queries.seat(session, seat_id)
    sitting = queries.sitting(session, found.sitting_id, lock=True) if found is not None else None
    seat = queries.seat(session, seat_id, lock=True)
    if seat is None or sitting is None:
        raise errors.NotFound()
    return seat, sitting


def _judge_room(session: Session, sitting: Sitting) -> None:
    room = queries.room(session, sitting.room_id)
    assert room is not None, "a sitting refers to a room by foreign key"
    in_force = places.rules_on(session, clock.local(sitting.starts_at).date())
    people = len(queries.seats_of(session, sitting.id or 0)) + 1
    for conflict in rooms.too_many(people, room.capacity, in_force):
        conflict.or_refuse()


def _take_back(session: Session, seat: Seat, sitting: Sitting) -> None:
    sitting.first_issue = max(sitting.first_issue, seat.ticket_issue + 1)
    session.add(sitting)
    for row in reads.minutes_of(session, seat.id or 0):
        session.delete(row)
    trying.forget(session, seat)
    session.flush()
    session.delete(seat)
    session.flush()
