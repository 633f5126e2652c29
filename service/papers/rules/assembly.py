"""Assembly of the two forms of a paper: one mixed-integer model, solved by HiGHS, checked by other code.

The model: a binary per item and form; every cell of the blueprint exact; every difficulty band within its tolerance;
no item in both forms; the sum of points times difficulty of each form as near to the blueprint's target as can be.
Among papers equally near, those with the fewest uses in earlier papers win; what is still open the seed decides
through a cost per item and form. One thread and no clock: the same inputs give the same paper.
"""

import hashlib
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata

import highspy
import numpy as np

from service.bank.rules.items import Kind
from service.papers.rules.blueprint import Band, Blueprint, band_of
from service.papers.rules.states import Form

# Objective weights: one unit of deviation outweighs every earlier use, one earlier use every seed cost.
DEVIATION_WEIGHT = 100_000.0
EXPOSURE_WEIGHT = 1_000.0
SEED_COSTS = 100
NODE_LIMIT = 20_000


@dataclass(frozen=True, slots=True)
class Candidate:
    """An eligible item as assembly sees it: no words, only what the blueprint asks about."""

    code: str
    version_id: int
    regulation: str
    kind: Kind
    difficulty: int
    used: int = 0


@dataclass(frozen=True, slots=True)
class Shortage:
    """A cell whose stock cannot fill both forms."""

    regulation: str
    kind: Kind
    needed: int
    stock: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What anyone can recount about the two forms; points of difficulty are points × difficulty."""

    cells_exact: bool
    points: Mapping[str, int]
    difficulty: Mapping[str, int]
    target: int
    bands: Mapping[str, Mapping[str, int]]
    bands_within: bool
    shared_between_forms: int
    uses_in_earlier_papers: int

    @property
    def sound(self) -> bool:
        return self.cells_exact and self.bands_within and self.shared_between_forms == 0


class InfeasibleError(Exception):
    """No two forms meet the blueprint with this stock; ``shortages`` names the cells, if cells are the reason."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__("the blueprint cannot be met")
        self.shortages = tuple(shortages)


def shortages(blueprint: Blueprint, candidates: Sequence[Candidate]) -> list[Shortage]:
    """The cells that hold fewer items than two disjoint forms need."""
    stock = Counter((candidate.regulation, candidate.kind) for candidate in candidates)
    return [
        Shortage(regulation, kind, len(Form) * number, stock[regulation, kind])
        for (regulation, kind), number in blueprint.cells.items()
        if stock[regulation, kind] < len(Form) * number
    ]


def assemble(blueprint: Blueprint, candidates: Sequence[Candidate], seed: int) -> dict[Form, list[Candidate]]:
    """The items of both forms, in the order kind, regulation, seed.

    Raises:
        InfeasibleError: the stock cannot meet the blueprint.
    """
    if short := shortages(blueprint, candidates):
        raise InfeasibleError(short)
    usable = sorted(
        (found for found in candidates if (found.regulation, found.kind) in blueprint.cells), key=lambda one: one.code
    )
    chosen = _solve(blueprint, usable, seed)
    return {form: sorted(chosen[form], key=lambda one: _place(blueprint, one, seed)) for form in Form}


def _place(blueprint: Blueprint, candidate: Candidate, seed: int) -> tuple[int, int, int]:
    kinds, regulations = list(Kind), [regulation for regulation, _ in blueprint.cells]
    return kinds.index(candidate.kind), regulations.index(candidate.regulation), _cost(seed, candidate.code, "order")


def _cost(seed: int, code: str, label: str) -> int:
    """A number that the seed draws for an item: reproducible everywhere, unlike a random module's."""
    drawn = hashlib.sha256(f"{seed}/{code}/{label}".encode()).digest()
    return int.from_bytes(drawn[:4], "big")


