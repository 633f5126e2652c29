"""Changing exam points and rooms that sittings are planned in already."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import time

from service.kernel.clock import LOCAL
from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.sittings.rules import places
from service.sittings.rules.phases import Times


@dataclass(frozen=True, slots=True)
class Booked:
    """A sitting that is still to come in a room, by its number and times, and how many seats it has given."""

    sitting_id: int
    at: Times
    seats: int = 0


def may_open(opens: str, closes: str, booked: Sequence[Booked]) -> Decision:
    """Whether an exam point may be open at these hours: every sitting that is still to come lies within them."""
    if time.fromisoformat(opens) >= time.fromisoformat(closes):
        return refuse("hours_reversed", "开放时间要早于关闭时间。")
    for one in booked:
        start, end = one.at.starts_at.astimezone(LOCAL), one.at.ends_at.astimezone(LOCAL)
        if not places.may_hold(one.at, opens, closes, start, end).allowed:
            return not_now(
                "sitting_outside_hours",
                "第{number}场在{when}，不在新的开放时间内；请先调整这一场。",
                number=one.sitting_id,
                when=f"{start:%Y-%m-%d %H:%M}–{end:%H:%M}",
            )
    return ALLOWED


def may_hold_fewer(capacity: int, booked: Sequence[Booked]) -> Decision:
    """Whether a room may have so many seats: no fewer than a sitting to come has given already."""
    for one in booked:
        if one.seats > capacity:
            return not_now(
                "room_has_more_seated",
                "第{number}场已在这个考场编排{seats}人，座位数不能再少。",
                number=one.sitting_id,
                seats=one.seats,
            )
    return ALLOWED


def may_remove(*, sittings: int, machines: int, last: bool) -> Decision:
    """Whether a room may be struck from the list: nothing has happened in it, and another one is left."""
    if sittings:
        return not_now("room_in_use", "这个考场安排过{number}场考试，不能删除；可以改名或修改座位数。", number=sittings)
    if machines:
        return not_now("room_has_machines", "这个考场检查过{number}台机器，不能删除；可以改名。", number=machines)
    if last:
        return not_now("last_room", "考试点至少要有一个考场。")
    return ALLOWED
