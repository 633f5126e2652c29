"""Marking by people: who may mark a free text now, what a mark may be, and when a text has its points.

Two people mark each text, neither of whom sees the other's points before both are in. Where their points lie further
apart than the limit a third person marks it, and the third mark decides; else the mean does, a half rounded up.
"""

import hashlib
import hmac
import json
from collections.abc import Sequence
from datetime import timedelta
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now, refuse

# How long a text that somebody has before them is kept from others; our choice, for a long text and a telephone call.
KEPT_FOR = timedelta(minutes=30)
FIRST_TWO, WITH_THIRD = 2, 3
NUMBER_LENGTH = 8
# Without what is taken for something else when it is read out: 0 and O, 1 and I.
_SIGNS = "23456789ABCDEFGHJKLMNPQRSTUVWXYZ"
TWO_MARKERS = "两人原则（本系统规则）；分差限值为本系统设定，待确认"


class Settled(StrEnum):
    """How a text came by its points."""

    BLANK = "blank"
    AGREED = "agreed"
    THIRD = "third"


SETTLED_NAMES = {
    Settled.BLANK: "未作答",
    Settled.AGREED: "两评取平均",
    Settled.THIRD: "三评定分",
}


def number(secret: bytes, seat_id: int, position: int, version: int) -> str:
    """What a text is called before markers: nothing in it says whose it is, and its order is not that of the room."""
    drawn = hmac.new(secret, f"{seat_id}:{position}:{version}".encode(), hashlib.sha256).digest()
    return "".join(_SIGNS[byte % len(_SIGNS)] for byte in drawn[:NUMBER_LENGTH])


def written(points: Sequence[int]) -> str:
    """Points by criterion as they are stored."""
    return json.dumps(list(points), separators=(",", ":"))


def read(stored: str) -> list[int]:
    """Points by criterion out of what was stored."""
    return [int(one) for one in json.loads(stored)]


def mean(first: int, second: int) -> int:
    """The mean of two marks in whole points, a half rounded up: for the candidate."""
    return (first + second + 1) // 2


def far_apart(first: int, second: int, most: int, limit_percent: int) -> bool:
    """Whether two marks of a text worth ``most`` differ by more than the limit, in percent of that."""
    return abs(first - second) * 100 > most * limit_percent


def settle(marks: Sequence[int], most: int, limit_percent: int, *, third: bool) -> tuple[Settled, int] | None:
    """The points of a text and how it came by them, or nothing while a mark is missing.

    ``marks`` are those that count, in their order; ``third``: the first two were found to lie too far apart, so that a
    limit which is changed meanwhile changes nothing about it.
    """
    match list(marks):
        case [_, _, decides]:
            return Settled.THIRD, decides
        case [first, second] if not third and not far_apart(first, second, most, limit_percent):
            return Settled.AGREED, mean(first, second)
        case _:
            return None


def wanted(*, marks: int, third: bool) -> int:
    """How many more people have to mark a text that has so many marks."""
    return max(0, (WITH_THIRD if third else FIRST_TWO) - marks)


def may_give(points: Sequence[int], worth: Sequence[int]) -> Decision:
    """Whether these can be the points of a text, criterion by criterion."""
    if len(points) != len(worth):
        return refuse("criteria_missing", "评分标准有{number}个要点，请逐个给分。", number=len(worth))
    for place, (given, most) in enumerate(zip(points, worth, strict=True), start=1):
        if not 0 <= given <= most:
            return refuse("points_out_of_range", "第{place}个要点应给0至{most}分。", place=place, most=most)
    return ALLOWED


def may_still(*, superseded: bool, withdrawn: bool) -> Decision:
    """Whether a text is still one that counts: a late answer that two people accepted takes its place, and of an item
    that two people withdrew everybody has the full points.
    """
    if superseded:
        return not_now("script_superseded", "考生的一条迟到答案已被采纳，这份答卷已换成新的一份，请点“下一份”。")
    if withdrawn:
        return not_now("script_needless", "这一题已由两人裁定撤销，全体考生计满分，不用再评，请点“下一份”。")
    return ALLOWED


def may_mark(*, settled: bool, taken: bool, waits_for: int, held_by_others: int) -> Decision:
    """Whether somebody who has not marked a text yet may do so now.

    ``taken``: they were handed it. ``waits_for``: how many marks it still needs; ``held_by_others``: how many other
    people have it before them.
    """
    if not taken:
        return not_now("script_not_taken", "这份答卷不是由您领取的，请点“下一份”领取。")
    if settled or not waits_for:
        return not_now("script_marked", "这份答卷已由其他人评完，您的给分没有计入，请点“下一份”。", source=TWO_MARKERS)
    if held_by_others >= waits_for:
        return not_now("script_given_on", "您领取后超过30分钟没有提交，这份答卷已交给其他人，请点“下一份”。")
    return ALLOWED


def may_amend(*, settled: bool, alone: bool) -> Decision:
    """Whether somebody may change their own mark: only while it is the only one."""
    if settled or not alone:
        reason = "另一位评卷人已经给分，不能再改自己的给分。确有错误的，请告诉成绩确认人。"
        return not_now("other_mark_in", reason, source=TWO_MARKERS)
    return ALLOWED
