"""Admission tickets: the number that a person reads out and types, and when a lost ticket is replaced."""

from datetime import datetime, timedelta

from service.kernel.decision import ALLOWED, Decision, not_now
from service.sittings.rules import verdicts
from service.sittings.rules.phases import Times
from service.sittings.rules.places import LARGEST_ROOM_EVER, LATEST_ENTRY
from service.sittings.rules.seats import BEGUN, SeatState

# Two digits for the year and two for the seat; what lies between is the sitting, in four digits or as many as it needs.
SEAT_DIGITS = 2
SITTING_DIGITS = 4
# A ticket outlives the planned end: a paper that is opened late moves the last entry along, at most by the longest time
# that a rule of rooms leaves for late-comers beyond the last moment at which it may still be opened; minutes added and
# pauses before the opening move that moment too, by hours at worst (our choice). The door itself refuses after the last
# entry, so a code that is good for longer lets nobody in.
EXPIRES_AFTER = timedelta(hours=6)
# As many digits as the database and the entry form hold.
LONGEST = 12

assert LATEST_ENTRY < EXPIRES_AFTER, "whoever the rules let in has a ticket that still counts"
assert LARGEST_ROOM_EVER < 10**SEAT_DIGITS, "a seat fits its digits, so numbers of equal length never meet"


def number_of(year: int, sitting_id: int, seat: int) -> str:
    """The number of a seat's ticket, unlike any other: its last two digits are the seat, its first two the year.

    Raises:
        ValueError: a seat beyond the largest room there can be, or more sittings than twelve digits can tell apart.
    """
    if not 1 <= seat <= LARGEST_ROOM_EVER:
        raise ValueError(f"no room has a seat {seat}")
    number = f"{year % 100:02d}{sitting_id:0{SITTING_DIGITS}d}{seat:0{SEAT_DIGITS}d}"
    if len(number) > LONGEST:
        raise ValueError(f"sitting {sitting_id} has too many digits")
    return number


def by_number(issue: int, *, confirmed: bool) -> Decision:
    """What a ticket is worth whose number was typed: after a reissue a proctor must have seen the new one."""
    return ALLOWED if issue == 1 or confirmed else verdicts.TICKET_REPLACED


def expires_at(plan: Times) -> datetime:
    """When the code on a ticket stops counting, by the instants as they were planned."""
    return plan.ends_at + EXPIRES_AFTER


def may_print(*, seats: int, cancelled: bool) -> Decision:
    """Whether a sitting has tickets to print."""
    if cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if seats == 0:
        return not_now("nobody_enrolled", "本场还没有编排考生，请先编排。")
    return ALLOWED


def may_reissue(seat: SeatState, at: Times, now: datetime, *, cancelled: bool) -> Decision:
    """Whether a ticket may be replaced by a new one: until its holder is in the room, where nobody asks for it."""
    if cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if now >= at.ends_at:
        return not_now(
            "sitting_ended", "本场考试已经结束，不能再补发准考证。考生要再考的，请安排补考，补考会签发新证。"
        )
    if seat is SeatState.ADMITTED or seat in BEGUN:
        return not_now("no_ticket_needed", "该考生已经入场，不需要补发准考证。")
    return ALLOWED
