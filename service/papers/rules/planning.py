"""The plan: from which groups of items which form takes how many, as one small integer model over all forms.

A group is all items that no row of any demand tells apart. Every constraint is a sum over groups, so a plan that keeps
them is kept by any items of the groups: what is planned can be dealt, and what cannot be planned cannot be assembled.
For a few forms each form has columns of its own and the plan is exact. For many, forms of a role are planned together
(``Share``) and divided afterwards; then it is a bound, which with one axis of ranges is reached.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from service.bank.rules.items import Kind
from service.papers.rules import cases
from service.papers.rules.candidates import Candidate, Demand
from service.papers.rules.drawing import BITS, draw
from service.papers.rules.rows import Row, Sort, rows_of
from service.papers.rules.solver import INFINITY, Model, Solution

# Up to so many forms are planned one by one.
EXACT_FORMS = 6


@dataclass(frozen=True, slots=True)
class Group:
    """Items that are alike to every row: their places, earlier uses, and how often each may be used now."""

    places: tuple[int, ...]
    used: int
    limit: int

    @property
    def stock(self) -> int:
        return len(self.places) * self.limit


@dataclass(frozen=True, slots=True)
class Share:
    """Forms that are planned together: of which demand, how many, and of which class, if it is one form."""

    demand: int
    forms: int
    training_class: int | None


class Plan:
    """The model of all demands over the groups of a bank."""

    def __init__(self, demands: Sequence[Demand], candidates: Sequence[Candidate], limit: int | None = None) -> None:
        """``limit`` caps the uses per item in this run, below what the blueprints allow."""
        self.demands, self.candidates = demands, candidates
        self.shares = list(_shares(demands))
        exact = all(share.training_class is not None for share in self.shares)
        self.places = [cases.usable_places(demand.blueprint, candidates) for demand in demands]
        self.limits = self._limits(limit)
        self.rows = [
            [row for row in rows_of(demand.blueprint, candidates, places) if exact or not self._slack(row, demand)]
            for demand, places in zip(demands, self.places, strict=True)
        ]
        self.groups = self._groups()
        self._home = {place: which for which, group in enumerate(self.groups) for place in group.places}
        self.reaches = [_reaches(rows, self.groups) for rows in self.rows]
        self.model = Model()
        self.columns: dict[tuple[int, int], int] = {}
        self._add_columns()

    def _limits(self, limit: int | None) -> dict[int, int]:
        """How often each usable item may be used in this run."""
        classes = sum(demand.classes for demand in self.demands)
        found: dict[int, int] = {}
        for demand, places in zip(self.demands, self.places, strict=True):
            cap = demand.blueprint.exposure_cap
            for place in places:
                own = classes if cap is None else cap - self.candidates[place].used
                found[place] = min(found.get(place, classes), own, classes if limit is None else limit)
        return found

    def _slack(self, row: Row, demand: Demand) -> bool:
        """Whether a group of enemies is too small to bind forms that are planned together."""
        if any(self.candidates[place].case for place in row.members):
            # Nobody could part them afterwards, as one of two items that stand alone is swapped out.
            return False
        return row.sort is Sort.ENEMIES and sum(self.limits[place] for place in row.members) <= demand.forms

    def _groups(self) -> list[Group]:
        signatures: dict[int, list[tuple[int, int]]] = {place: [] for place in self.limits}
        for number, rows in enumerate(self.rows):
            for place_of_row, row in enumerate(rows):
                for place in row.members:
                    signatures[place].append((number, place_of_row))
        found = defaultdict(list)
        for place in sorted(signatures, key=lambda one: self.candidates[one].code):
            one = self.candidates[place]
            # An item of a case is alike to no other: nothing else brings these sub-questions with it.
            own = one.code if one.case else ""
            found[one.used, self.limits[place], tuple(signatures[place]), own].append(place)
        return [Group(tuple(places), used, limit) for (used, limit, _, _), places in found.items()]

    def _add_columns(self) -> None:
        belongs = [frozenset(places) for places in self.places]
        for number, share in enumerate(self.shares):
            once = min(share.forms, self.demands[share.demand].classes)
            for which, group in enumerate(self.groups):
                if group.places[0] in belongs[share.demand]:
                    upper = len(group.places) * min(group.limit, once)
                    self.columns[number, which] = self.model.column(upper)
        for which, group in enumerate(self.groups):
            self._add_stock(which, group)

    def _add_stock(self, which: int, group: Group) -> None:
        """No item more often than it may be, and at most once in the forms of a class."""
        by_class = defaultdict(list)
        for number, share in enumerate(self.shares):
            if (number, which) in self.columns:
                by_class[share.training_class].append(self.columns[number, which])
        everywhere = [column for columns in by_class.values() for column in columns]
        self.model.row(0, group.stock, dict.fromkeys(everywhere, 1))
        for training_class, columns in by_class.items():
            if training_class is not None and len(by_class) > 1:
                self.model.row(0, len(group.places), dict.fromkeys(columns, 1))

    def require(self) -> None:
        """Keep every row of every share."""
        for number, share in enumerate(self.shares):
            for row, weights in self.weights(number):
                self.model.row(share.forms * row.least, share.forms * row.most, weights)
        self.bind_cases()

    def bind_cases(self) -> None:
        """Let the sub-questions of a case come into as many forms of a share as its first one does: all or none."""
        for number in range(len(self.shares)):
            for first, other in self.bonds(number):
                self.model.row(0, 0, {self.columns[number, first]: 1.0, self.columns[number, other]: -1.0})

    def bonds(self, number: int) -> list[tuple[int, int]]:
        """The groups of a share that are taken together: that of a case's first sub-question with each other one."""
        return [(parts[0], other) for parts in self.case_groups(number).values() for other in parts[1:]]

    def case_groups(self, number: int) -> dict[str, list[int]]:
        """The cases that a share may take: the group of each sub-question in their order, by the code of the case."""
        places = self.places[self.shares[number].demand]
        found = cases.whole(self.candidates, places)
        return {code: [self._home[place] for place in parts] for code, parts in found.items()}

    def weights(self, number: int) -> Iterator[tuple[Row, dict[int, float]]]:
        """The rows of a share with their columns."""
        demand = self.shares[number].demand
        for row, reached in zip(self.rows[demand], self.reaches[demand], strict=True):
            yield row, {self.columns[number, which]: 1.0 for which in reached}

    def price_uses(self, weight: float) -> None:
        """Let each use cost what the item was used before, in earlier papers and in this run: the overlap it causes."""
        for which, group in enumerate(self.groups):
            columns = [
                self.columns[number, which] for number in range(len(self.shares)) if (number, which) in self.columns
            ]
            if group.limit == 1:
                for column in columns:
                    self.model.price(column, weight * group.used)
                continue
            steps = [
                self.model.column(len(group.places), cost=weight * (group.used + step), integer=False)
                for step in range(group.limit)
            ]
            self.model.row(0, 0, {**dict.fromkeys(columns, 1.0), **dict.fromkeys(steps, -1.0)})

    def price_cases(self, seed: int, weight: float) -> None:
        """Let a seed draw which cases come: every one of them costs something else, and never so much as one use."""
        for number in range(len(self.shares)):
            for code, parts in self.case_groups(number).items():
                share = draw(seed, "case", number, code) / (1 << BITS)
                self.model.charge(self.columns[number, parts[0]], weight * share)

    def price_unevenness(self, weight: float) -> None:
        """Let kin be used in proportion to their number within the cell, so that a plan looks like its bank."""
        for number, share in enumerate(self.shares):
            kin = self.kin(number)
            cells: Counter[tuple[str, Kind]] = Counter()
            for together in kin:
                cells[self._cell(together[0])] += self.size(together)
            for together in kin:
                cell = self._cell(together[0])
                needed = share.forms * self.demands[share.demand].blueprint.cells[cell]
                even = needed * self.size(together) / cells[cell]
                mine = {self.columns[number, which]: 1.0 for which in together}
                off = self.model.column(INFINITY, cost=weight, integer=False)
                self.model.row(even, INFINITY, {**mine, off: 1.0})
                self.model.row(-INFINITY, even, {**mine, off: -1.0})

    def kin(self, number: int) -> list[list[int]]:
        """The groups of a share that only enemies or earlier uses tell apart, together."""
        demand = self.shares[number].demand
        rows = [place for place, row in enumerate(self.rows[demand]) if row.sort in {Sort.CELL, Sort.RANGE}]
        signatures: dict[int, list[int]] = {which: [] for share, which in self.columns if share == number}
        for place in rows:
            for which in self.reaches[demand][place]:
                signatures[which].append(place)
        found = defaultdict(list)
        for which, signature in signatures.items():
            found[tuple(signature)].append(which)
        return list(found.values())

    def size(self, together: Sequence[int]) -> int:
        """How many items some groups have."""
        return sum(len(self.groups[which].places) for which in together)

    def _cell(self, which: int) -> tuple[str, Kind]:
        return self.candidates[self.groups[which].places[0]].cell

    def taken(self, solution: Solution) -> list[dict[int, int]]:
        """By share: how many items of each group."""
        found: list[dict[int, int]] = [{} for _ in self.shares]
        for (number, which), column in self.columns.items():
            if solution.whole(column):
                found[number][which] = solution.whole(column)
        return found


def _shares(demands: Sequence[Demand]) -> Iterator[Share]:
    exact = sum(demand.forms for demand in demands) <= EXACT_FORMS
    number = 0
    for which, demand in enumerate(demands):
        if not exact:
            yield Share(which, demand.forms, None)
            continue
        for form in range(demand.forms):
            yield Share(which, 1, number + form // 2)
        number += demand.classes


def _reaches(rows: Sequence[Row], groups: Sequence[Group]) -> list[list[int]]:
    """By row, the groups whose items it counts."""
    home = {place: which for which, group in enumerate(groups) for place in group.places}
    return [sorted({home[place] for place in row.members}) for row in rows]
