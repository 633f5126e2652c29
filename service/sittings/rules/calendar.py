"""Sittings on a sheet of days: in which state they are shown, and where a bar begins and ends on a day's line."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.kernel.clock import LOCAL
from service.sittings.rules.phases import Phase, Times

HOUR = timedelta(hours=1)


class Shown(StrEnum):
    """The states by which a list can be narrowed; a paused sitting is one that runs."""

    PLANNED = "planned"
    CHECK_IN = "check_in"
    RUNNING = "running"
    ENDED = "ended"
    CANCELLED = "cancelled"


SHOWN_NAMES = {
    Shown.PLANNED: "未开始",
    Shown.CHECK_IN: "签到中",
    Shown.RUNNING: "考试中",
    Shown.ENDED: "已结束",
    Shown.CANCELLED: "已取消",
}


class Period(StrEnum):
    """Which way a list looks from today: what is to come, the next first, or what has been, the latest first."""

    UPCOMING = "upcoming"
    PAST = "past"
    ALL = "all"


PERIOD_NAMES = {Period.UPCOMING: "今天起", Period.PAST: "以前", Period.ALL: "全部"}


def shown(phase: Phase, *, cancelled: bool) -> Shown:
    """The state under which a list shows a sitting."""
    if cancelled:
        return Shown.CANCELLED
    return Shown.RUNNING if phase is Phase.PAUSED else Shown(phase.value)


@dataclass(frozen=True, slots=True)
class Bar:
    """A sitting on the line of its room: from check-in over the start to the end, in thousandths of the line."""

    sitting_id: int
    from_check_in: int
    from_start: int
    to_end: int


@dataclass(frozen=True, slots=True)
class Line:
    """What a day's picture spans: whole hours, as (hour, place in thousandths) marks."""

    begins: datetime
    ends: datetime

    @property
    def marks(self) -> list[tuple[str, int]]:
        """The hours of the line with their places."""
        hours = int((self.ends - self.begins) / HOUR)
        # At most a dozen words fit on the line.
        step = -(-hours // 12)
        return [
            (f"{(self.begins + hour * HOUR).astimezone(LOCAL):%H:%M}", 1000 * hour // hours)
            for hour in range(0, hours, step)
        ]

    def place(self, instant: datetime) -> int:
        """An instant in thousandths of the line, those outside at its ends."""
        return max(0, min(1000, round(1000 * ((instant - self.begins) / (self.ends - self.begins)))))

    def bar(self, sitting_id: int, at: Times) -> Bar:
        """Where a sitting lies on the line."""
        return Bar(sitting_id, self.place(at.check_in_from), self.place(at.starts_at), self.place(at.ends_at))


def line_of(found: Iterable[Times]) -> Line:
    """The shortest line of whole hours that holds all these sittings; there must be one at least."""
    every = list(found)
    begins = min(at.check_in_from for at in every).replace(minute=0, second=0, microsecond=0)
    ends = max(at.ends_at for at in every)
    whole = ends.replace(minute=0, second=0, microsecond=0)
    return Line(begins, whole if whole == ends else whole + HOUR)
