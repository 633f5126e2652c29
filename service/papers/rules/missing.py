"""Exactly what is missing where a plan cannot be kept: the fewest further items, over all cells and roles together.

Every share may be given items that do not exist. Such an item stands in a cell, has one band, one level and one subject
of its choice and any tags, and costs one; the cheapest way to keep all rows names the items that have to be written.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from service.access.rules.people import TraineeRole
from service.bank.rules.items import Kind
from service.papers.rules.blueprint import CLOSED, Axis, Blueprint
from service.papers.rules.planning import Plan
from service.papers.rules.rows import Row, Sort
from service.papers.rules.solver import INFINITY, Solution

# The rest of an axis: a subject that no range names.
ELSE = ""
# What a shortage of cases is of, as `value`.
CASES = "案例"
Slot = tuple[int, str, Kind, str]


@dataclass(frozen=True, slots=True)
class Shortage:
    """What is missing: ``needed`` uses of such items over all forms of these roles, ``available`` of them can be had.

    A cell is named by regulation and kind, with the band where the cell has items enough but not of that band; a range
    by axis and value; a must-include group by its codes in ``value``, whole cases by ``CASES``.
    """

    roles: tuple[TraineeRole, ...]
    regulation: str | None
    kind: Kind | None
    axis: Axis | None
    value: str
    needed: int
    available: int

    @property
    def missing(self) -> int:
        return self.needed - self.available


class InfeasibleError(Exception):
    """No forms meet the blueprint with this stock. ``shortages`` says exactly what is missing; it is empty where no
    item whatever would help, since the blueprint contradicts itself."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__("the blueprint cannot be met")
        self.shortages = tuple(shortages)


def _is_short_of_values(row: Row) -> bool:
    """Whether a row asks for a level, subject or tag, which a shortage names apart from cells."""
    return row.sort is Sort.RANGE and row.axis in {Axis.LEVEL, Axis.SUBJECT, Axis.TAG}


