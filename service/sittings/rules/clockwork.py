"""The clocks of a room: when they may be stopped, started and put forward, and the sums when they are.

A room's pause and a seat's never count twice: stopping the room first closes the seats' own accounts up to then, and
starting it again opens those of the seats that still stand still.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.sittings.rules.phases import Phase
from service.sittings.rules.seats import STATE_NAMES, SeatState

# Whoever needs more than an hour at once needs another sitting (our choice).
MOST_MINUTES = 60
MAY_HAVE_MORE = frozenset({SeatState.ADMITTED, SeatState.WORKING, SeatState.PAUSED, SeatState.ON_PAPER})


@dataclass(frozen=True, slots=True)
class Added:
    """Seconds for a seat, or for the whole room (no seat)."""

    seat_id: int | None
    seconds: int


def stood(paused_at: datetime, until: datetime) -> int:
    """Whole seconds that a clock stood still; begun ones count, so that nobody is given less than was lost."""
    return max(0, -((paused_at - until) // timedelta(seconds=1)))


def may_pause_room(now: Phase) -> Decision:
    """Whether the room's clock may be stopped now."""
    match now:
        case Phase.RUNNING:
            return ALLOWED
        case Phase.PAUSED:
            return not_now("room_paused", "本考场已经暂停；情况解除后请按“恢复计时”。")
        case Phase.ENDED:
            return not_now(
                "sitting_ended",
                "本场考试已经结束，计时不能再改。有考生受影响的，请“记录异常”写明经过，由市局裁定成绩是否作废并安排补考。",
            )
        case Phase.PLANNED | Phase.CHECK_IN:
            return not_now("not_running", "还没有开考，没有计时可以暂停。")


def may_resume_room(paused_at: datetime | None) -> Decision:
    """Whether the room's clock may go on."""
    return ALLOWED if paused_at is not None else not_now("not_paused", "计时没有暂停，不需要恢复。")


def may_pause_seat(seat: SeatState, *, room_paused: bool) -> Decision:
    """Whether one seat's clock may be stopped: while it works and the room's clock goes."""
    if room_paused:
        return not_now("room_paused", "本考场已经暂停；情况解除后请按“恢复计时”。")
    if seat is SeatState.WORKING:
        return ALLOWED
    if seat is SeatState.PAUSED:
        return not_now("seat_paused", "这个座位已经暂停。")
    return not_now("seat_not_working", "座位现在是“{state}”，不能暂停计时。", state=STATE_NAMES[seat])


def may_resume_seat(seat: SeatState, paused_at: datetime | None) -> Decision:
    """Whether one seat's clock may go on; within a paused room it waits for the room.

    A room that went over to its other form while this clock stood still has its candidate begin anew: admitted again,
    and kept from beginning by nothing but this pause.
    """
    if paused_at is None:
        return not_now("not_paused", "计时没有暂停，不需要恢复。")
    if seat not in {SeatState.PAUSED, SeatState.ADMITTED}:
        return not_now("sheet_closed", "座位现在是“{state}”，试卷已经收上，不能再改计时。", state=STATE_NAMES[seat])
    return ALLOWED


def may_add_to_room(now: Phase, minutes: int) -> Decision:
    """Whether a whole room may be given more minutes now."""
    if now is Phase.ENDED:
        return not_now(
            "sitting_ended",
            "本场考试已经结束，计时不能再改。有考生受影响的，请“记录异常”写明经过，由市局裁定成绩是否作废并安排补考。",
        )
    if now is Phase.PLANNED:
        return not_now("not_begun", "还没到签到时间；考试时长请由考务人员调整。")
    return _within_limit(minutes)


def may_add_to_seat(seat: SeatState, minutes: int) -> Decision:
    """Whether one seat may be given more minutes now: never once its sheet is closed."""
    if seat in MAY_HAVE_MORE:
        return _within_limit(minutes)
    return not_now("sheet_closed", "座位现在是“{state}”，不能再加时间。", state=STATE_NAMES[seat])


def _within_limit(minutes: int) -> Decision:
    if 1 <= minutes <= MOST_MINUTES:
        return ALLOWED
    return refuse("too_many_minutes", "一次最多加{most}分钟。", most=MOST_MINUTES)


def may_repeat(given: Added, asked: Added) -> Decision:
    """Whether what comes under a key that was used is the same once more, which changes nothing."""
    if given == asked:
        return ALLOWED
    return not_now(
        "minutes_given_already",
        "这张表单的加时已经记下（{minutes}分钟），没有再加。还要加时的，请刷新页面后重新填写。",
        minutes=given.seconds // 60,
    )


def may_compensate(seat: SeatState, proposed: int) -> Decision:
    """Whether lost time may be given back to a seat now."""
    if seat not in MAY_HAVE_MORE:
        return not_now("sheet_closed", "座位现在是“{state}”，不能再加时间。", state=STATE_NAMES[seat])
    if proposed <= 0:
        return not_now(
            "nothing_lost", "没有需要补的时间：没有断线，或者已经补足。因别的缘故耽误了的，请用“加时”并写明原因。"
        )
    return ALLOWED
