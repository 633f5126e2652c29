"""Signs of life of a candidate's machine: leaving the window, silences, and the time they cost."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

# The page shows itself every fifteen seconds; a silence longer than three of them is lost time (our choice).
HEARTBEAT = timedelta(seconds=15)
SILENCE = 3 * HEARTBEAT
# How wrong a clock is beyond this is nobody's question any more, and no column would hold it.
MOST_DRIFT = timedelta(days=1)


class Leaving(StrEnum):
    """What a page can notice of a candidate who leaves it, or tries to take something in or out."""

    WINDOW = "window"
    FULL_SCREEN = "full_screen"
    CLIPBOARD = "clipboard"
    PRINT = "print"
    MENU = "menu"


LEAVING_NAMES = {
    Leaving.WINDOW: "离开考试窗口",
    Leaving.FULL_SCREEN: "退出全屏",
    Leaving.CLIPBOARD: "复制或粘贴",
    Leaving.PRINT: "打印",
    Leaving.MENU: "打开右键菜单",
}


class Connection(StrEnum):
    NONE = "none"
    ALIVE = "alive"
    LATE = "late"
    LOST = "lost"


CONNECTION_NAMES = {
    Connection.NONE: "未连接",
    Connection.ALIVE: "在线",
    Connection.LATE: "信号不稳",
    Connection.LOST: "已断线",
}


def connection(seen_at: datetime | None, now: datetime) -> Connection:
    """How a seat's machine is connected, by its last sign of life."""
    if seen_at is None:
        return Connection.NONE
    silence = now - seen_at
    if silence <= 2 * HEARTBEAT:
        return Connection.ALIVE
    return Connection.LATE if silence <= SILENCE else Connection.LOST


@dataclass(frozen=True, slots=True)
class Silence:
    """From one sign of life to the next."""

    from_at: datetime
    until_at: datetime


def silence(last: datetime | None, now: datetime) -> Silence | None:
    """The silence that ends with this sign of life, if it was long enough to count."""
    if last is None or now - last <= SILENCE:
        return None
    return Silence(last, now)


def disjoint(spans: Iterable[Silence]) -> list[Silence]:
    """The same stretches of time without overlaps: a seat's pause within its room's stands still only once."""
    joined: list[Silence] = []
    for span in sorted(spans, key=lambda one: one.from_at):
        if joined and span.from_at <= joined[-1].until_at:
            joined[-1] = Silence(joined[-1].from_at, max(joined[-1].until_at, span.until_at))
        else:
            joined.append(span)
    return joined


def apart(silences: Sequence[Silence], outages: Sequence[Silence]) -> list[Silence]:
    """Silences without the times when nobody could hear: what is left counts where it is long enough by itself.

    A machine is heard for the last time seconds before an outage and again seconds after it. That is no loss of its
    own, and what the outage cost is made good already.
    """
    found = list(silences)
    for away in outages:
        pieces = (
            piece
            for one in found
            for piece in (
                Silence(one.from_at, min(one.until_at, away.from_at)),
                Silence(max(one.from_at, away.until_at), one.until_at),
            )
            if away.from_at < one.until_at and one.from_at < away.until_at
        )
        whole = [one for one in found if one.until_at <= away.from_at or away.until_at <= one.from_at]
        found = [*whole, *(one for one in pieces if one.until_at - one.from_at > SILENCE)]
    return found


def drift_ms(said: datetime, now: datetime) -> int:
    """How far a machine's clock is ahead of ours, in milliseconds, a day at most."""
    drift = min(max(said - now, -MOST_DRIFT), MOST_DRIFT)
    return int(drift / timedelta(milliseconds=1))


def lost_seconds(silences: Sequence[Silence], pauses: Sequence[Silence], begins: datetime, ends: datetime) -> int:
    """Seconds of working time lost to silences: within the exam, each once, and not where the clock stood still."""
    lost, still = timedelta(), disjoint(pauses)
    for one in disjoint(silences):
        start, end = max(one.from_at, begins), min(one.until_at, ends)
        if end <= start:
            continue
        stood = (max(timedelta(), min(end, pause.until_at) - max(start, pause.from_at)) for pause in still)
        lost += end - start - sum(stood, timedelta())
    return int(lost.total_seconds())


def proposed_compensation(lost: int, given: int, cap_minutes: int) -> int:
    """Seconds to propose: what was lost, less what has been given, up to the cap; whole minutes, rounded up."""
    open_seconds = min(lost, cap_minutes * 60) - given
    return max(0, -(-open_seconds // 60) * 60)