def _solve(blueprint: Blueprint, usable: Sequence[Candidate], seed: int) -> dict[Form, list[Candidate]]:
    forms = list(Form)
    model = highspy.Highs()  # type: ignore[no-untyped-call]
    model.silent()
    model.setOptionValue("threads", 1)
    model.setOptionValue("random_seed", 1)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.5)
    model.setOptionValue("mip_max_nodes", NODE_LIMIT)
    for form in forms:
        for one in usable:
            cost = EXPOSURE_WEIGHT * one.used + _cost(seed, one.code, form) % SEED_COSTS
            _add_column(model, cost, 1.0, integer=True)
    for _ in forms:
        _add_column(model, DEVIATION_WEIGHT, highspy.kHighsInf, integer=False)
    for number in range(len(forms)):
        _add_form_rows(model, blueprint, usable, number, len(forms) * len(usable) + number)
    for place in range(len(usable)):
        _add_row(model, 0, 1, {number * len(usable) + place: 1 for number in range(len(forms))})
    model.run()
    values = np.asarray(model.getSolution().col_value)
    if model.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        raise InfeasibleError(())
    return {
        form: [one for place, one in enumerate(usable) if values[number * len(usable) + place] > 0.5]
        for number, form in enumerate(forms)
    }


def _add_form_rows(
    model: highspy.Highs, blueprint: Blueprint, usable: Sequence[Candidate], number: int, deviation: int
) -> None:
    first = number * len(usable)
    for cell, needed in blueprint.cells.items():
        _add_row(
            model, needed, needed, {first + i: 1 for i, one in enumerate(usable) if (one.regulation, one.kind) == cell}
        )
    for band, wanted in blueprint.bands.items():
        within = {first + i: 1 for i, one in enumerate(usable) if band_of(one.difficulty) is band}
        _add_row(model, wanted - blueprint.band_tolerance, wanted + blueprint.band_tolerance, within)
    weights = {first + i: blueprint.points[one.kind] * one.difficulty for i, one in enumerate(usable)}
    _add_row(model, -highspy.kHighsInf, blueprint.difficulty_target, {**weights, deviation: -1})
    _add_row(model, blueprint.difficulty_target, highspy.kHighsInf, {**weights, deviation: 1})


def _add_column(model: highspy.Highs, cost: float, upper: float, *, integer: bool) -> None:
    column = model.getNumCol()
    model.addVar(0.0, upper)
    model.changeColCost(column, cost)
    if integer:
        model.changeColIntegrality(column, highspy.HighsVarType.kInteger)


def _add_row(model: highspy.Highs, lower: float, upper: float, weights: Mapping[int, int]) -> None:
    columns = np.fromiter(weights.keys(), dtype=np.int32, count=len(weights))
    values = np.fromiter(weights.values(), dtype=np.float64, count=len(weights))
    model.addRow(lower, upper, len(weights), columns, values)


def prove(blueprint: Blueprint, forms: Mapping[Form, Sequence[Candidate]]) -> Proof:
    """Recount both forms without the model: what the approver sees and the auditor repeats."""
    cells = {form: Counter((one.regulation, one.kind) for one in chosen) for form, chosen in forms.items()}
    bands = {form: Counter(band_of(one.difficulty) for one in chosen) for form, chosen in forms.items()}
    within = all(
        abs(bands[form][band] - wanted) <= blueprint.band_tolerance
        for form in forms
        for band, wanted in blueprint.bands.items()
    )
    codes = [{one.code for one in chosen} for chosen in forms.values()]
    return Proof(
        cells_exact=all(counted == Counter(dict(blueprint.cells)) for counted in cells.values()),
        points={form: sum(blueprint.points[one.kind] for one in chosen) for form, chosen in forms.items()},
        difficulty={
            form: sum(blueprint.points[one.kind] * one.difficulty for one in chosen) for form, chosen in forms.items()
        },
        target=blueprint.difficulty_target,
        bands={form: {band: bands[form][band] for band in Band} for form in forms},
        bands_within=within,
        shared_between_forms=len(set.intersection(*codes)),
        uses_in_earlier_papers=sum(one.used for chosen in forms.values() for one in chosen),
    )


def solver_version() -> str:
    """The solver's name and version, part of every recipe."""
    return f"HiGHS {metadata.version('highspy')}"
