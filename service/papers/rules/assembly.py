"""Assembly of the forms of papers: plan, deal, and fit each form to the fixed target by itself.

One model over all forms never ends in any open solver (reference: assembly §2.3). So a small plan says which form takes
how many of which sort, the stock is dealt into a pool per form, and each form is fitted to the same target from its own
pool. Nobody takes from another's pool, so no class fares better for coming first. One thread and no clock: the same
recipe gives the same paper; which, also depends on the solver's version, so the paper itself is kept.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

from service.bank.rules.items import ASKED
from service.papers.rules import cases, fitting, solver, targets
from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate, Demand
from service.papers.rules.dealing import Hand, deal
from service.papers.rules.drawing import draw
from service.papers.rules.missing import Elastic, InfeasibleError
from service.papers.rules.planning import Plan
from service.papers.rules.rows import rows_of
from service.papers.rules.states import Form
from service.papers.rules.targets import Target

Progress = Callable[[int, int, str], None]
# An earlier use outweighs all unevenness of a plan together.
USE_WEIGHT = 1.0
EVEN_WEIGHT = 0.2
# What a seed may make all cases of a plan cost together: it decides between plans that use as much.
CASE_WEIGHT = 0.2
NODES = 500
# Where a blueprint allows some overlap, forms that miss the target may repeat so many more items than they must.
MORE_USES = (0, 2, 5, 10, 20, 1000)


class Mode(StrEnum):
    """Quick tries a blueprint out in a moment; full is what a paper is made by."""

    QUICK = "quick"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Assembled:
    """The forms of one class. ``deviation_milli`` is the largest deviation of a form from the target over its nine
    sums, ``bound_milli`` what no form from these pools could be below, in milli-points; ``uses`` counts earlier uses of
    the chosen items, other papers of the run included, ``least_uses`` the proven fewest for this class."""

    forms: Mapping[Form, tuple[Candidate, ...]]
    deviation_milli: int
    bound_milli: int
    uses: int
    least_uses: int
    mode: Mode
    solver: str


def assemble(
    blueprint: Blueprint,
    candidates: Sequence[Candidate],
    seed: int,
    *,
    target: Target,
    mode: Mode = Mode.FULL,
    progress: Progress | None = None,
) -> Assembled:
    """Both forms of one class, in the order kind, regulation, seed, cases last. ``progress`` may raise to cancel.

    Raises:
        InfeasibleError: the stock cannot meet the blueprint.
    """
    demands = [Demand(blueprint)]
    ((assembled,),) = assemble_all(demands, candidates, seed, targets=[target], mode=mode, progress=progress)
    return assembled


def assemble_all(
    demands: Sequence[Demand],
    candidates: Sequence[Candidate],
    seed: int,
    *,
    targets: Sequence[Target],
    mode: Mode = Mode.FULL,
    progress: Progress | None = None,
) -> tuple[tuple[Assembled, ...], ...]:
    """For each demand its classes, two forms each; no class gets better items for coming earlier.

    Where the stock gives all forms without using an item twice they share nothing; where it does not, class after class
    is assembled, in an order that the seed draws, from what was used least.

    Raises:
        InfeasibleError: the stock cannot meet all demands together.
    """
    run = _Run(demands, candidates, seed, targets, mode, progress or _silent)
    return run.apart() or run.reusing()


def _silent(done: int, of: int, phase: str) -> None:
    """Nobody asked how far it is."""


@dataclass(frozen=True, slots=True)
class _Run:
    demands: Sequence[Demand]
    candidates: Sequence[Candidate]
    seed: int
    targets: Sequence[Target]
    mode: Mode
    progress: Progress

    def apart(self) -> tuple[tuple[Assembled, ...], ...] | None:
        """All forms without a common item; None if the stock is too small for that."""
        classes = sum(demand.classes for demand in self.demands)
        self.progress(0, 2 * classes, "plan")
        plan = Plan(self.demands, self.candidates, limit=1)
        plan.require()
        plan.price_uses(USE_WEIGHT)
        plan.price_unevenness(EVEN_WEIGHT / (1 + sum(one.forms * one.blueprint.items for one in self.demands)))
        solution = plan.model.minimise(gap=self._draw_cases(plan), nodes=NODES)
        if solution is None:
            if classes == 1:
                raise InfeasibleError(Elastic(Plan(self.demands, self.candidates)).shortages())
            return None
        self.progress(0, 2 * classes, "deal")
        try:
            hands = deal(plan, solution, self.seed)
        except InfeasibleError:
            # Forms that take cases differ too much to be told apart always; then class after class is planned exactly.
            if classes == 1 or not cases.takes(one.blueprint for one in self.demands):
                raise
            return None
        fitted = []
        for number, hand in enumerate(hands):
            self.progress(number, len(hands), "fit")
            fitted.append((hand, *self._fit(hand)))
        self.progress(len(hands), len(hands), "fit")
        return self._assembled(fitted)

    def _draw_cases(self, plan: Plan) -> float:
        """Let the seed draw which cases come, where any do; the gap up to which the plan is to be solved."""
        most = sum(one.forms * one.blueprint.cases.most for one in self.demands)
        if not most:
            return USE_WEIGHT / 2
        plan.price_cases(self.seed, CASE_WEIGHT / most)
        return CASE_WEIGHT / most / 8

    def reusing(self) -> tuple[tuple[Assembled, ...], ...]:
        """Class after class, each knowing what the ones before used."""
        turns = [(which, number) for which, demand in enumerate(self.demands) for number in range(demand.classes)]
        turns.sort(key=lambda turn: draw(self.seed, "class", *turn))
        used: dict[str, int] = {}
        found: dict[tuple[int, int], Assembled] = {}
        for done, (which, number) in enumerate(turns):
            self.progress(done, len(turns), "fit")
            stock = [replace(one, used=one.used + used.get(one.code, 0)) for one in self.candidates]
            demand, target = [Demand(self.demands[which].blueprint)], [self.targets[which]]
            alone = _Run(demand, stock, draw(self.seed, "paper", which, number), target, self.mode, _silent)
            ((one,),) = alone.apart() or ((),)
            found[which, number] = one
            for chosen in one.forms.values():
                used.update({item.code: used.get(item.code, 0) + 1 for item in chosen})
        self.progress(len(turns), len(turns), "fit")
        return tuple(
            tuple(found[which, number] for number in range(demand.classes)) for which, demand in enumerate(self.demands)
        )

    def _fit(self, hand: Hand) -> tuple[tuple[Candidate, ...], fitting.Fitted]:
        blueprint, target = self.demands[hand.demand].blueprint, self.targets[hand.demand]
        pool = [self.candidates[place] for place in hand.pool]
        rows = rows_of(blueprint, pool, range(len(pool)))
        worth = targets.worth(blueprint, pool, target.pass_ability_milli)
        table = fitting.table_of(pool, worth, target.sums, rows)
        first = [number for number, place in enumerate(hand.pool) if place in hand.first]
        fit = fitting.quick if self.mode is Mode.QUICK else fitting.full
        for more in (0,) if blueprint.overlap_earlier is None else MORE_USES:
            fitted = fit(table, first, hand.earlier + more)
            if fitted.deviation <= fitting.TOLERANCE:
                break
        return self._ordered(blueprint, [pool[one] for one in fitted.chosen]), fitted

    def _ordered(self, blueprint: Blueprint, chosen: Sequence[Candidate]) -> tuple[Candidate, ...]:
        kinds, regulations = list(ASKED), list(dict.fromkeys(regulation for regulation, _ in blueprint.cells))

        def key(one: Candidate) -> tuple[int, int, int, int]:
            if one.case:
                return len(kinds), 0, draw(self.seed, "case order", one.case), one.case_place
            return kinds.index(one.kind), regulations.index(one.regulation), draw(self.seed, "order", one.code), 0

        return tuple(sorted(chosen, key=key))

    def _assembled(
        self, fitted: Sequence[tuple[Hand, tuple[Candidate, ...], fitting.Fitted]]
    ) -> tuple[tuple[Assembled, ...], ...]:
        found: list[tuple[Assembled, ...]] = []
        for which, _ in enumerate(self.demands):
            mine = [one for one in fitted if one[0].demand == which]
            found.append(tuple(self._paper(mine[first : first + 2]) for first in range(0, len(mine), 2)))
        return tuple(found)

    def _paper(self, pair: Sequence[tuple[Hand, tuple[Candidate, ...], fitting.Fitted]]) -> Assembled:
        return Assembled(
            forms={form: chosen for form, (_, chosen, _) in zip(Form, pair, strict=False)},
            deviation_milli=_up(max(fit.deviation for _, _, fit in pair)),
            bound_milli=max(fit.bound for _, _, fit in pair) // targets.FINE,
            uses=sum(one.used for _, chosen, _ in pair for one in chosen),
            least_uses=sum(hand.earlier for hand, _, _ in pair),
            mode=self.mode,
            solver=solver.version(),
        )


def _up(millionths: int) -> int:
    return -(-millionths // targets.FINE)


def solver_version() -> str:
    """The solver's name and version, part of every recipe."""
    return solver.version()


__all__ = ["Assembled", "InfeasibleError", "Mode", "assemble", "assemble_all", "solver_version"]
