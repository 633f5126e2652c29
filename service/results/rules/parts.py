"""Counting answers by what they are about: the regulation and the subject of each item, over published sheets.

Points are those that count after every decision, as candidates read them: a withdrawn item has full points for all.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import NamedTuple

from service.results.rules import Scored
from service.results.rules.counting import ANSWER_AXES, Counts


class About(NamedTuple):
    """What an item is about, in the order of :data:`ANSWER_AXES`; empty where the bank does not know."""

    regulation: str
    subject: str


class Part(NamedTuple):
    """Answers of a class about one thing, of those who are counted in one month."""

    axis: str
    key: str
    month: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """What counts for every position of one sheet, whose it is, and in which month they are counted."""

    trainee_id: int
    month: str
    marks: Mapping[int, Scored]
    about: Mapping[int, About]


def by_part(sheets: Iterable[Sheet]) -> dict[Part, Counts]:
    """The counts of answers by part; ``enrolled`` are the people whose answers they are."""
    sums: dict[Part, Counts] = defaultdict(Counts)
    people: dict[Part, set[int]] = defaultdict(set)
    for sheet in sheets:
        for at, scored in sheet.marks.items():
            for axis, key in zip(ANSWER_AXES, sheet.about.get(at, ()), strict=False):
                part = Part(axis.value, key, sheet.month)
                sums[part] += _of(scored)
                people[part].add(sheet.trainee_id)
    return {part: replace(counts, enrolled=len(people[part])) for part, counts in sums.items()}


def _of(scored: Scored) -> Counts:
    return Counts(asked=1, correct=int(scored.points == scored.of), points=scored.points, possible=scored.of)
