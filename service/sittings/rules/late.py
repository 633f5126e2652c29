"""Answers that came after the sheet was closed: what a browser signs, and what may be accepted by rule."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from service.kernel.decision import ALLOWED, Decision, refuse
from service.sittings.rules.presence import Silence

# A browser's clock may be wrong, but not by more than this from what its signs of life showed before (our choice).
LARGEST_DRIFT = timedelta(minutes=2)


def signed_text(ticket_number: str, position: int, choice: str, flagged: bool, seq: int, made_at: str) -> bytes:
    """What a browser signs of a queued change: one line each, in UTF-8."""
    lines = ("peikao-answer-v1", ticket_number, str(position), choice, str(int(flagged)), str(seq), made_at)
    return "\n".join(lines).encode()


def may_accept(
    *,
    signature_good: bool,
    made_at: datetime,
    drift: timedelta,
    ends_at: datetime,
    received_at: datetime,
    silences: Sequence[Silence],
) -> Decision:
    """Whether a late change may be accepted by a person: signed, made before the end by the corrected clock, and
    while the machine really was cut off."""
    if not signature_good:
        return refuse("late_unsigned", "这条答案没有有效的浏览器签名，不能采纳。")
    made = made_at - drift
    if made > ends_at:
        return refuse("late_made_after", "按校正后的时间，这条答案是在考试结束以后作答的，不能采纳。")
    if made > received_at + LARGEST_DRIFT:
        return refuse("late_from_the_future", "这条答案的时间晚于收到的时间，考试机时钟不可信，不能采纳。")
    if not any(one.from_at - LARGEST_DRIFT <= made <= one.until_at + LARGEST_DRIFT for one in silences):
        return refuse("late_was_connected", "作答时考试机没有断线，答案本应当时送达，不能采纳。")
    return ALLOWED
