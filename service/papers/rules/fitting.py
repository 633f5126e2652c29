"""Fitting one form to the target from its pool: first by swaps of two items, then by a small model to a tolerance."""

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from service.papers.rules.candidates import Candidate
from service.papers.rules.measures import MILLION, Integers
from service.papers.rules.rows import Row
from service.papers.rules.solver import INFINITY, Model

# In millionths of a point: so the expected scores of all papers of a role stay within a tenth of a point. Half of it
# takes four times as long, and the error of the estimates is many times larger.
TOLERANCE = 60_000
NODES = 2_000
SWEEPS = 60


@dataclass(frozen=True, slots=True)
class Table:
    """A pool as numbers: what each item adds to the nine sums, the rows over the pool, and the cell of each item.

    ``fixed`` are items of cases: a pool holds only those that its form was given, and they stay.
    """

    worth: Integers
    target: Integers
    rows: tuple[Row, ...]
    used: tuple[int, ...]
    cells: tuple[int, ...]
    fixed: frozenset[int] = frozenset()

    def deviation(self, chosen: Sequence[int]) -> int:
        """The largest distance from the target over the nine sums, in millionths."""
        return int(np.abs(self.worth[list(chosen)].sum(axis=0) - self.target).max())


def table_of(candidates: Sequence[Candidate], worth: Integers, target: Integers, rows: Sequence[Row]) -> Table:
    """The table of a pool; ``rows`` count its items by their place in it."""
    names = {cell: number for number, cell in enumerate(sorted({one.cell for one in candidates}))}
    used = tuple(one.used for one in candidates)
    fixed = frozenset(place for place, one in enumerate(candidates) if one.case)
    return Table(worth, target, tuple(rows), used, tuple(names[one.cell] for one in candidates), fixed)


class Search:
    """Swaps within a cell that keep every row, the best one for each item in turn, until none helps any more."""

    def __init__(self, table: Table, first: Sequence[int], earlier: int) -> None:
        self.table, self.earlier = table, earlier
        self.chosen = sorted(first)
        inside = set(first)
        self.spare = {
            cell: [one for one, its in enumerate(table.cells) if its == cell and one not in inside]
            for cell in set(table.cells)
        }
        self.off = table.worth[self.chosen].sum(axis=0) - table.target
        self.member: list[set[int]] = [set() for _ in table.cells]
        for number, row in enumerate(table.rows):
            for one in row.members:
                self.member[one].add(number)
        self.counts = [len(inside.intersection(row.members)) for row in table.rows]
        self.uses = sum(table.used[one] for one in first)

    def run(self) -> list[int]:
        """The best selection found, by the sum of squares first and then by the largest distance."""
        self._part_enemies()
        for largest in (False, True):
            for _ in range(SWEEPS):
                improved = [self._improve(number, largest=largest) for number in range(len(self.chosen))]
                if not any(improved):
                    break
        return sorted(self.chosen)

    def _part_enemies(self) -> None:
        """Swap out enemies that the deal brought together: where many forms are planned at once, no plan parts them."""
        for number, out in enumerate(self.chosen):
            crowded = any(self.counts[row] > self.table.rows[row].most for row in self.member[out])
            if crowded and out not in self.table.fixed:
                spare = self.spare[self.table.cells[out]]
                after = self.table.worth[spare] + (self.off - self.table.worth[out])
                order = np.argsort(self._size(after, largest=False), kind="stable").tolist()
                best = next((one for one in order if self._legal(out, spare[one])), None)
                if best is not None:
                    self._swap(number, best, after[best])

    def _improve(self, number: int, *, largest: bool) -> bool:
        out = self.chosen[number]
        spare = self.spare[self.table.cells[out]]
        if not spare or out in self.table.fixed:
            return False
        after = self.table.worth[spare] + (self.off - self.table.worth[out])
        before = self._size(self.off[None, :], largest=largest)[0]
        sizes = self._size(after, largest=largest)
        for best in np.argsort(sizes, kind="stable").tolist():
            if sizes[best] >= before:
                return False
            if self._legal(out, spare[best]):
                self._swap(number, best, after[best])
                return True
        return False

    @staticmethod
    def _size(off: Integers, *, largest: bool) -> Integers:
        found: Integers = np.abs(off).max(axis=1) if largest else (off * off).sum(axis=1)
        return found

    def _legal(self, out: int, into: int) -> bool:
        left, joined = self.member[out] - self.member[into], self.member[into] - self.member[out]
        return (
            self.uses - self.table.used[out] + self.table.used[into] <= self.earlier
            and all(self.counts[row] > self.table.rows[row].least for row in left)
            and all(self.counts[row] < self.table.rows[row].most for row in joined)
        )

    def _swap(self, number: int, which: int, off: Integers) -> None:
        out = self.chosen[number]
        spare = self.spare[self.table.cells[out]]
        into = spare[which]
        for row in self.member[out]:
            self.counts[row] -= 1
        for row in self.member[into]:
            self.counts[row] += 1
        self.uses += self.table.used[into] - self.table.used[out]
        self.chosen[number], spare[which], self.off = into, out, off


