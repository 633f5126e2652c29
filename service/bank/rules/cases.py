"""Cases (案例): one text that several items ask about, each of them an ordinary item with a code and a key of its own.

Every sub-question carries the case that it belongs to: its code, its text, which sub-question it is, and of how many.
So a text is written, reviewed and versioned with the items that need it, and a case stands exactly where all of its
sub-questions stand with the same text. While one of them is missing, suspended or still says the older text, the case
is not whole, and an item of it is not asked.
"""

import re
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

# Our own figures: a single question needs no case, and with more than six a reader goes astray in its text.
LEAST_PARTS, MOST_PARTS = 2, 6
# As much as a stem may have: a screen and a half on a telephone.
SHORTEST_TEXT, LONGEST_TEXT = 20, 2000
# As codes of items are: letters for where the case comes from, and a number.
_CODE = re.compile(r"[A-Z]{2,5}-\d{3,6}")


@dataclass(frozen=True, slots=True)
class Case:
    """The case of one item: its code, its text, and which of its sub-questions the item is (``place`` of ``size``)."""

    code: str
    text: str
    place: int
    size: int


def faults(case: Case) -> Iterator[tuple[str, str]]:
    """What is wrong with the case of one item, judged by itself, as (field, reason)."""
    if not _CODE.fullmatch(case.code):
        yield "case_code", "案例编号应为2至5个大写字母、连字符和3至6位数字"
    if not SHORTEST_TEXT <= len(case.text.strip()) <= LONGEST_TEXT:
        yield "case_text", "案例材料应为20至2000个字"
    if not LEAST_PARTS <= case.size <= MOST_PARTS:
        yield "case_size", "一个案例应有2至6问"
    elif not 1 <= case.place <= case.size:
        yield "case_place", "第几问应在1与该案例的问数之间"


def broken(parts: Iterable[Case]) -> Iterator[str]:
    """Why these sub-questions of one case do not make it whole; nothing, where they do."""
    found = list(parts)
    sizes = {one.size for one in found}
    if len({one.text for one in found}) > 1:
        yield "各问的案例材料不一致"
    if len(sizes) > 1:
        yield "各问所说的问数不一致"
    places = [one.place for one in found]
    if any(places.count(place) > 1 for place in places):
        yield "有两题是同一问"
    if len(set(places)) < max(sizes, default=0):
        yield "还缺少其中的几问"


def of_each(items: Iterable[tuple[str, Case | None]]) -> Mapping[str, tuple[str, ...]]:
    """Codes of the items of every case in the order of its sub-questions, by its code; of whatever is given."""
    groups: defaultdict[str, list[tuple[int, str]]] = defaultdict(list)
    for code, case in items:
        if case is not None:
            groups[case.code].append((case.place, code))
    return {case: tuple(code for _, code in sorted(found)) for case, found in sorted(groups.items())}


def whole(items: Iterable[tuple[str, Case | None]]) -> Mapping[str, tuple[str, ...]]:
    """The same for those cases alone of which every sub-question is among the items, with one text."""
    known = {code: case for code, case in items if case is not None}
    groups = of_each(known.items())
    return {case: codes for case, codes in groups.items() if not any(broken(known[code] for code in codes))}


def described(case: Case | None) -> list[object]:
    """A case as plain values in one order, for digests; nothing for an item without one."""
    return [case.code, case.text, case.place, case.size] if case is not None else []
