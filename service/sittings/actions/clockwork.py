"""The clocks of a room: stopping and starting them, adding minutes, giving back what a broken machine has cost."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.sittings import queries
from service.sittings.actions import on_duty
from service.sittings.queries import timekeeping
from service.sittings.rules import clockwork, phases
from service.sittings.rules.clockwork import Added
from service.sittings.rules.room import EXTRA_TIME_NAMES, ExtraTimeKind
from service.sittings.rules.switching import Hand
from service.sittings.tables import ExtraTime, Gap, Pause, Seat, Sitting

DUTIES = {Hand.PROCTOR: Duty.PROCTOR, Hand.ARRANGER: Duty.ARRANGE}


def pause_room(session: Session, actor: Actor, sitting_id: int, reason: str, *, now: datetime) -> Sitting:
    """Stop the clock of a whole room, as when the light goes out; everybody's time waits.

    Raises:
        WrongState: it is not running.
    """
    sitting, hand = _sitting(session, actor, sitting_id, now)

    using.use_duty(session, actor, DUTIES[hand], f"class:{sitting.class_id}", now=now)
    clockwork.may_pause_room(phases.phase(queries.times_of(sitting, now), now)).or_refuse()

    for seat in timekeeping.standing(session, sitting_id):
        # The seat's own account is closed up to now: while the room stands still, its pause adds nothing.
        assert seat.paused_at is not None
        seat.extra_seconds, seat.paused_at = seat.extra_seconds + clockwork.stood(seat.paused_at, now), now
        session.add(seat)
    sitting.paused_at = now
    session.add_all([sitting, _pause(actor, sitting_id, None, reason, now)])
    session.flush()

    record(session, Event.CLOCK_PAUSED, actor.label, f"sitting:{sitting_id}", now=now, data={"reason": reason})
    return sitting


def resume_room(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> Sitting:
    """Start the clock of a whole room again; the time it stood still is added to the end."""
    sitting, hand = _sitting(session, actor, sitting_id, now)

    using.use_duty(session, actor, DUTIES[hand], f"class:{sitting.class_id}", now=now)
    clockwork.may_resume_room(sitting.paused_at).or_refuse()

    assert sitting.paused_at is not None
    stood = clockwork.stood(sitting.paused_at, now)
    if sitting.paused_at <= queries.times_of(sitting, sitting.paused_at).last_entry_at:
        # Whoever stood before a closed door meanwhile comes no later than they would have.
        sitting.entry_seconds += stood
    sitting.extra_seconds, sitting.paused_at = sitting.extra_seconds + stood, None
    for seat in timekeeping.standing(session, sitting_id):
        seat.paused_at = now
        session.add(seat)
    session.add(sitting)
    _end_pause(session, actor, sitting_id, None, now)
    session.flush()

    record(session, Event.CLOCK_RESUMED, actor.label, f"sitting:{sitting_id}", now=now, data={"seconds": stood})
    return sitting


def pause_seat(session: Session, actor: Actor, sitting_id: int, seat_id: int, reason: str, *, now: datetime) -> Seat:
    """Stop the clock of one seat, as when its candidate feels ill.

    Raises:
        WrongState: it is not working, or the whole room stands still.
    """
    seat, sitting, hand = _seat(session, actor, sitting_id, seat_id, now)

    using.use_duty(session, actor, DUTIES[hand], f"class:{sitting.class_id}", now=now)
    state = queries.state_of(seat, sitting, now)
    clockwork.may_pause_seat(state, room_paused=sitting.paused_at is not None).or_refuse()

    seat.paused_at = now
    session.add_all([seat, _pause(actor, sitting_id, seat_id, reason, now)])
    session.flush()

    record(session, Event.CLOCK_PAUSED, actor.label, f"seat:{seat_id}", now=now, data={"reason": reason})
    return seat


def resume_seat(session: Session, actor: Actor, sitting_id: int, seat_id: int, *, now: datetime) -> Seat:
    """Start the clock of one seat again; within a paused room it goes on together with the room."""
    seat, sitting, hand = _seat(session, actor, sitting_id, seat_id, now)

    using.use_duty(session, actor, DUTIES[hand], f"class:{sitting.class_id}", now=now)
    clockwork.may_resume_seat(queries.state_of(seat, sitting, now), seat.paused_at).or_refuse()

    assert seat.paused_at is not None
    stood = clockwork.stood(seat.paused_at, sitting.paused_at or now)
    seat.extra_seconds, seat.paused_at = seat.extra_seconds + stood, None
    session.add(seat)
    _end_pause(session, actor, sitting_id, seat_id, now)
    session.flush()

    record(session, Event.CLOCK_RESUMED, actor.label, f"seat:{seat_id}", now=now, data={"seconds": stood})
    return seat


def add_time_to_room(
    session: Session, actor: Actor, sitting_id: int, minutes: int, reason: str, nonce: str | None, *, now: datetime
) -> Sitting:
    """Give a whole room more minutes; a retry with the same nonce gives none again, and other minutes are refused."""
    sitting, hand = _sitting(session, actor, sitting_id, now)
    if (given_before := timekeeping.added_by_nonce(session, sitting_id, nonce)) is not None:
        clockwork.may_repeat(given_before, Added(None, minutes * 60)).or_refuse()
        return sitting

    using.use_duty(session, actor, DUTIES[hand], f"class:{sitting.class_id}", now=now)
    clockwork.may_add_to_room(phases.phase(queries.times_of(sitting, now), now), minutes).or_refuse()

    sitting.extra_seconds += minutes * 60
    given = _given(actor, sitting_id, None, ExtraTimeKind.PROCTOR, minutes * 60, reason, now, nonce)
    session.add_all([sitting, given])
    session.flush()

    data = {"kind": ExtraTimeKind.PROCTOR, "seconds": given.seconds, "reason": reason}
    record(session, Event.TIME_ADDED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return sitting


def add_time_to_seat(
    session: Session,
    actor: Actor,
    sitting_id: int,
    seat_id: int,
    minutes: int,
    reason: str,
    nonce: str | None,
    *,
    now: datetime,
) -> Seat:
    """Give one seat more minutes; a retry with the same nonce gives none again.

    Raises:
        WrongState: its sheet is closed, nobody sits there, or other minutes were given by this nonce.
    """
    seat, sitting, hand = _seat(session, actor, sitting_id, seat_id, now)
    if (given_before := timekeeping.added_by_nonce(session, sitting_id, nonce)) is not None:
        clockwork.may_repeat(given_before, Added(seat_id, minutes * 60)).or_refuse()
        return seat

    using.use_duty(session, actor, DUTIES[hand], f"class:{sitting.class_id}", now=now)
    clockwork.may_add_to_seat(queries.state_of(seat, sitting, now), minutes).or_refuse()

    seat.extra_seconds += minutes * 60
    given = _given(actor, sitting_id, seat_id, ExtraTimeKind.PROCTOR, minutes * 60, reason, now, nonce)
    session.add_all([seat, given])
    session.flush()

    data = {"kind": ExtraTimeKind.PROCTOR, "seconds": given.seconds, "reason": reason}
    record(session, Event.TIME_ADDED, actor.label, f"seat:{seat_id}", now=now, data=data)
    return seat


def compensate(session: Session, actor: Actor, seat_id: int, *, now: datetime) -> ExtraTime:
    """Give a seat what its silent machine has cost it, as the board proposes it.

    Raises:
        WrongState: nothing was lost, it has been given back already, or the sheet is closed.
    """
    found = queries.seat(session, seat_id)
    if found is None:
        raise errors.NotFound()
    on_duty.require(session, actor, found.sitting_id, now=now)
    seat, sitting, _ = _seat(session, actor, found.sitting_id, seat_id, now)
    at, state = queries.times_of(sitting, now, seat), queries.state_of(seat, sitting, now)
    loss = timekeeping.ledger(session, sitting, now).loss(seat_id, timekeeping.work(seat, at, state))

    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)
    clockwork.may_compensate(state, loss.proposed).or_refuse()

    seat.extra_seconds += loss.proposed
    reason = EXTRA_TIME_NAMES[ExtraTimeKind.COMPENSATION]
    given = _given(actor, sitting.id or 0, seat_id, ExtraTimeKind.COMPENSATION, loss.proposed, reason, now)
    session.add_all([seat, given])
    session.flush()
    open_gaps = col(Gap.seat_id) == seat_id, col(Gap.compensated_by).is_(None)
    session.execute(sa.update(Gap).where(*open_gaps).values(compensated_by=given.id))

    data = {"kind": ExtraTimeKind.COMPENSATION, "seconds": loss.proposed, "lost": loss.lost}
    record(session, Event.TIME_ADDED, actor.label, f"seat:{seat_id}", now=now, data=data)
    return given


def _sitting(session: Session, actor: Actor, sitting_id: int, now: datetime) -> tuple[Sitting, Hand]:
    """A sitting, locked, and whose hand is on its clock: a proctor's of it, or the arranger's."""
    hand = on_duty.hand_of_clock(session, actor, sitting_id, now=now)
    sitting = timekeeping.locked(session, sitting_id)
    assert sitting is not None
    return sitting, hand


def _seat(session: Session, actor: Actor, sitting_id: int, seat_id: int, now: datetime) -> tuple[Seat, Sitting, Hand]:
    """A seat and its sitting, both locked, the sitting first: whoever changes a clock holds it."""
    sitting, hand = _sitting(session, actor, sitting_id, now)
    seat = queries.seat(session, seat_id, lock=True)
    if seat is None or seat.sitting_id != sitting_id:
        raise errors.NotFound()
    return seat, sitting, hand


def _pause(actor: Actor, sitting_id: int, seat_id: int | None, reason: str, now: datetime) -> Pause:
    assert actor.person_id is not None
    return Pause(sitting_id=sitting_id, seat_id=seat_id, reason=reason, paused_at=now, paused_by=actor.person_id)


def _end_pause(session: Session, actor: Actor, sitting_id: int, seat_id: int | None, now: datetime) -> None:
    pause = timekeeping.open_pause(session, sitting_id, seat_id)
    assert pause is not None, "a clock that stands still was stopped"
    pause.resumed_at, pause.resumed_by = now, actor.person_id
    session.add(pause)


def _given(
    actor: Actor,
    sitting_id: int,
    seat_id: int | None,
    kind: ExtraTimeKind,
    seconds: int,
    reason: str,
    now: datetime,
    nonce: str | None = None,
) -> ExtraTime:
    assert actor.person_id is not None
    return ExtraTime(
        sitting_id=sitting_id,
        seat_id=seat_id,
        nonce=nonce,
        kind=kind,
        seconds=seconds,
        reason=reason,
        given_at=now,
        given_by=actor.person_id,
    )
