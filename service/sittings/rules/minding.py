"""Minding a room: who can still be told something, when an identity may be looked at again, how many photos."""

from datetime import datetime

from service.kernel.decision import ALLOWED, Decision, not_now
from service.sittings.rules.phases import Phase
from service.sittings.rules.seats import STATE_NAMES, SeatState

# Whose machine shows messages.
HEARING = frozenset({SeatState.ADMITTED, SeatState.WORKING, SeatState.PAUSED})


def hears(seat: SeatState) -> bool:
    """Whether a seat's machine still shows messages."""
    return seat in HEARING


def may_tell_room(now: Phase, *, heard: bool) -> Decision:
    """Whether a message to a whole room makes sense now; ``heard``: somebody is there who still sees it."""
    if now is Phase.PLANNED:
        return not_now("not_begun", "还没到签到时间，考场里还没有考生。")
    if now is Phase.ENDED and not heard:
        return not_now("sitting_ended", "本场考试已经结束，考试机不再显示通知。请当面告诉考生。")
    return ALLOWED


def may_tell_seat(seat: SeatState) -> Decision:
    """Whether a message to one seat can be read there."""
    if hears(seat):
        return ALLOWED
    return not_now("seat_not_there", "座位现在是“{state}”，看不到通知。", state=STATE_NAMES[seat])


def may_recheck(seat: SeatState, due_at: datetime, now: datetime, *, done: bool) -> Decision:
    """Whether an identity may be looked at again: once, and not before its minute, or the minute would mean nothing."""
    if done:
        return not_now("recheck_done", "这名考生的身份已经复核过；如又有疑问，请记录异常。")
    if seat not in {SeatState.WORKING, SeatState.PAUSED}:
        return not_now("seat_not_working", "座位现在是“{state}”，不能复核身份。", state=STATE_NAMES[seat])
    if now < due_at:
        return not_now("recheck_not_due", "还没到复核时间，到时看板会提示；如现在就有疑问，请记录异常。")
    return ALLOWED


def may_add_photo(kept: int, most: int) -> Decision:
    """Whether an incident may have one more photo."""
    return ALLOWED if kept < most else not_now("too_many_photos", "一条异常最多附{most}张照片。", most=most)
