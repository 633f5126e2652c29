"""The extra minutes of individual arrangements on the clocks of seats: each seat has them once."""

from datetime import datetime

from sqlmodel import Session

from service.journal.actions import record
from service.journal.rules import Event
from service.sittings import queries as sittings
from service.sittings.queries import granting as queries
from service.sittings.queries import scheduling
from service.sittings.rules import phases
from service.sittings.rules.phases import Phase
from service.sittings.rules.room import EXTRA_TIME_NAMES, ExtraTimeKind
from service.sittings.tables import Arrangement, ExtraTime, Seat


def give(session: Session, seat: Seat, arrangement: Arrangement | None, actor: str, *, now: datetime) -> bool:
    """Give a seat the minutes of an approved arrangement, unless it has them; whether it got any.

    The reason of the arrangement stays where few people read it: the room only learns that there is one.
    """
    if arrangement is None or not arrangement.approved or arrangement.extra_minutes == 0:
        return False
    assert seat.id is not None and arrangement.decided_by is not None
    if queries.extra_time(session, seat.id) is not None:
        return False

    seconds = arrangement.extra_minutes * 60
    seat.extra_seconds += seconds
    row = ExtraTime(
        sitting_id=seat.sitting_id,
        seat_id=seat.id,
        kind=ExtraTimeKind.ARRANGEMENT,
        seconds=seconds,
        reason=EXTRA_TIME_NAMES[ExtraTimeKind.ARRANGEMENT],
        given_at=now,
        given_by=arrangement.decided_by,
    )
    session.add_all([seat, row])
    session.flush()

    data = {"kind": ExtraTimeKind.ARRANGEMENT.value, "seconds": seconds, "arrangement": arrangement.id}
    record(session, Event.TIME_ADDED, actor, f"seat:{seat.id}", now=now, data=data)
    return True


def give_to_all(session: Session, arrangement: Arrangement, actor: str, *, now: datetime) -> int:
    """Give every seat of the trainee in a sitting of the class that is not over its minutes; how many got them."""
    open_seats = [seat for seat in _seats(session, arrangement) if _still_open(session, seat, now)]
    return sum(give(session, seat, arrangement, actor, now=now) for seat in open_seats)


def take_back(session: Session, arrangement: Arrangement, actor: str, *, now: datetime) -> int:
    """Take the minutes off every seat that nobody has been let into; how many lost them."""
    taken = 0
    for seat in _seats(session, arrangement):
        row = queries.extra_time(session, seat.id or 0)
        if row is None or seat.admitted_at is not None:
            continue
        seat.extra_seconds -= row.seconds
        session.add(seat)
        session.delete(row)
        session.flush()
        data = {"kind": ExtraTimeKind.ARRANGEMENT.value, "seconds": -row.seconds, "arrangement": arrangement.id}
        record(session, Event.TIME_ADDED, actor, f"seat:{seat.id}", now=now, data=data)
        taken += 1
    return taken


def _seats(session: Session, arrangement: Arrangement) -> list[Seat]:
    """The trainee's seats in the class, locked. Whoever changes a clock holds its sitting first; the class is locked
    last, as in enrolling, so that no seat can be given past us in a sitting that was planned this moment.
    """
    queries.lock_sittings(session, arrangement.class_id)
    scheduling.lock_class(session, arrangement.class_id)
    return queries.lock_seats(session, arrangement.class_id, arrangement.trainee_id)


def _still_open(session: Session, seat: Seat, now: datetime) -> bool:
    sitting = sittings.sitting(session, seat.sitting_id)
    assert sitting is not None
    over = phases.phase(sittings.times_of(sitting, now, seat), now) is Phase.ENDED
    return seat.handed_in_at is None and not over
