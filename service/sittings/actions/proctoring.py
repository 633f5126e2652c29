"""In the room: opening the paper, letting a candidate move to another machine."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import ending, using
from service.access.actions.custody import Hand
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision, first_refusal
from service.papers.actions import opening
from service.sittings import queries
from service.sittings.actions import breaking, on_duty
from service.sittings.rules import seats
from service.sittings.tables import Seat


def intend_to_open(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> None:
    """Put on record that a proctor is about to open the sitting's paper; the caller commits it by itself.

    Raises:
        NotFound: the actor is no proctor of this sitting.
        WrongState: a rehearsal opens nothing.
    """
    opening.intend(session, actor, _form_id(session, actor, sitting_id), now=now)


def _form_id(session: Session, actor: Actor, sitting_id: int) -> int:
    sitting = queries.sitting(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()
    on_duty.require_reach(session, actor, sitting_id)
    if sitting.form_id is None:
        raise errors.WrongState("rehearsal_opens_nothing", "演练场次用的是样题，不需要启封。")
    return sitting.form_id


def open_paper(session: Session, actor: Actor, sitting_id: int, hand: Hand, *, now: datetime) -> tuple[Decision, bool]:
    """Add one proctor's hand to opening the sitting's paper: the decision, and whether the paper is open now.

    A refused attempt is a return value and not an exception, because it must be committed to the record.
    """
    form_id = _form_id(session, actor, sitting_id)
    sitting = queries.sitting(session, sitting_id)
    assert sitting is not None

    assert actor.person_id is not None
    window = queries.times_of(sitting, now).window
    # Too early comes first and is on record; before the day it gives nothing away.
    decision = first_refusal(
        opening.judge_opening(session, actor, form_id, window, now=now),
        on_duty.judge(session, actor, sitting, now=now),
        *using.may_use_duty(session, actor.person_id, Duty.PROCTOR, f"class:{sitting.class_id}"),
    )
    if decision.allowed:
        # Last, so that nobody tries passwords where no password would help.
        decision = opening.judge_hand(session, actor, form_id, hand, now=now)
    if not decision.allowed:
        opening.note_refused_opening(session, actor, form_id, decision, now=now)
        return decision, False

    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)
    opened = opening.add_hand(session, actor, form_id, window, hand, now=now)
    if opened:
        breaking.begin_waiting(session, form_id, now)
    return decision, opened


def release_seat(session: Session, actor: Actor, seat_id: int, reason: str, *, now: datetime) -> Seat:
    """Let a candidate continue on another machine: the old one is signed out, every answer stays.

    Where wrong tries are what holds up the seat, it is unlocked, and a machine that works on it goes on working.
    """
    seat = queries.seat(session, seat_id, lock=True)
    if seat is None:
        raise errors.NotFound()
    sitting = on_duty.require(session, actor, seat.sitting_id, now=now)

    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)

    guessed = seat.failed_attempts >= seats.ATTEMPTS
    ended = 0 if guessed else ending.confined_to(session, f"seat:{seat_id}", now=now)
    seat.failed_attempts = 0
    session.add(seat)
    session.flush()

    data = {"reason": reason, "sessions_ended": ended}
    record(session, Event.SEAT_RELEASED, actor.label, f"seat:{seat_id}", now=now, data=data)
    return seat
