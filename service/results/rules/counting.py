"""Counting people: what one person adds to each count, and by what the counts can be asked for.

A person counts once in a class, however often they sat: passed is whoever passed in the end. First exams and resits
have counts of their own beside.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from operator import add, attrgetter, sub
from typing import TypeVar

from service.results.rules import SAT, Verdict


class Axis(StrEnum):
    """By what counts may be asked for."""

    CLASS = "class"
    ROLE = "role"
    INSTITUTION = "institution"
    LECTURER = "lecturer"
    ENTERPRISE = "enterprise"
    COUNTY = "county"
    MONTH = "month"
    PLAN_YEAR = "plan_year"
    REGULATION = "regulation"
    SUBJECT = "subject"


AXIS_NAMES = {
    Axis.CLASS: "班次",
    Axis.ROLE: "岗位",
    Axis.INSTITUTION: "施教单位",
    Axis.LECTURER: "教师",
    Axis.ENTERPRISE: "煤矿企业",
    Axis.COUNTY: "县（市、区）",
    Axis.MONTH: "考试月份",
    Axis.PLAN_YEAR: "计划年度",
    Axis.REGULATION: "法规",
    Axis.SUBJECT: "科目",
}
# What answers are counted by; everything else counts people.
ANSWER_AXES = (Axis.REGULATION, Axis.SUBJECT)
PEOPLE_AXES = tuple(axis for axis in Axis if axis not in ANSWER_AXES)


@dataclass(frozen=True, slots=True)
class Counts:
    """Numbers of people, and of answers; ledgers and tallies have a column for each.

    ``enrolled`` are on the roster, ``trained`` have the hours of their role, ``seated`` had a seat, ``present`` were
    admitted to an exam, ``handed_in`` handed in, ``passed`` passed in the end; ``void`` did not, for two people made
    their result void. Of answers there are ``asked``, ``correct`` among them, and ``points`` of those ``possible``.
    """

    enrolled: int = 0
    trained: int = 0
    seated: int = 0
    present: int = 0
    handed_in: int = 0
    passed: int = 0
    void: int = 0
    first_present: int = 0
    first_passed: int = 0
    resat: int = 0
    resit_passed: int = 0
    asked: int = 0
    correct: int = 0
    points: int = 0
    possible: int = 0

    def __add__(self, other: "Counts") -> "Counts":
        return Counts(*map(add, self.numbers(), other.numbers()))

    def __sub__(self, other: "Counts") -> "Counts":
        return Counts(*map(sub, self.numbers(), other.numbers()))

    def __bool__(self) -> bool:
        return any(self.numbers())

    def numbers(self) -> tuple[int, ...]:
        """The counts in the order of their fields; faster by far than what dataclasses offer, which copies deeply."""
        return _numbers(self)


# The columns of people, and those of answers.
MARKED = ("enrolled", "asked", "correct", "points", "possible")
COUNTED = tuple(field.name for field in fields(Counts) if field.name not in MARKED or field.name == "enrolled")
_numbers = attrgetter(*(field.name for field in fields(Counts)))


Counted = TypeVar("Counted")


@dataclass(frozen=True, slots=True)
class Group:
    """Under what a person of a class is counted."""

    enterprise_id: int
    county: str
    month: str
    imported: bool


@dataclass(frozen=True, slots=True)
class Attempt:
    """One exam of a person: the verdict, and whether a sheet was handed in."""

    verdict: Verdict
    handed_in: bool


@dataclass(frozen=True, slots=True)
class Person:
    """One person of a class with their exams in order."""

    group: Group
    trained: bool
    attempts: tuple[Attempt, ...]


def of_person(person: Person) -> Counts:
    """What one person adds to the counts: one or nothing to each."""
    verdicts = [one.verdict for one in person.attempts]
    passed, last = Verdict.PASSED in verdicts, verdicts[-1] if verdicts else None
    return Counts(
        enrolled=1,
        trained=int(person.trained),
        seated=int(bool(verdicts)),
        present=int(bool(SAT & set(verdicts))),
        handed_in=int(any(one.handed_in for one in person.attempts)),
        passed=int(passed),
        void=int(not passed and last is Verdict.VOID),
        first_present=int(bool(verdicts) and verdicts[0] in SAT),
        first_passed=int(bool(verdicts) and verdicts[0] is Verdict.PASSED),
        resat=int(bool(SAT & set(verdicts[1:]))),
        resit_passed=int(Verdict.PASSED in verdicts[1:]),
    )


def by_group(people: Iterable[Person]) -> dict[Group, Counts]:
    """The counts of many people by group."""
    found: dict[Group, Counts] = defaultdict(Counts)
    for person in people:
        found[person.group] += of_person(person)
    return dict(found)


def difference(now: Mapping[Counted, Counts], before: Mapping[Counted, Counts]) -> dict[Counted, Counts]:
    """What has to be added to the counts before, so that they are those of now; groups without change are absent."""
    added = {group: now.get(group, Counts()) - before.get(group, Counts()) for group in {*now, *before}}
    return {group: counts for group, counts in added.items() if counts}
