"""The yearly plan: how many people, which part of the whole, and how far it has come."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.kernel.decision import ALLOWED, Decision, not_now

_PLAN_CLAUSE = "二(一)(二) 培训对象与实施进度"


@dataclass(frozen=True, slots=True)
class Target:
    """One year: people to train in it, and the percentage of the whole that is reached by its end."""

    year: int
    people: int
    cumulative_percent: int
    source: str = _PLAN_CLAUSE


# 二(二): 60 people in 2024 (60 %), 40 in 2025 (100 %). The 100 people of 二(一) are both years together (DOMAIN §4).
TARGETS = (Target(2024, 60, 60), Target(2025, 40, 100))


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a year has come. ``reached`` counts everyone trained up to its end once, ``whole`` all years' targets."""

    target: Target
    enrolled: int
    reached: int
    whole: int

    @property
    def on_target(self) -> bool:
        return 100 * self.reached >= self.target.cumulative_percent * self.whole


def may_set(target: Target, others: Sequence[Target]) -> Decision:
    """Whether a year's target fits the others: what has been reached by one year cannot be less in a later one."""
    for other in others:
        earlier, later = sorted((target, other), key=lambda one: one.year)
        if earlier.year < later.year and earlier.cumulative_percent > later.cumulative_percent:
            return not_now(
                "plan_percent",
                "{earlier}年的累计比例（{before}%）不能高于{later}年的累计比例（{after}%）。",
                source=_PLAN_CLAUSE,
                earlier=earlier.year,
                before=earlier.cumulative_percent,
                later=later.year,
                after=later.cumulative_percent,
            )
    return ALLOWED


def progress(targets: Sequence[Target], enrolled: Mapping[int, int], newcomers: Mapping[int, int]) -> list[Progress]:
    """The progress of each year; ``newcomers`` are the people whose first enrolment was in that year."""
    whole = sum(target.people for target in targets)
    return [
        Progress(
            target=target,
            enrolled=enrolled.get(target.year, 0),
            reached=sum(number for year, number in newcomers.items() if year <= target.year),
            whole=whole,
        )
        for target in sorted(targets, key=lambda one: one.year)
    ]