@dataclass(frozen=True, slots=True)
class Fitted:
    """Places in the pool, their deviation and a bound below which no selection from the pool could come, in
    millionths."""

    chosen: tuple[int, ...]
    deviation: int
    bound: int


def quick(table: Table, first: Sequence[int], earlier: int) -> Fitted:
    """The selection that swaps reach from ``first``."""
    chosen = Search(table, first, earlier).run()
    return Fitted(tuple(chosen), table.deviation(chosen), 0)


def full(table: Table, first: Sequence[int], earlier: int, tolerance: int = TOLERANCE, nodes: int = NODES) -> Fitted:
    """The selection within ``tolerance`` of the best one, from where swaps ended; never worse than theirs."""
    begun = quick(table, first, earlier)
    if begun.deviation <= tolerance:
        return begun
    return _modelled(table, begun, earlier, tolerance, nodes)


def _modelled(table: Table, begun: Fitted, earlier: int, tolerance: int, nodes: int) -> Fitted:
    alike = _alike(table)
    inside = set(begun.chosen)
    model = Model()
    columns = [model.column(len(places), lower=len(places) if places[0] in table.fixed else 0.0) for places in alike]
    worst = model.column(begun.deviation / MILLION, cost=1.0, integer=False)
    home = {place: column for places, column in zip(alike, columns, strict=True) for place in places}
    for row in table.rows:
        model.row(row.least, row.most, {home[place]: 1.0 for place in row.members})
    if any(table.used):
        model.row(0, earlier, {column: float(table.used[one[0]]) for one, column in zip(alike, columns, strict=True)})
    worths = table.worth[[places[0] for places in alike]] / MILLION
    for number, wanted in enumerate((table.target / MILLION).tolist()):
        weights = dict(zip(columns, worths[:, number].tolist(), strict=True))
        model.row(-INFINITY, wanted, {**weights, worst: -1.0})
        model.row(wanted, INFINITY, {**weights, worst: 1.0})
    start = [*(float(len(inside.intersection(places))) for places in alike), begun.deviation / MILLION]
    solution = model.minimise(gap=tolerance / MILLION, nodes=nodes, start=start)
    if solution is None:
        return begun
    chosen = sorted(
        place for places, column in zip(alike, columns, strict=True) for place in places[: solution.whole(column)]
    )
    bound = max(0, int(solution.bound * MILLION))
    found = Fitted(tuple(chosen), table.deviation(chosen), bound)
    return found if found.deviation < begun.deviation else Fitted(begun.chosen, begun.deviation, bound)


def _alike(table: Table) -> list[list[int]]:
    """Items that nothing in the model tells apart, together: in a bank of authors' ratings there are many."""
    rows = defaultdict(list)
    for number, row in enumerate(table.rows):
        for place in row.members:
            rows[place].append(number)
    found = defaultdict(list)
    for place, worth in enumerate(table.worth.tolist()):
        found[tuple(worth), tuple(rows[place]), table.used[place], place in table.fixed].append(place)
    return list(found.values())
