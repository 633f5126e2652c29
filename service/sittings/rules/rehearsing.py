"""Rehearsals: when a room may be had for practice, and who may practise."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from service.kernel.clock import LOCAL
from service.kernel.decision import ALLOWED, Decision, not_now
from service.sittings.rules import places
from service.sittings.rules.phases import Times
from service.sittings.rules.scheduling import Booking

# Long enough to try every button, short enough for a coffee break (our choice).
DEFAULT_MINUTES = 30
SHORTEST_MINUTES, LONGEST_MINUTES = 10, 120
# A form tells a start by the minute: whoever asks for this very minute is not late.
PATIENCE = timedelta(minutes=1)


def may_rehearse(at: Times, opens: str, closes: str, bookings: Sequence[Booking], now: datetime) -> Decision:
    """Whether a room may be had for a rehearsal: it may begin at once, and needs the room from now on only."""
    if at.starts_at < now - PATIENCE:
        return not_now("start_is_past", "开考时间已经过去，请另选时间。")
    local_start, local_end = at.starts_at.astimezone(LOCAL), at.ends_at.astimezone(LOCAL)
    hours = places.may_hold(at, opens, closes, local_start, local_end)
    if not hours.allowed:
        return hours
    needed_from = max(at.check_in_from, now)
    for other in bookings:
        if needed_from < other.at.ends_at and other.at.check_in_from < at.ends_at:
            return not_now(
                "room_taken",
                "{place}在{when}（含签到）已安排第{number}场“{class_name}”，请换考场或换时间。",
                place=other.place,
                when=other.when,
                number=other.sitting_id,
                class_name=other.class_name,
            )
    return ALLOWED


def may_practise(seat_number: int | None) -> Decision:
    """Whether a trainee may have a seat in a rehearsal: everybody on the roster, hours or not, for nothing counts."""
    if seat_number is not None:
        return not_now("seat_exists", "已编排座位，座位号{number}。", number=seat_number)
    return ALLOWED


def may_cancel(*, over: bool, cancelled: bool, admitted: int) -> Decision:
    """Whether a rehearsal may be cancelled: until somebody is in the room, also after its start."""
    if cancelled:
        return not_now("rehearsal_cancelled", "本场演练已经取消。")
    if over:
        return not_now("rehearsal_over", "本场演练已经结束。")
    if admitted:
        return not_now("rehearsal_under_way", "已有{number}人入场，不能取消；让大家交卷即可结束演练。", number=admitted)
    return ALLOWED


def entry_code(ticket_number: str) -> str:
    """What candidates type beside the ticket number in a rehearsal: nobody's citizen id is needed for practice."""
    return ticket_number[-6:]