class Elastic:
    """A plan that may use items which do not exist."""

    def __init__(self, plan: Plan) -> None:
        self.plan, self.model = plan, plan.model
        self.invented: dict[Slot, int] = {}
        self.valued: dict[tuple[int, Axis, str], int] = {}
        self.musts: dict[tuple[int, str], int] = {}
        self.cases: dict[int, int] = {}
        for number, share in enumerate(plan.shares):
            blueprint = plan.demands[share.demand].blueprint
            self._invent(number, blueprint)
            for row, weights in plan.weights(number):
                extra = self._extra(number, row)
                self.model.row(share.forms * row.least, share.forms * row.most, {**weights, **dict.fromkeys(extra, 1)})
        plan.bind_cases()
        self._prefer_existing()

    def _invent(self, number: int, blueprint: Blueprint) -> None:
        bands = _values(blueprint, Axis.BAND)
        for regulation, kind in blueprint.cells:
            for band in bands:
                self.invented[number, regulation, kind, band] = self.model.column(INFINITY, cost=1)
        mine = [column for slot, column in self.invented.items() if slot[0] == number]
        for axis in (Axis.LEVEL, Axis.SUBJECT, Axis.TAG):
            values = _values(blueprint, axis)
            for value in values:
                self.valued[number, axis, value] = self.model.column(INFINITY)
            chosen = {self.valued[number, axis, value]: 1.0 for value in values}
            if axis is Axis.TAG:
                for column in chosen:
                    self.model.row(-INFINITY, 0, {column: 1.0, **dict.fromkeys(mine, -1.0)})
            else:
                self.model.row(0, 0, {**chosen, **dict.fromkeys(mine, -1.0)})

    def _prefer_existing(self) -> None:
        """Of all plans that invent as few items, take one that leaves levels, subjects and tags as little to them."""
        rows = [
            (share.forms * row.least, weights)
            for number, share in enumerate(self.plan.shares)
            for row, weights in self.plan.weights(number)
            if _is_short_of_values(row)
        ]
        # All of them together cost less than one invented item.
        self.step = 0.4 / max(1, sum(needed for needed, _ in rows))
        for needed, weights in rows:
            self.model.row(needed, INFINITY, {**weights, self.model.column(needed, cost=self.step): 1.0})

    def _extra(self, number: int, row: Row) -> list[int]:
        """The columns of invented items that a row counts."""
        match row.sort, row.axis:
            case Sort.CELL, _:
                cell = (number, row.regulation, row.kind)
                return [column for slot, column in self.invented.items() if slot[:3] == cell]
            case Sort.RANGE, Axis.BAND:
                return [column for slot, column in self.invented.items() if (slot[0], slot[3]) == (number, row.value)]
            case Sort.RANGE, Axis.REGULATION:
                return [column for slot, column in self.invented.items() if slot[:2] == (number, row.value)]
            case Sort.RANGE, axis if axis is not None:
                return [self.valued[number, axis, row.value]]
            case Sort.MUST, _:
                column = self.musts[number, row.value] = self.model.column(row.least, cost=1)
                return [column]
            case Sort.CASES, _:
                # What a missing case would ask is not known: it fills no cell, and is named by itself.
                column = self.cases[number] = self.model.column(row.least, cost=1)
                return [column]
            case _:
                return []

    def shortages(self) -> tuple[Shortage, ...]:
        """The fewest further items that keep every row; none, if none is needed.

        Raises:
            InfeasibleError: no items whatever would do.
        """
        solution = self.model.minimise(gap=self.step / 2)
        if solution is None:
            raise InfeasibleError(())
        found = (*self._cells(solution), *self._ranges(solution), *self._musts(solution))
        return (*found, *self._missing_cases(solution))

    def _cells(self, solution: Solution) -> Iterator[Shortage]:
        """By cell where it has too few items of whatever band, by cell and band where only a band is short."""
        found: dict[tuple[str, Kind], dict[str, dict[int, int]]] = defaultdict(lambda: defaultdict(dict))
        for (number, regulation, kind, band), column in self.invented.items():
            if missing := solution.whole(column):
                found[regulation, kind][band][number] = missing
        for cell in dict.fromkeys(slot[1:3] for slot in self.invented):
            bands = found[cell]
            numbers = {number for by_share in bands.values() for number in by_share}
            missing = sum(number for by_share in bands.values() for number in by_share.values())
            had = self._had(solution, self._roles(numbers), *cell)
            if missing and self._stock(cell) < had + missing:
                yield Shortage(self._roles(numbers), *cell, None, "", had + missing, had)
                continue
            for band, by_share in sorted(bands.items()):
                roles = self._roles(by_share)
                had = self._had(solution, roles, *cell, band)
                yield Shortage(roles, *cell, Axis.BAND if band else None, band, had + sum(by_share.values()), had)

    def _stock(self, cell: tuple[str, Kind]) -> int:
        groups = self.plan.groups
        return sum(group.stock for group in groups if self.plan.candidates[group.places[0]].cell == cell)

    def _had(
        self, solution: Solution, roles: Sequence[TraineeRole], regulation: str, kind: Kind, band: str = ""
    ) -> int:
        """How many items of a cell and band the plan found for these roles."""
        total = 0
        for (number, which), column in self.plan.columns.items():
            one = self.plan.candidates[self.plan.groups[which].places[0]]
            if self._role(number) in roles and one.cell == (regulation, kind) and band in {"", one.band}:
                total += solution.whole(column)
        return total

    def _ranges(self, solution: Solution) -> Iterator[Shortage]:
        """Ranges of levels, subjects and tags that existing items leave below their least."""
        found: Counter[tuple[TraineeRole, Axis, str]] = Counter()
        wanted: Counter[tuple[TraineeRole, Axis, str]] = Counter()
        for number, share in enumerate(self.plan.shares):
            for row, weights in self.plan.weights(number):
                if _is_short_of_values(row):
                    assert row.axis is not None
                    name = (self._role(number), row.axis, row.value)
                    needed = share.forms * row.least
                    found[name] += min(needed, sum(solution.whole(column) for column in weights))
                    wanted[name] += needed
        for (role, axis, value), needed in wanted.items():
            if (had := found[role, axis, value]) < needed:
                yield Shortage((role,), None, None, axis, value, needed, had)

    def _musts(self, solution: Solution) -> Iterator[Shortage]:
        """Must-include groups of which the forms together get too few."""
        missing: Counter[tuple[TraineeRole, str]] = Counter()
        for (number, codes), column in self.musts.items():
            missing[self._role(number), codes] += solution.whole(column)
        for (role, codes), number in missing.items():
            if number:
                needed = sum(
                    share.forms * row.least
                    for which, share in enumerate(self.plan.shares)
                    for row, _ in self.plan.weights(which)
                    if row.sort is Sort.MUST and row.value == codes and self._role(which) == role
                )
                yield Shortage((role,), None, None, None, codes, needed, needed - number)

    def _missing_cases(self, solution: Solution) -> Iterator[Shortage]:
        """Cases of which the forms of a role together get too few."""
        missing: Counter[TraineeRole] = Counter()
        needed: Counter[TraineeRole] = Counter()
        for number, column in self.cases.items():
            share = self.plan.shares[number]
            missing[self._role(number)] += solution.whole(column)
            needed[self._role(number)] += share.forms * self.plan.demands[share.demand].blueprint.cases.least
        for role, number in missing.items():
            if number:
                yield Shortage((role,), None, None, None, CASES, needed[role], needed[role] - number)

    def _role(self, number: int) -> TraineeRole:
        return self.plan.demands[self.plan.shares[number].demand].blueprint.role

    def _roles(self, numbers: Iterable[int]) -> tuple[TraineeRole, ...]:
        return tuple(sorted({self._role(number) for number in numbers}, key=list(TraineeRole).index))


def _values(blueprint: Blueprint, axis: Axis) -> tuple[str, ...]:
    """What an invented item may be on an axis, as far as the blueprint cares."""
    named = tuple(one.value for one in blueprint.on(axis))
    if not named:
        return (ELSE,) if axis is not Axis.TAG else ()
    return CLOSED.get(axis, named if axis is Axis.TAG else (*named, ELSE))
