"""Editions of a class's results: why there is one, and the digest that names its content."""

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum

from service.results.rules.elsewhere import MOST_POINTS


class Cause(StrEnum):
    """Why the results of a class have a new edition."""

    PUBLISHED = "published"
    VOIDING = "voiding"
    WITHDRAWAL = "withdrawal"
    APPEAL = "appeal"
    IMPORTED = "imported"


CAUSE_NAMES = {
    Cause.PUBLISHED: "发布",
    Cause.VOIDING: "作废或恢复",
    Cause.WITHDRAWAL: "试题撤销或恢复",
    Cause.APPEAL: "复核更正",
    Cause.IMPORTED: "导入外部成绩",
}


@dataclass(frozen=True, slots=True)
class Hands:
    """The two people of a change, and when each of them acted."""

    proposed_by: int
    proposed_at: datetime
    decided_by: int
    decided_at: datetime


@dataclass(frozen=True, slots=True)
class Standing:
    """One result as a digest takes it."""

    seat_id: int
    version: int
    verdict: str
    points: int
    pass_points: int


@dataclass(frozen=True, slots=True)
class Elsewhere:
    """One result obtained elsewhere as a digest takes it: the maximum only where it is not the usual one."""

    external_id: int
    verdict: str
    points: int
    pass_points: int
    most_points: int = MOST_POINTS

    def written(self) -> str:
        line = f"elsewhere {self.external_id} {self.verdict} {self.points} {self.pass_points}"
        return f"{line}\n" if self.most_points == MOST_POINTS else f"{line} {self.most_points}\n"


def digest(results: Iterable[Standing], elsewhere: Iterable[Elsewhere] = ()) -> str:
    """SHA-256 over a line of each result, by seat, and then of each result obtained elsewhere."""
    lines = [
        f"{one.seat_id} {one.version} {one.verdict} {one.points} {one.pass_points}\n"
        for one in sorted(results, key=lambda one: one.seat_id)
    ]
    lines += [one.written() for one in sorted(elsewhere, key=lambda one: one.external_id)]
    return hashlib.sha256("".join(lines).encode()).hexdigest()
