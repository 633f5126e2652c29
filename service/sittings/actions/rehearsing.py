"""Rehearsals: a sitting on practice questions, for everybody to get used to the machines; it counts for nothing."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors
from service.programme.tables import TrainingClass
from service.sittings import queries
from service.sittings.queries import places, scheduling
from service.sittings.rules import phases
from service.sittings.rules import rehearsing as rules
from service.sittings.tables import Sitting


def plan_rehearsal(
    session: Session,
    actor: Actor,
    class_id: int,
    room_id: int,
    starts_at: datetime,
    duration_minutes: int,
    *,
    now: datetime,
) -> Sitting:
    """Plan a rehearsal of a class, from this minute on; door, room and hand-in go as on the day.

    The late minutes are those of the rules of rooms, but nobody is late for a rehearsal that is shorter.

    Raises:
        NotFound: no such class or room.
        WrongState: the start is past, or the room is taken. Refused: the exam point is closed then.
    """
    training_class = session.get(TrainingClass, class_id)
    found = scheduling.lock_room(session, room_id)
    if training_class is None or found is None:
        raise errors.NotFound()
    _, point = found

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    in_force = places.rules_on(session, clock.local(starts_at).date())
    late_minutes = min(in_force.late_minutes, duration_minutes)
    at = phases.planned(starts_at, duration_minutes, late_minutes)
    bookings = scheduling.bookings_of_room(session, room_id, at)
    rules.may_rehearse(at, point.opens, point.closes, bookings, now).or_refuse()
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{class_id}", now=now)

    sitting = Sitting(
        class_id=class_id,
        form_id=None,
        room_id=room_id,
        starts_at=starts_at,
        duration_minutes=duration_minutes,
        late_minutes=late_minutes,
        rehearsal=True,
    )
    session.add(sitting)
    session.flush()

    data = {"class": class_id, "room": room_id, "starts_at": starts_at.isoformat(), "minutes": duration_minutes}
    record(session, Event.REHEARSAL_PLANNED, actor.label, f"sitting:{sitting.id}", now=now, data=data)
    return sitting


def cancel_rehearsal(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> Sitting:
    """Cancel a rehearsal, also one that has begun, as long as nobody has been let in; the room is free by that.

    Raises:
        NotFound: no such rehearsal. WrongState: it is cancelled or over, or somebody is in the room.
    """
    sitting = queries.sitting(session, sitting_id, lock=True)
    if sitting is None or not sitting.rehearsal:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    seats = queries.seats_of(session, sitting_id)
    rules.may_cancel(
        over=now >= queries.times_of(sitting, now).ends_at,
        cancelled=sitting.cancelled_at is not None,
        admitted=sum(seat.admitted_at is not None for seat in seats),
    ).or_refuse()
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)

    sitting.cancelled_at, sitting.cancelled_by = now, actor.person_id
    session.add(sitting)
    session.flush()

    data = {"rehearsal": True, "seats": len(seats)}
    record(session, Event.SITTING_CANCELLED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return sitting
