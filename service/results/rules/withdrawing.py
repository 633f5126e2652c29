"""Withdrawing a defective item of a paper by two, and what its marks are then."""

from collections.abc import Iterable, Mapping
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.results.rules import TWO_PEOPLE, Scored


class ItemStanding(StrEnum):
    """What somebody proposes of an item."""

    WITHDRAWN = "withdrawn"
    RESTORED = "restored"


ITEM_STANDING_NAMES = {ItemStanding.WITHDRAWN: "撤销试题", ItemStanding.RESTORED: "恢复试题"}
# Whoever sat the paper gets the full points of a withdrawn item, so that nobody loses by it and the pass mark stays.
# The document does not say; this is the custom of examinations, unconfirmed.
RELIEF_SOURCE = "考试惯例：试题有误的，该题全体考生计满分（待市局确认）"


def may_propose(wanted: ItemStanding, *, asked: bool, withdrawn: bool, waiting: bool, sat: int) -> Decision:
    """Whether somebody may propose this of an item: one that was asked, and that is not so already."""
    if not asked:
        return refuse("item_not_asked", "本卷没有这一题，请核对题号。")
    if waiting:
        return not_now("item_proposed", "这一题已有人提议，请先由另一人裁定。", source=TWO_PEOPLE)
    if withdrawn is (wanted is ItemStanding.WITHDRAWN):
        return not_now("item_already", "这一题已经撤销。" if withdrawn else "这一题本来有效，没有撤销。")
    return ALLOWED if sat else not_now("nobody_sat", "还没有人用本卷交卷，没有需要重新评分的成绩。")


def may_restore(wanted: ItemStanding, *, unmarked: int, published: bool) -> Decision:
    """Whether an item may count again, as far as its free texts go: before publication they are marked then, afterwards
    nobody marks them any more, and whoever wrote them would have nothing for it.
    """
    if wanted is ItemStanding.RESTORED and unmarked and published:
        return not_now(
            "scripts_never_marked",
            "这一题撤销时还有{number}份答卷没有评分，成绩又已发布，不能再恢复；个别考生有异议的，请按成绩复核办理。",
            source=RELIEF_SOURCE,
            number=unmarked,
        )
    return ALLOWED


def may_mark_again(*, disposed: bool) -> Decision:
    """Whether the sheets of a class can be marked again at all."""
    if disposed:
        return not_now("answers_disposed", "本班次的作答已由两人期满处置，不能再重新评分；已发布的成绩照旧有效。")
    return ALLOWED


def counted(
    first: Mapping[int, Scored],
    anew: Iterable[tuple[int, Scored]],
    granted: Iterable[Mapping[int, int]],
    withdrawn: Iterable[int],
) -> dict[int, Scored]:
    """What counts for every position: the first marking, late answers, appeals in their order, withdrawn items last.

    A function of what was decided and nothing else: whatever is taken back leaves exactly what was there without it.
    """
    found = dict(first)
    for position, scored in anew:
        found[position] = Scored(scored.choice, scored.points, found[position].of)
    for changes in granted:
        for position, points in changes.items():
            found[position] = Scored(found[position].choice, points, found[position].of)
    for position in withdrawn:
        if position in found:
            found[position] = Scored(found[position].choice, found[position].of, found[position].of)
    return found
