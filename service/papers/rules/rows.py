"""The constraints of a blueprint in one form: from ``least`` to ``most`` of certain items stand in each form.

Cells, ranges, must-include, enemies and overlap with earlier papers are all of this form, so planning, fitting and
swapping need not know which is which.
"""

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from service.bank.rules.items import Kind
from service.papers.rules.blueprint import Axis, Blueprint
from service.papers.rules.candidates import Candidate


class Sort(StrEnum):
    """What a row stands for."""

    CELL = "cell"
    RANGE = "range"
    MUST = "must"
    ENEMIES = "enemies"
    EARLIER = "earlier"
    CASES = "cases"


@dataclass(frozen=True, slots=True)
class Row:
    """From ``least`` to ``most`` of ``members`` (places in the list of candidates, rising) stand in each form."""

    sort: Sort
    members: tuple[int, ...]
    least: int
    most: int
    regulation: str | None = None
    kind: Kind | None = None
    axis: Axis | None = None
    value: str = ""


def rows_of(blueprint: Blueprint, candidates: Sequence[Candidate], places: Sequence[int]) -> list[Row]:
    """The rows of a blueprint over the candidates at ``places``, in an order that only blueprint and places decide."""
    return [
        *_cells(blueprint, candidates, places),
        *_ranges(blueprint, candidates, places),
        *_must_include(blueprint, candidates, places),
        *_enemies(blueprint, candidates, places),
        *_earlier(blueprint, candidates, places),
        *_cases(blueprint, candidates, places),
    ]


def _cells(blueprint: Blueprint, candidates: Sequence[Candidate], places: Sequence[int]) -> Iterator[Row]:
    found = defaultdict(list)
    for place in places:
        found[candidates[place].cell].append(place)
    for (regulation, kind), number in blueprint.cells.items():
        yield Row(Sort.CELL, tuple(found[regulation, kind]), number, number, regulation, kind)


def _ranges(blueprint: Blueprint, candidates: Sequence[Candidate], places: Sequence[int]) -> Iterator[Row]:
    for one in blueprint.ranges:
        members = tuple(place for place in places if one.value in candidates[place].values(one.axis))
        yield Row(Sort.RANGE, members, one.least, one.most, axis=one.axis, value=one.value)


def _must_include(blueprint: Blueprint, candidates: Sequence[Candidate], places: Sequence[int]) -> Iterator[Row]:
    for must in blueprint.must_include:
        members = tuple(place for place in places if candidates[place].code in must.codes)
        yield Row(Sort.MUST, members, must.least, blueprint.items, value="、".join(sorted(must.codes)))


def _enemies(blueprint: Blueprint, candidates: Sequence[Candidate], places: Sequence[int]) -> Iterator[Row]:
    """At most one of each group of enemies; groups of which one item is left forbid nothing."""
    groups = defaultdict(list)
    for place in places:
        for name in candidates[place].enemies:
            groups[name].append(place)
    own = [[place for place in places if candidates[place].code in codes] for codes in blueprint.enemies]
    for members in sorted({tuple(found) for found in (*groups.values(), *own) if len(found) > 1}):
        yield Row(Sort.ENEMIES, members, 0, 1)


def _earlier(blueprint: Blueprint, candidates: Sequence[Candidate], places: Sequence[int]) -> Iterator[Row]:
    if blueprint.overlap_earlier is not None:
        members = tuple(place for place in places if candidates[place].used)
        yield Row(Sort.EARLIER, members, 0, blueprint.overlap_earlier)


def _cases(blueprint: Blueprint, candidates: Sequence[Candidate], places: Sequence[int]) -> Iterator[Row]:
    """So many cases, each counted by its first sub-question: the others come with it (``planning``)."""
    if blueprint.cases.most:
        members = tuple(place for place in places if candidates[place].case_place == 1)
        yield Row(Sort.CASES, members, blueprint.cases.least, blueprint.cases.most)
