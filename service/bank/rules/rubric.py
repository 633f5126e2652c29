"""Rubrics: what people mark a free text by, in place of a key.

A rubric is a list of criteria, each worth whole points. It is the key of such an item, one criterion a line, its
points first: ``3 说明应当立即停止作业``. How many points the item is worth is their sum and nothing else.
"""

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.bank.rules.filling import fold

# Our own figures: what a marker holds in mind at once, what a line on a tablet holds, and what one question is worth
# on any paper.
MOST_CRITERIA, LONGEST_CRITERION, MOST_POINTS = 6, 80, 20
# How much a candidate can write, in characters; our own figure, a third of a page by hand.
LONGEST_TEXT = 600
# Every criterion at its longest with two digits and a space, and the breaks between them.
LONGEST_RUBRIC = MOST_CRITERIA * (LONGEST_CRITERION + len("20 ") + 1) - 1
# “3 …”, “3：…”, “3分：…” and “3分 …”; “3分…” may be a criterion about telling apart, and says no points.
_CRITERION = re.compile(r"(\d{1,2})(?:[ \t]*分?[ \t]*[:：][ \t]*|[ \t]*分[ \t]+|[ \t]+)(\S.*)")
_SPACES = re.compile(r"\s+")


@dataclass(frozen=True, slots=True)
class Criterion:
    """What a text has to say, and the whole points that it earns by that."""

    words: str
    points: int


def key_of(criteria: Sequence[Criterion]) -> str:
    """A rubric as a key holds it."""
    return "\n".join(f"{one.points} {one.words}" for one in criteria)


def criteria(key: str) -> tuple[Criterion, ...]:
    """The criteria of a key that has no faults, in their order.

    Raises:
        ValueError: a line is no criterion.
    """
    return tuple(_criterion(line) for line in key.split("\n"))


def _criterion(line: str) -> Criterion:
    points, _, words = line.partition(" ")
    if not (points.isascii() and points.isdecimal() and words):
        raise ValueError("a line of a rubric is its points, a space and its words")
    return Criterion(words, int(points))


def worth(key: str) -> int:
    """The points of a whole rubric; of one with faults, nothing."""
    try:
        return sum(one.points for one in criteria(key))
    except ValueError:
        return 0


def read(text: str) -> str:
    """A rubric as people write it, as a key: lines trimmed, ``3分：…`` read as ``3 …``, empty ones left out.

    A line that begins with no points stays as it is, for :func:`faults` to tell of it; so does ``3、…``, which is more
    likely the number of a line than its points.
    """
    return "\n".join(_line(said) for line in text.split("\n") if (said := line.strip()))


def _line(said: str) -> str:
    found = _CRITERION.fullmatch(unicodedata.normalize("NFC", said))
    return f"{int(found[1])} {_SPACES.sub(' ', found[2]).strip()}" if found else said


def faults(key: str) -> Iterator[tuple[str, str]]:
    """What is wrong with a rubric: where, and why."""
    try:
        found = criteria(key)
    except ValueError:
        yield "key", "评分标准每行一个要点，先写分值再写内容，如“3 说明应当立即停止作业”"
        return
    if len(found) > MOST_CRITERIA:
        yield "key", "评分标准最多6个要点"
    if any(one.points < 1 for one in found) or sum(one.points for one in found) > MOST_POINTS:
        yield "key", "评分标准每个要点至少1分，合计不超过20分"
    if not all(map(_sound, found)):
        yield "key", "评分标准的每个要点1至80个字，首尾没有空格，不含看不见的字符"
    elif len({fold(one.words) for one in found}) != len(found):
        yield "key", "评分标准的要点有重复"


def _sound(one: Criterion) -> bool:
    said = one.words
    plain = len(said) <= LONGEST_CRITERION and said.isprintable() and bool(fold(said))
    # What would be read otherwise the next time is no sound line of a key.
    return plain and read(key_of([one])) == key_of([one])


def typed(text: str) -> str | None:
    """What was written as an answer is kept, or nothing where it cannot be one: empty, too long, or not printable.

    Breaks between lines stay; an answer may have paragraphs.
    """
    said = unicodedata.normalize("NFC", text.replace("\r\n", "\n").replace("\r", "\n")).strip()
    printable = said.replace("\n", "").isprintable()
    return said if said and len(said) <= LONGEST_TEXT and printable else None
