"""The target that all forms of a role are matched to: fixed once per blueprint version, stored, used for every class.

A form's sums are compared with it at nine places: the expected score at five abilities and at the pass mark's, and the
information at three. A thousandth of a point and a thousandth of an information unit count the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.papers.rules import fitting, measures, missing
from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate, Demand
from service.papers.rules.dealing import deal
from service.papers.rules.measures import ABILITIES, INFORMED, MILLION, Integers
from service.papers.rules.missing import InfeasibleError
from service.papers.rules.planning import Plan
from service.papers.rules.rows import rows_of

# How a target comes about; a later way gets a later number and leaves stored targets alone.
VERSION = 1
# A target's thousandths in the millionths of the sums.
FINE = 1000


@dataclass(frozen=True, slots=True)
class Target:
    """Sums to be met, in thousandths: expected points at each of ``ABILITIES`` and at ``pass_ability_milli``, and
    information at each of ``INFORMED``."""

    version: int
    pass_ability_milli: int
    expected_milli: tuple[int, ...]
    pass_expected_milli: int
    information_milli: tuple[int, ...]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Target":
        """A target as it was stored by ``asdict``."""
        return cls(
            version=raw["version"],
            pass_ability_milli=raw["pass_ability_milli"],
            expected_milli=tuple(raw["expected_milli"]),
            pass_expected_milli=raw["pass_expected_milli"],
            information_milli=tuple(raw["information_milli"]),
        )

    @property
    def sums(self) -> Integers:
        """The nine sums in millionths, in the order of ``worth``."""
        milli = [*self.expected_milli, self.pass_expected_milli, *self.information_milli]
        return np.array(milli, dtype=np.int64) * FINE


def worth(blueprint: Blueprint, candidates: Sequence[Candidate], pass_ability_milli: int) -> Integers:
    """Items × nine sums, in millionths: what each item adds to the sums of a form."""
    estimates = [one.estimate for one in candidates]
    points = np.array([blueprint.points_of(one.kind) for one in candidates], dtype=np.int64)
    right = measures.chances(estimates, [*ABILITIES, pass_ability_milli])
    return np.hstack([right * points[:, None], measures.information(estimates, INFORMED)])


def target_of(blueprint: Blueprint, candidates: Sequence[Candidate]) -> Target:
    """The target of a blueprint over a bank: the sums of one form as near as can be to what an average form yields.

    The average is over the bank, each group of items as often as its size within the cell and the ranges allow. The
    sums of a real form near it, and not the average itself, since a bank of few different estimates has no form in
    between; this way at least one form meets the target exactly, and so do others like it.

    Raises:
        InfeasibleError: no form keeps the blueprint with these candidates; it says what the two of a class lack.
    """
    plan = Plan([Demand(blueprint, 1)], candidates, limit=1)
    plan.require()
    plan.price_unevenness(1.0)
    solution = plan.model.minimise(relaxed=True)
    if solution is None:
        raise InfeasibleError(missing.Elastic(Plan([Demand(blueprint)], candidates)).shortages())
    weights = np.zeros(len(candidates), dtype=np.int64)
    for together in plan.kin(0):
        taken = sum(solution.values[plan.columns[0, which]] for which in together)
        places = [place for which in together for place in plan.groups[which].places]
        weights[places] = round(taken * MILLION) // len(places)
    points = np.array([blueprint.points_of(one.kind) for one in candidates], dtype=np.int64)
    estimates = [one.estimate for one in candidates]
    pass_ability = measures.ability_at(estimates, weights * points, blueprint.pass_points * MILLION * MILLION)
    average = (worth(blueprint, candidates, pass_ability) * weights[:, None]).sum(axis=0) // MILLION
    return _near(plan, blueprint, pass_ability, average)


def _near(plan: Plan, blueprint: Blueprint, pass_ability: int, average: Integers) -> Target:
    whole = plan.model.minimise(gap=1.0, nodes=500)
    if whole is None:
        raise InfeasibleError(missing.Elastic(Plan([Demand(blueprint)], plan.candidates)).shortages())
    (hand,) = deal(plan, whole, seed=VERSION)
    pool = [plan.candidates[place] for place in hand.pool]
    table = fitting.table_of(
        pool, worth(blueprint, pool, pass_ability), average, rows_of(blueprint, pool, range(len(pool)))
    )
    first = [number for number, place in enumerate(hand.pool) if place in hand.first]
    fitted = fitting.quick(table, first, sum(one.used for one in pool))
    sums = table.worth[list(fitted.chosen)].sum(axis=0)
    milli = [(int(one) + FINE // 2) // FINE for one in sums]
    reached = len(ABILITIES)
    return Target(VERSION, pass_ability, tuple(milli[:reached]), milli[reached], tuple(milli[reached + 1 :]))
