"""Who proctors what: a proposal for one sitting or a whole day, drawn from those whom nothing excludes.

The wishes come one after the other, and none is given up for a later one:

1. every sitting gets as many proctors as the rules of rooms ask for;
2. they come from the exam point's own county, which 三(五) entrusts with proctoring and which is there already;
3. the load is even: of two people the one with fewer sittings so far;
4. what is still open the seed decides, so that nobody can choose, and everybody can draw it again.

Both may come from one office: colleagues know each other's hand, who trains is excluded anyway, and the room is told on
the day. Taking the next best person for each sitting in turn would leave a later one without, so HiGHS decides on all
together: for each wish a small model of whole numbers, with the wishes before it held to what they reached. One thread
and no clock: the same people, sittings and seed give the same proposal.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import combinations

import highspy
import numpy as np

from service.kernel.decision import Decision
from service.kernel.solving import Solver
from service.sittings.rules import phases
from service.sittings.rules.phases import Times

# Seeds are drawn below this.
SEEDS = 2**31
# The seed's costs: large enough that two sums are hardly ever equal, small enough to be exact in the solver.
SEED_COSTS = 100_000


@dataclass(frozen=True, slots=True)
class Post:
    """A sitting that still needs so many proctors, in a county."""

    sitting_id: int
    county: str
    at: Times
    needed: int


@dataclass(frozen=True, slots=True)
class Colleague:
    """Somebody with the proctor's duty: how many sittings so far, and why not in which of the sittings asked about."""

    person_id: int
    county: str
    load: int
    barred: Mapping[int, Decision] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Draw:
    """Who goes where, by sitting, and how many each sitting still lacks."""

    seed: int
    chosen: Mapping[int, tuple[int, ...]]
    lacking: Mapping[int, int]


def draw(posts: Sequence[Post], colleagues: Sequence[Colleague], seed: int) -> Draw:
    """The best allotment by the four wishes; a place stays empty only where nobody is left for it."""
    ordered = sorted(posts, key=lambda one: one.sitting_id)
    pool = sorted(colleagues, key=lambda one: one.person_id)
    pairs = [(one, post) for post in ordered for one in pool if post.sitting_id not in one.barred]
    taken = _solve(ordered, pool, pairs, seed) if pairs else set()
    chosen = {
        post.sitting_id: tuple(sorted(person for person, sitting in taken if sitting == post.sitting_id))
        for post in ordered
    }
    lacking = {post.sitting_id: post.needed - len(chosen[post.sitting_id]) for post in ordered}
    return Draw(seed, chosen, lacking)


def _cost(seed: int, colleague: Colleague, post: Post) -> int:
    drawn = hashlib.sha256(f"{seed}/{post.sitting_id}/{colleague.person_id}".encode()).digest()
    return int.from_bytes(drawn[:4], "big") % SEED_COSTS


Pairs = Sequence[tuple[Colleague, Post]]


def _solve(posts: Sequence[Post], pool: Sequence[Colleague], pairs: Pairs, seed: int) -> set[tuple[int, int]]:
    """The (person, sitting) pairs of the best allotment."""
    model = _model()
    # A column for each pair, one for the empty places of each sitting, one for each further sitting of each person.
    for _ in pairs:
        _add_column(model, 1.0)
    empty = {post.sitting_id: _add_column(model, float(post.needed)) for post in posts}
    turns = {(one.person_id, turn): _add_column(model, 1.0) for one in pool for turn in range(len(posts))}
    _add_rows(model, posts, pool, pairs, empty, turns)
    loads = {one.person_id: one.load for one in pool}
    wishes: list[dict[int, int]] = [
        dict.fromkeys(empty.values(), 1),
        {place: 1 for place, (one, post) in enumerate(pairs) if one.county != post.county},
        {column: loads[person_id] + turn for (person_id, turn), column in turns.items()},
        {place: _cost(seed, one, post) for place, (one, post) in enumerate(pairs)},
    ]
    values = np.zeros(0)
    for wish in wishes:
        values = _minimise(model, wish)
        # From now on nothing may cost more by this wish than it costs here.
        _add_row(model, -highspy.kHighsInf, sum(cost * round(values[column]) for column, cost in wish.items()), wish)
    return {(one.person_id, post.sitting_id) for place, (one, post) in enumerate(pairs) if values[place] > 0.5}


def _add_rows(
    model: highspy.Highs,
    posts: Sequence[Post],
    pool: Sequence[Colleague],
    pairs: Pairs,
    empty: Mapping[int, int],
    turns: Mapping[tuple[int, int], int],
) -> None:
    columns = {(one.person_id, post.sitting_id): place for place, (one, post) in enumerate(pairs)}
    for post in posts:
        there = {place: 1 for (_, sitting), place in columns.items() if sitting == post.sitting_id}
        _add_row(model, post.needed, post.needed, {**there, empty[post.sitting_id]: 1})
    # Nobody is at two places at a time.
    for first, second in combinations(posts, 2):
        if phases.overlap(first.at, second.at):
            for one in pool:
                both = [columns.get((one.person_id, post.sitting_id)) for post in (first, second)]
                if None not in both:
                    _add_row(model, 0, 1, {place: 1 for place in both if place is not None})
    # As many turns as sittings; each further turn costs more than the one before, so they fill up in order.
    for one in pool:
        mine = {place: 1 for (person, _), place in columns.items() if person == one.person_id}
        counted = {column: -1 for (person, _), column in turns.items() if person == one.person_id}
        _add_row(model, 0, 0, {**mine, **counted})


def _model() -> highspy.Highs:
    model = Solver()  # type: ignore[no-untyped-call]
    model.setOptionValue("threads", 1)
    model.setOptionValue("random_seed", 1)
    model.setOptionValue("mip_rel_gap", 0.0)
    model.setOptionValue("mip_abs_gap", 0.5)
    return model


def _minimise(model: highspy.Highs, costs: Mapping[int, int]) -> np.ndarray:
    for column in range(model.getNumCol()):
        model.changeColCost(column, float(costs.get(column, 0)))
    model.run()
    if model.getInfo().primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
        raise RuntimeError("an allotment that may leave every place empty is always possible")
    return np.asarray(model.getSolution().col_value)


def _add_column(model: highspy.Highs, upper: float) -> int:
    column = int(model.getNumCol())
    model.addVar(0.0, upper)
    model.changeColIntegrality(column, highspy.HighsVarType.kInteger)
    return column


def _add_row(model: highspy.Highs, lower: float, upper: float, weights: Mapping[int, int]) -> None:
    columns = np.fromiter(weights, dtype=np.int32, count=len(weights))
    values = np.fromiter(weights.values(), dtype=np.float64, count=len(weights))
    model.addRow(lower, upper, len(columns), columns, values)
