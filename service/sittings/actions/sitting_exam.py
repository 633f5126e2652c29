"""The candidate's side begins: a machine is bound to a seat."""

from datetime import datetime, timedelta

from sqlmodel import Session

from service.access import queries as access
from service.access.actions import ending, entering, using
from service.access.rules import lockout
from service.access.rules.duties import Duty
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing
from service.kernel.decision import first_refusal
from service.sittings import queries
from service.sittings.actions import binding, trying
from service.sittings.actions.binding import Browser
from service.sittings.actions.enrolling import id_tail_indexes
from service.sittings.rules import lockdown, seats
from service.sittings.rules.lockdown import Lock, Machine
from service.sittings.tables import Room, Seat

# Longer than all pauses and extra minutes of an exam together are likely to be.
SESSION_OUTLIVES = timedelta(hours=6)
UNKNOWN = Browser()


def sign_in_seat(
    session: Session,
    ticket_number: str,
    id_tail: str,
    machine: Machine,
    browser: Browser = UNKNOWN,
    *,
    now: datetime,
) -> entering.Entrance:
    """Bind this machine to a seat by ticket number and the last six characters of the citizen id.

    A browser that holds the seat already and asks again, because our answer was lost on the way, has its session
    renewed: the one before it ends, as the token of that one may never have arrived.
    Failures are returned, not raised, so that they are counted: by ticket and place, and whoever fails five times waits
    there for minutes, or until a proctor unlocks the seat. Nobody who guesses elsewhere holds up the candidate.
    """
    # Locked, so that two machines at once cannot both find the seat free, nor wrong guesses go uncounted.
    seat = queries.seat_by_ticket(session, ticket_number, lock=True)
    refusal = _refusal(session, seat, machine, browser, now)
    if refusal is not None:
        return entering.Entrance(refusal=refusal)
    assert seat is not None and seat.id is not None
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None
    at = queries.times_of(sitting, now, seat)

    if seat.id_tail_index not in id_tail_indexes(seat.person_id, id_tail):
        trying.fail(session, seat, lockout.place(machine.address), now)
        data = {"failures": seat.failed_attempts}
        record(session, Event.SIGN_IN_FAILED, "anonymous", f"seat:{seat.id}", now=now, data=data)
        return entering.Entrance(refusal=_wrong_ticket())

    # The last door: whatever they became since the roster was made, who knows the questions sits none of them.
    apart = using.may_turn_to(session, Duty.SIT, {seat.person_id}, on=clock.local(now).date())[seat.person_id]
    if not apart.allowed and not sitting.rehearsal:
        return entering.Entrance(refusal=apart.refusal())

    trying.forgive(session, seat)
    confined = f"seat:{seat.id}"
    # Pauses and extra minutes move the end of the exam; the seat's state is what ends it, not the session.
    ends_at = at.ends_at + SESSION_OUTLIVES
    # Only this very browser's own can be left by here: another machine's was refused above.
    renewed = ending.confined_to(session, confined, now=now)
    token = entering.open_session(session, person_id=seat.person_id, now=now, confined=confined, ends_at=ends_at)
    binding.bind(session, seat, sealing.digest(token.encode()), browser, now=now)

    record(session, Event.SEAT_SIGNED_IN, confined, confined, now=now, data={"again": renewed} if renewed else {})
    return entering.Entrance(token=token)


def look_first(
    session: Session, ticket_number: str, machine: Machine, browser: Browser = UNKNOWN, *, now: datetime
) -> errors.ServiceError | None:
    """Why nobody could sign in here now whatever citizen id they give; so it is said without a turn to write."""
    return _refusal(session, queries.seat_by_ticket(session, ticket_number), machine, browser, now)


def _refusal(
    session: Session, seat: Seat | None, machine: Machine, browser: Browser, now: datetime
) -> errors.ServiceError | None:
    """What is wrong before the citizen id is looked at: so none of these answers tells whether it was right, and what a
    stranger tries while nobody was admitted, or while the candidate works, counts for nothing.
    """
    if seat is None:
        return _wrong_ticket()
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None
    room = session.get_one(Room, sitting.room_id)
    held_by_somebody = bool(access.sessions_confined_to(session, f"seat:{seat.id}"))
    taken = held_by_somebody and not binding.is_bound_here(session, seat, browser)
    held = trying.minutes(session, seat, lockout.place(machine.address), now)
    allowed = first_refusal(
        lockdown.may_enter(Lock(room.address_ranges, sitting.seb_config_key), machine),
        seats.may_sign_in(queries.state_of(seat, sitting, now), taken=taken, held_minutes=held),
    )
    return None if allowed.allowed else allowed.refusal()


def _wrong_ticket() -> errors.ServiceError:
    return errors.Unauthenticated("wrong_ticket", "准考证号或身份证后六位不对，请核对后重试，或请监考员帮忙。")
