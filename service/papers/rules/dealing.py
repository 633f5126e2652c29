"""Dealing: every form gets a pool of its own to be fitted from, so that none can take from another.

A pool holds what the plan reserves for the form, which alone keeps every constraint, and an equal part of what is to
spare. Within each group the items lie in order of difficulty and are dealt in turn, so all pools look alike, whichever
class comes first.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.papers.rules.drawing import draw
from service.papers.rules.missing import InfeasibleError
from service.papers.rules.planning import Plan
from service.papers.rules.solver import Model, Solution

# Candidates per place of a form: with six a form is fitted to a few hundredths of a point, with all it takes minutes.
WIDTH = 6


@dataclass(frozen=True, slots=True)
class Hand:
    """What one form is fitted from: the places of its pool, rising by code, and among them a selection that keeps every
    constraint already; ``earlier`` is how many earlier uses that selection has."""

    demand: int
    pool: tuple[int, ...]
    first: frozenset[int]
    earlier: int


def deal(plan: Plan, solution: Solution, seed: int, width: int = WIDTH) -> list[Hand]:
    """A hand for every form, share after share.

    Raises:
        InfeasibleError: the forms of a share cannot be told apart in whole items.
    """
    owners: list[int] = []
    quotas: list[dict[int, int]] = []
    for number, taken in enumerate(plan.taken(solution)):
        parts = _divided(plan, number, taken, seed)
        quotas += parts
        owners += [number] * len(parts)
    pools: list[list[int]] = [[] for _ in quotas]
    firsts: list[set[int]] = [set() for _ in quotas]
    sizes = _cell_sizes(plan)
    for which in range(len(plan.groups)):
        for form, places in _dealt(plan, which, owners, quotas, sizes, width, seed).items():
            pools[form] += places
            wanted = quotas[form].get(which, 0)
            firsts[form] |= {places[(2 * step + 1) * len(places) // (2 * wanted)] for step in range(wanted)}
    return [
        Hand(
            plan.shares[owner].demand,
            tuple(sorted(pool, key=lambda place: plan.candidates[place].code)),
            frozenset(first),
            sum(plan.candidates[place].used for place in first),
        )
        for owner, pool, first in zip(owners, pools, firsts, strict=True)
    ]


def _cell_sizes(plan: Plan) -> dict[tuple[int, object], int]:
    found: dict[tuple[int, object], int] = defaultdict(int)
    for demand, places in enumerate(plan.places):
        for place in places:
            found[demand, plan.candidates[place].cell] += 1
    return found


def _dealt(
    plan: Plan,
    which: int,
    owners: Sequence[int],
    quotas: Sequence[Mapping[int, int]],
    sizes: Mapping[tuple[int, object], int],
    width: int,
    seed: int,
) -> dict[int, list[int]]:
    """The items of one group by form, each form's in order of difficulty."""
    group = plan.groups[which]
    forms = [form for form, owner in enumerate(owners) if (owner, which) in plan.columns]
    if not forms:
        return {}
    cell = plan.candidates[group.places[0]].cell
    spare = len(group.places) - sum(quotas[form].get(which, 0) for form in forms)
    forms.sort(key=lambda form: draw(seed, "turn", form, which))
    tickets = []
    for turn, form in enumerate(forms):
        demand = plan.shares[owners[form]].demand
        most = -(-width * plan.demands[demand].blueprint.cells[cell] * len(group.places) // sizes[demand, cell])
        reserved = quotas[form].get(which, 0)
        if plan.candidates[group.places[0]].case:
            # A case is fitted to no target: what no form reserves is in no pool, or it would be there in part.
            most = reserved
        number = reserved + min(spare // len(forms) + (turn < spare % len(forms)), max(0, most - reserved))
        tickets += _tickets(form, number, seed, which)
    tickets += _tickets(-1, len(group.places) - len(tickets), seed, which)
    tickets.sort()
    found: dict[int, list[int]] = defaultdict(list)
    for (_, _, form), place in zip(tickets, _by_difficulty(plan, group.places, seed), strict=True):
        found[form].append(place)
    found.pop(-1, None)
    return found


def _tickets(form: int, number: int, seed: int, which: int) -> list[tuple[int, int, int]]:
    """Turns of a form in a group, at equal distances from a start that is drawn."""
    start = draw(seed, "start", form, which)
    return [(((step << 48) + start) // number, start, form) for step in range(number)]


def _by_difficulty(plan: Plan, places: Sequence[int], seed: int) -> list[int]:
    def key(place: int) -> tuple[int, int, int]:
        one = plan.candidates[place]
        return one.estimate.difficulty_milli, one.estimate.discrimination_milli, draw(seed, "item", one.code)

    return sorted(places, key=key)


def _divided(plan: Plan, number: int, taken: Mapping[int, int], seed: int) -> list[dict[int, int]]:
    """What a share takes, divided among its forms, form by form and so that the rest can be divided on."""
    rest, parts = dict(taken), []
    for left in range(plan.shares[number].forms, 1, -1):
        one = _one_part(plan, number, rest, left, seed)
        parts.append(one)
        rest = {which: rest[which] - one.get(which, 0) for which in rest}
    return [*parts, rest]


def _one_part(plan: Plan, number: int, rest: Mapping[int, int], left: int, seed: int) -> dict[int, int]:
    model = Model()
    bonds = plan.bonds(number)
    columns = {
        which: model.column(most, lower=least, cost=draw(seed, "part", number, left, which) % 100)
        for which, (least, most) in _bounds(plan, rest, left, alike=not bonds).items()
    }
    for first, other in bonds:
        if first in columns:
            model.row(0, 0, {columns[first]: 1.0, columns[other]: -1.0})
    home = {column: which for (share, which), column in plan.columns.items() if share == number}
    for row, weights in plan.weights(number):
        mine = {columns[home[column]]: 1.0 for column in weights if home[column] in columns}
        whole = sum(rest[home[column]] for column in weights if home[column] in columns)
        least = max(row.least, whole - (left - 1) * row.most)
        most = min(row.most, whole - (left - 1) * row.least)
        if mine or least > 0:
            model.row(least, most, mine)
    solution = model.minimise(gap=float(100 * len(columns)), nodes=1000)
    if solution is None:
        raise InfeasibleError(())
    return {which: solution.whole(column) for which, column in columns.items() if solution.whole(column)}


def _bounds(plan: Plan, rest: Mapping[int, int], left: int, *, alike: bool) -> dict[int, tuple[int, int]]:
    """By group the fewest and the most for one form: as even as can be, but where forms differ by their cases."""
    if alike:
        return {which: (total // left, -(-total // left)) for which, total in rest.items()}
    return {which: (0, min(total, len(plan.groups[which].places))) for which, total in rest.items()}
