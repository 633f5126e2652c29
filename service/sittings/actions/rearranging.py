"""When plans change: a sitting moves to another room or time, or is cancelled, while nothing has happened in it."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.sittings import queries
from service.sittings.actions import judging
from service.sittings.rules import scheduling as rules
from service.sittings.tables import Sitting


def move_sitting(
    session: Session, actor: Actor, sitting_id: int, room_id: int, starts_at: datetime, reason: str, *, now: datetime
) -> Sitting:
    """Move a sitting to another room or time, with its proctors and seats; tickets already printed are void by that.

    Raises:
        NotFound: no such sitting or room.
        WrongState, Refused: check-in has begun, nothing would change, or something stands in the way.
    """
    sitting = _changeable(session, actor, sitting_id, now)
    before = {"room": sitting.room_id, "starts_at": sitting.starts_at.isoformat()}
    if (sitting.room_id, sitting.starts_at) == (room_id, starts_at):
        raise errors.WrongState("nothing_moved", "考场和时间都没有变，不需要调整。")

    rules.may_be_held(judging.judge_move(session, sitting, room_id, starts_at, now=now, lock=True)).or_refuse()
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)

    sitting.room_id, sitting.starts_at = room_id, starts_at
    session.add(sitting)
    seats = queries.seats_of(session, sitting_id)
    for seat in seats:
        # Tickets print room and time: an old one must not let anybody in at the wrong door.
        seat.ticket_issue += 1
        session.add(seat)
    session.flush()

    data = {
        "from_room": before["room"],
        "from_start": before["starts_at"],
        "room": room_id,
        "starts_at": starts_at.isoformat(),
        "tickets_void": len(seats),
        "reason": reason,
    }
    record(session, Event.SITTING_MOVED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return sitting


def cancel_sitting(session: Session, actor: Actor, sitting_id: int, reason: str, *, now: datetime) -> Sitting:
    """Cancel a sitting before its check-in begins, so before any candidate's session; the row and its seats stay.

    Room, proctors and candidates are free by that, and the sealed form may be sat another time.

    Raises:
        NotFound: no such sitting. WrongState: check-in has begun, or it is cancelled already.
    """
    sitting = _changeable(session, actor, sitting_id, now)

    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)

    sitting.cancelled_at, sitting.cancelled_by = now, actor.person_id
    session.add(sitting)
    session.flush()

    data = {"reason": reason, "seats": len(queries.seats_of(session, sitting_id))}
    record(session, Event.SITTING_CANCELLED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return sitting


def _changeable(session: Session, actor: Actor, sitting_id: int, now: datetime) -> Sitting:
    """A sitting, locked, in which nothing has happened yet."""
    sitting = queries.sitting(session, sitting_id, lock=True)
    if sitting is None:
        raise errors.NotFound()
    using.require_right(actor, Right.SITTINGS_ARRANGE)
    cancelled = sitting.cancelled_at is not None
    rules.may_change(queries.planned(sitting), now, cancelled=cancelled).or_refuse()
    return sitting
