"""Filing many items under tags at once: what an act would change, and how it is undone.

These tags are an item's and not a version's. What a version says is reviewed and stands in its digest, which every
paper's recipe names; a tag put on two thousand items at once is neither, so assembly never sees it.
"""

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from service.bank.rules import items
from service.kernel.decision import ALLOWED, Decision, not_now, refuse

# Our own figures: an act that a person can still oversee, and lists that stay short enough to be read.
MOST_ITEMS, MOST_WORDS, MOST_TAGS = 2_000, 5, 20
Places = Mapping[str, tuple[int, ...]]


@dataclass(frozen=True, slots=True)
class Wish:
    """The tags to put on every chosen item, and those to take away."""

    add: tuple[str, ...] = ()
    remove: tuple[str, ...] = ()

    @property
    def empty(self) -> bool:
        return not (self.add or self.remove)


@dataclass(frozen=True, slots=True)
class Change:
    """What really changes: tag → ids of the items that get it, and of those that lose it."""

    added: Places
    removed: Places

    @property
    def touched(self) -> frozenset[int]:
        """The ids of all items that it changes anything of."""
        return frozenset(one for places in (self.added, self.removed) for ids in places.values() for one in ids)


def change(wish: Wish, filed: Mapping[int, frozenset[str]]) -> Change:
    """What a wish changes of items that are filed under these tags; what is so already is left alone."""
    added = {tag: tuple(one for one, tags in filed.items() if tag not in tags) for tag in wish.add}
    removed = {tag: tuple(one for one, tags in filed.items() if tag in tags) for tag in wish.remove}
    return Change(_filled(added), _filled(removed))


def adding(wished: Mapping[int, frozenset[str]], filed: Mapping[int, frozenset[str]]) -> Change:
    """What changes where each item is to have these tags too; what is so already is left alone."""
    added: dict[str, tuple[int, ...]] = {}
    for one, tags in sorted(wished.items()):
        for tag in sorted(tags - filed.get(one, frozenset())):
            added[tag] = (*added.get(tag, ()), one)
    return Change(added, {})


def undoing(done: Change, filed: Mapping[int, frozenset[str]]) -> Change:
    """What takes an act back: only where things still are as it left them, for others may have filed anew since."""
    added = {tag: tuple(one for one in ids if tag not in filed.get(one, ())) for tag, ids in done.removed.items()}
    removed = {tag: tuple(one for one in ids if tag in filed.get(one, ())) for tag, ids in done.added.items()}
    return Change(_filled(added), _filled(removed))


def after(filed: Mapping[int, frozenset[str]], made: Change) -> dict[int, frozenset[str]]:
    """How the items are filed once a change is made."""
    tags = {one: set(found) for one, found in filed.items()}
    for tag, ids in made.added.items():
        for one in ids:
            tags.setdefault(one, set()).add(tag)
    for tag, ids in made.removed.items():
        for one in ids:
            tags.setdefault(one, set()).discard(tag)
    return {one: frozenset(found) for one, found in tags.items()}


def may_wish(wish: Wish) -> Decision:
    """Whether a wish can be fulfilled for any item at all."""
    for word in (*wish.add, *wish.remove):
        if not items.is_tag(word):
            reason = "标签“{tag}”为空、超过{most}个字或含有分隔符。请改短或改写。"
            return refuse("tag_malformed", reason, tag=word, most=items.LONGEST_TAG)
    if both := sorted(set(wish.add) & set(wish.remove)):
        return refuse("tag_both_ways", "标签“{tag}”既要加又要减。请只留一边。", tag=both[0])
    if max(len(wish.add), len(wish.remove)) > MOST_WORDS:
        return refuse("tags_many", "一次最多加{most}个、减{most}个标签。请分几次办理。", most=MOST_WORDS)
    return ALLOWED


def may_choose(chosen: int) -> Decision:
    """Whether so many items may be filed in one act; one more than there may be stands for more."""
    if not chosen:
        return not_now("no_items_chosen", "没有选中试题。请回到题库，勾选试题或先筛选。")
    if chosen > MOST_ITEMS:
        return not_now("items_many", "筛选出的试题超过{most}道。请缩小筛选范围，分几次办理。", most=MOST_ITEMS)
    return ALLOWED


def may_hold(filed: Iterable[frozenset[str]]) -> Decision:
    """Whether items may be filed under so many tags."""
    if any(len(tags) > MOST_TAGS for tags in filed):
        return not_now("item_tags_full", "有的试题会超过{most}个归类标签。请先减去一些。", most=MOST_TAGS)
    return ALLOWED


def digest(codes: Iterable[str], wish: Wish) -> str:
    """What makes two acts the same: the items and the wish; whoever confirms one gets that one."""
    said = ("+" + "\n".join(wish.add), "-" + "\n".join(wish.remove), *sorted(codes))
    return hashlib.sha256("\n".join(said).encode()).hexdigest()


def digest_of_codes(codes: Iterable[str]) -> str:
    """What the record says of which items were filed, without naming two thousand of them."""
    return hashlib.sha256("\n".join(sorted(codes)).encode()).hexdigest()


def counts(places: Places) -> dict[str, int]:
    """How many items each tag is put on, or taken from."""
    return {tag: len(ids) for tag, ids in places.items()}


def _filled(places: Places) -> Places:
    return {tag: ids for tag, ids in places.items() if ids}
