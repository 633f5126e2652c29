"""Which sums an edition changes: every axis alone and every two of them, over three spans of time.

A question of a whole year, or of no time at all, finds each cell as one row; one of months adds up those months. The
class axis stands alone: a class has a handful of groups, so whatever crosses it is read from its own counts.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import permutations
from typing import NamedTuple

from service.results.rules.counting import PEOPLE_AXES, Axis, Counts, Group

ANY_YEAR, ANY_MONTH = 0, ""
# Any two of these are kept both ways round, so that whichever comes first leads the order of the rows.
PAIRED = tuple(axis for axis in PEOPLE_AXES if axis is not Axis.CLASS)


class Key(NamedTuple):
    """Where a sum stands, in the order of the table's key; ``across`` and ``across_key`` are empty without one."""

    axis: str
    across: str
    month: str
    plan_year: int
    key: str
    across_key: str
    imported: bool


@dataclass(frozen=True, slots=True)
class Taught:
    """What is the same of everybody in a class; it is fixed when the class is opened."""

    class_id: int
    role: str
    institution_id: int
    plan_year: int
    lecturers: tuple[int, ...]


def tallied(taught: Taught, added: Mapping[Group, Counts]) -> dict[Key, Counts]:
    """What has to be added to which sums, where an edition adds this to the counts of a class."""
    sums: dict[Key, Counts] = defaultdict(Counts)
    for group, counts in added.items():
        for axis, across, key, across_key in _cells(taught, group):
            for month, year in spans(taught.plan_year, group.month):
                sums[Key(axis, across, month, year, key, across_key, group.imported)] += counts
    return {key: counts for key, counts in sums.items() if counts}


def spans(plan_year: int, month: str) -> tuple[tuple[str, int], ...]:
    """The months and years of the rows that something of this month counts in: of all time, of the year, of itself."""
    return (ANY_MONTH, ANY_YEAR), (ANY_MONTH, plan_year), (month, plan_year)


def _cells(taught: Taught, group: Group) -> Iterator[tuple[str, str, str, str]]:
    yield Axis.CLASS.value, "", str(taught.class_id), ""
    keys = _keys(taught, group)
    for axis in PAIRED:
        yield from ((axis.value, "", key, "") for key in keys[axis])
    for one, other in permutations(PAIRED, 2):
        yield from ((one.value, other.value, key, across) for key in keys[one] for across in keys[other])


def _keys(taught: Taught, group: Group) -> dict[Axis, Iterable[str]]:
    return {
        Axis.ROLE: (taught.role,),
        Axis.INSTITUTION: (str(taught.institution_id),),
        # A class has several lecturers, and everybody in it counts for each of them: this axis has no total.
        Axis.LECTURER: tuple(map(str, taught.lecturers)),
        Axis.ENTERPRISE: (str(group.enterprise_id),),
        Axis.COUNTY: (group.county,),
        Axis.MONTH: (group.month,),
        Axis.PLAN_YEAR: (str(taught.plan_year),),
    }
