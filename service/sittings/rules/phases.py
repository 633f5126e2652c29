"""The phases of a sitting: a pure function of its times and of ``now``. The server's clock decides (invariant 6)."""

from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from enum import StrEnum

from service.papers.rules.states import Window

# Custom of exam rooms, unconfirmed by the commissioning document (reference: exam conventions); both are settings of
# a sitting: candidates come from an hour before the start, and not later than half an hour after it.
CHECK_IN_BEFORE = timedelta(minutes=60)
DEFAULT_LATE_MINUTES = 30
# A room holds at most thirty (room rules of the reference; a check of the database too), with two proctors.
LARGEST_ROOM = 30
PROCTORS = 2


class Phase(StrEnum):
    PLANNED = "planned"
    CHECK_IN = "check_in"
    RUNNING = "running"
    PAUSED = "paused"
    ENDED = "ended"


PHASE_NAMES = {
    Phase.PLANNED: "未开始",
    Phase.CHECK_IN: "签到中",
    Phase.RUNNING: "考试中",
    Phase.PAUSED: "已暂停",
    Phase.ENDED: "已结束",
}


@dataclass(frozen=True, slots=True)
class Course:
    """What has happened to one clock, a room's or a seat's: a late beginning, seconds added, standing still since.

    ``entry_seconds`` of a room are those that it stood still before its last entry: so much later the last one comes.
    """

    began_at: datetime | None = None
    extra_seconds: int = 0
    paused_at: datetime | None = None
    entry_seconds: int = 0


UNTOUCHED = Course()


@dataclass(frozen=True, slots=True)
class Times:
    """The instants of one sitting, or of one seat in it; each phase begins at its instant and ends before the next."""

    check_in_from: datetime
    starts_at: datetime
    last_entry_at: datetime
    ends_at: datetime
    paused: bool = False

    @property
    def window(self) -> Window:
        """When the sitting's paper may be opened."""
        return Window(self.starts_at, self.ends_at)


def planned(starts_at: datetime, duration_minutes: int, late_minutes: int) -> Times:
    """The instants that a sitting's configuration means, before anything has happened."""
    return Times(
        check_in_from=starts_at - CHECK_IN_BEFORE,
        starts_at=starts_at,
        last_entry_at=starts_at + timedelta(minutes=late_minutes),
        ends_at=starts_at + timedelta(minutes=duration_minutes),
    )


def times(plan: Times, room: Course, now: datetime, seat: Course = UNTOUCHED) -> Times:
    """The instants as they stand now: a room that began late gives everybody the whole duration, a clock that stands
    still moves the end, and seconds added move it too. A seat's own course comes on top of its room's.

    While the room stands still a seat's own pause adds nothing: pausing a room closes the seats' accounts first.
    """
    if room == UNTOUCHED and seat == UNTOUCHED:
        return plan
    shift = max(timedelta(), room.began_at - plan.starts_at) if room.began_at is not None else timedelta()
    still_since = room.paused_at or seat.paused_at
    still = max(timedelta(), now - still_since) if still_since is not None else timedelta()
    added = timedelta(seconds=room.extra_seconds + seat.extra_seconds)
    last_entry_at = plan.last_entry_at + shift + timedelta(seconds=room.entry_seconds)
    if room.paused_at is not None and room.paused_at <= last_entry_at:
        last_entry_at += max(timedelta(), now - room.paused_at)
    return Times(
        check_in_from=plan.check_in_from,
        starts_at=plan.starts_at + shift,
        last_entry_at=last_entry_at,
        ends_at=plan.ends_at + shift + added + still,
        paused=still_since is not None,
    )


def phase(at: Times, now: datetime) -> Phase:
    """The phase of a sitting now."""
    if now < at.check_in_from:
        return Phase.PLANNED
    if now < at.starts_at:
        return Phase.CHECK_IN
    if now >= at.ends_at:
        return Phase.ENDED
    return Phase.PAUSED if at.paused else Phase.RUNNING


def lengthened(at: Times, seconds: int) -> Times:
    """The same instants where somebody in the room has so much longer: room and proctors are taken until then."""
    return replace(at, ends_at=at.ends_at + timedelta(seconds=seconds)) if seconds else at


def overlap(first: Times, second: Times) -> bool:
    """Whether two sittings need the same room or proctor at the same time, check-in included."""
    return first.check_in_from < second.ends_at and second.check_in_from < first.ends_at
