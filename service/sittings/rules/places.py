"""Exam points: what must be in order before a day, and the rules of rooms as dated data."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.sittings.rules.phases import DEFAULT_LATE_MINUTES, LARGEST_ROOM, PROCTORS, Times

# No rule of rooms may go beyond what the database holds.
LARGEST_ROOM_EVER = 60
LATEST_ENTRY = timedelta(minutes=60)


class Equipment(StrEnum):
    """The checklist of an exam point (custom of exam points; reference: exam conventions)."""

    MACHINES = "machines"
    NETWORK = "network"
    POWER = "power"
    CLOCK = "clock"
    CAMERAS = "cameras"
    TABLETS = "tablets"
    SPACING = "spacing"
    LOCKERS = "lockers"
    SPARE = "spare"


EQUIPMENT_NAMES = {
    Equipment.MACHINES: "考试机全部能开机，浏览器可用",
    Equipment.NETWORK: "网络通畅，备用网络已试过",
    Equipment.POWER: "供电正常，有断电预案",
    Equipment.CLOCK: "考场有挂钟，考试机时间准确",
    Equipment.CAMERAS: "监控录像工作正常",
    Equipment.TABLETS: "签到平板已充电，摄像头可用",
    Equipment.SPACING: "座位间距不小于80厘米，座位号已贴",
    Equipment.LOCKERS: "考场外有物品存放处",
    Equipment.SPARE: "每个考场至少有一台备用考试机",
}


@dataclass(frozen=True, slots=True)
class Rules:
    """The rules of rooms in force on a day."""

    effective_on: date
    largest_room: int
    proctors: int
    late_minutes: int
    compensation_cap_minutes: int
    outage_cap_minutes: int
    allotment_hidden: bool
    source: str


# Room rules of exam conventions: at most thirty in a room, two proctors, rooms told on the day; minutes are customs,
# unconfirmed by the commissioning document.
FIRST_RULES = Rules(
    effective_on=date(2024, 1, 1),
    largest_room=LARGEST_ROOM,
    proctors=PROCTORS,
    late_minutes=DEFAULT_LATE_MINUTES,
    compensation_cap_minutes=20,
    outage_cap_minutes=60,
    allotment_hidden=True,
    source="考场规则惯例（设置项，待市应急管理局确认）",
)


def in_force(rules: Iterable[Rules], day: date) -> Rules:
    """The newest rules that have begun on a day; the first ones where none has."""
    begun = [one for one in rules if one.effective_on <= day]
    return max(begun, key=lambda one: one.effective_on, default=FIRST_RULES)


ROUND_THE_CLOCK = ("00:00", "23:59")


def may_hold(at: Times, opens: str, closes: str, local_start: datetime, local_end: datetime) -> Decision:
    """Whether a sitting lies within an exam point's opening hours, by local wall time on one day.

    A point that is open from 00:00 to 23:59 never closes, not at midnight either.
    """
    if (opens, closes) == ROUND_THE_CLOCK:
        return ALLOWED
    begins, ends = time.fromisoformat(opens), time.fromisoformat(closes)
    if at.starts_at < at.ends_at and begins <= local_start.time() and local_end.time() <= ends:
        return ALLOWED if local_start.date() == local_end.date() else _outside(opens, closes)
    return _outside(opens, closes)


def _outside(opens: str, closes: str) -> Decision:
    return refuse("outside_hours", "考试点的开放时间是{opens}至{closes}，请另选时间。", opens=opens, closes=closes)


def may_be_ready(entries: Mapping[Equipment, bool], unfit: int = 0) -> Decision:
    """Whether an exam point may be declared ready: every line of its checklist is in order, and no machine unfit.

    ``unfit`` is how many machines of its rooms were not fit when they were last checked; one that was taken out of its
    room is taken off the list and counts no more.
    """
    missing = [EQUIPMENT_NAMES[one] for one in Equipment if not entries.get(one, False)]
    if missing:
        return not_now(
            "checklist_incomplete", "检查清单还有{number}项未通过：{first}。", number=len(missing), first=missing[0]
        )
    if unfit:
        return not_now(
            "machines_unfit", "还有{number}台机器没有就绪：请修好后重新检查，或把它从名单中撤下。", number=unfit
        )
    return ALLOWED


# A word that everything is in order ages: machines are moved, updated and lent (our choice, unconfirmed).
READY_FOR = timedelta(days=30)


def still_ready(ready_at: datetime | None, at: datetime) -> bool:
    """Whether an exam point that was declared ready then still counts as ready at an instant."""
    return ready_at is not None and at - ready_at <= READY_FOR


def may_begin(effective_on: date, today: date, known: Collection[date]) -> Decision:
    """Whether new rules may begin on a day: what was in force on a day that has come is not changed afterwards."""
    if effective_on <= today:
        return not_now("rule_day_has_come", "新规则最早从明天起执行，不能改变已经过去的日子。")
    if effective_on in known:
        return not_now("rule_day_taken", "{day}起已有一条规则；要修改，请先撤回那一条。", day=effective_on.isoformat())
    return ALLOWED


def may_be_withdrawn(effective_on: date, today: date) -> Decision:
    """Whether rules may be taken back: until the day they begin."""
    if effective_on <= today:
        return not_now("rule_in_force", "这条规则已经开始执行，不能撤回；请设定一条新规则。")
    return ALLOWED
