"""Whether forms can be assembled at all, and if not, what helps: write these items, make fewer forms, or reuse more."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from service.access.rules.people import TraineeRole
from service.papers.rules.candidates import Candidate, Demand
from service.papers.rules.missing import Elastic, InfeasibleError, Shortage
from service.papers.rules.planning import Plan

__all__ = ["Feasibility", "InfeasibleError", "Shortage", "judge"]

# Nobody asks for more forms of a role than this at once.
MOST_FORMS = 2000


@dataclass(frozen=True, slots=True)
class Feasibility:
    """The answer before anything is assembled.

    ``missing`` is the fewest further items, counted by their uses, that make it possible; ``most_forms`` how many forms
    of each role the bank gives without using an item twice, the other roles as demanded; ``least_cap`` the smallest
    number of uses per item, earlier ones included, that suffices (None: no number does); ``overlap_bound`` the proven
    fewest uses of items that were in an earlier paper or are in another of the demanded forms (None: not feasible).
    """

    shortages: tuple[Shortage, ...]
    missing: int
    most_forms: Mapping[TraineeRole, int]
    least_cap: int | None
    overlap_bound: int | None

    @property
    def feasible(self) -> bool:
        return not self.missing


def judge(demands: Sequence[Demand], candidates: Sequence[Candidate]) -> Feasibility:
    """Judge all demands together, since an item that serves several roles can be used by one only.

    Raises:
        InfeasibleError: the blueprint contradicts itself; no items whatever would do.
    """
    bound = overlap_bound(demands, candidates)
    short = () if bound is not None else shortages(demands, candidates)
    return Feasibility(
        shortages=short,
        missing=_fewest(short),
        most_forms={one.blueprint.role: _most(demands, number, candidates) for number, one in enumerate(demands)},
        least_cap=_least_cap(demands, candidates),
        overlap_bound=bound,
    )


def shortages(demands: Sequence[Demand], candidates: Sequence[Candidate]) -> tuple[Shortage, ...]:
    """The fewest further items that make all demands possible together, named."""
    return Elastic(Plan(demands, candidates)).shortages()


def _fewest(short: Sequence[Shortage]) -> int:
    """Items named by cell, and those named by code; a range is short of the very items that a cell names."""
    return sum(one.missing for one in short if one.regulation is not None or one.axis is None)


def possible(demands: Sequence[Demand], candidates: Sequence[Candidate], limit: int | None = None) -> bool:
    """Whether a plan keeps all demands, with at most ``limit`` uses per item in this run."""
    plan = Plan(demands, candidates, limit)
    plan.require()
    return plan.model.minimise() is not None


def overlap_bound(demands: Sequence[Demand], candidates: Sequence[Candidate]) -> int | None:
    """The fewest uses of items used before or elsewhere in these demands that any plan needs; None if there is none."""
    plan = Plan(demands, candidates)
    plan.require()
    plan.price_uses(1.0)
    solution = plan.model.minimise(gap=0.5)
    return None if solution is None else max(0, round(solution.objective))


def _most(demands: Sequence[Demand], number: int, candidates: Sequence[Candidate]) -> int:
    """The most forms of one role without using an item twice, by halving."""

    def enough(forms: int) -> bool:
        changed = [replace(one, forms=forms) if which == number else one for which, one in enumerate(demands)]
        return possible([one for one in changed if one.forms], candidates, limit=1)

    stock = sum(demands[number].blueprint.role in one.roles for one in candidates)
    return _largest(enough, min(MOST_FORMS, stock // max(1, demands[number].blueprint.items)))


def _largest(enough: Callable[[int], bool], high: int) -> int:
    low = 0
    while low < high:
        middle = (low + high + 1) // 2
        low, high = (middle, high) if enough(middle) else (low, middle - 1)
    return low


def _least_cap(demands: Sequence[Demand], candidates: Sequence[Candidate]) -> int | None:
    """The smallest cap on all uses of an item with which the demands are possible, by halving."""
    low, high = 1, max((one.used for one in candidates), default=0) + sum(one.classes for one in demands)

    def enough(cap: int) -> bool:
        capped = [replace(one, blueprint=replace(one.blueprint, exposure_cap=cap)) for one in demands]
        return possible(capped, candidates)

    if not enough(high):
        return None
    while low < high:
        middle = (low + high) // 2
        low, high = (low, middle) if enough(middle) else (middle + 1, high)
    return low
