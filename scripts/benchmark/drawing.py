"""How others set papers: at random by kind, by regulation and kind, or by regulation, kind and difficulty band."""

import random
from collections import defaultdict
from collections.abc import Callable, Sequence

from scripts.benchmark import items
from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate

Sort = tuple[str, ...]
BY: dict[str, Callable[[Candidate], Sort]] = {
    "random by kind": lambda one: (one.kind,),
    "random by regulation × kind": lambda one: (one.regulation, one.kind),
    "random by full cell": lambda one: (one.regulation, one.kind, one.band),
}


def draw(how: str, plan: Blueprint, candidates: Sequence[Candidate], drawn: random.Random) -> list[Candidate]:
    """One form, drawn without a look at anything but how many items of each sort are wanted."""
    sort = BY[how]
    stock = defaultdict(list)
    for one in candidates:
        if plan.role in one.roles and one.cell in plan.cells:
            stock[sort(one)].append(one)
    return [one for wanted, number in _wanted(plan, stock).items() for one in drawn.sample(stock[wanted], number)]


def _wanted(plan: Blueprint, stock: dict[Sort, list[Candidate]]) -> dict[Sort, int]:
    """How many of each sort: the blueprint's cells, divided among bands as the bank is."""
    by_cell: dict[tuple[str, ...], dict[Sort, int]] = defaultdict(dict)
    for found, members in stock.items():
        for one in members:
            by_cell[one.cell][found] = by_cell[one.cell].get(found, 0) + 1
    wanted: dict[Sort, int] = defaultdict(int)
    for cell, number in plan.cells.items():
        for found, part in items.portions(by_cell[cell], number).items():
            wanted[found] += part
    return wanted
