"""Feasibility: what a bank gives is found exactly, what it lacks is the fewest items, against trying every paper."""

import itertools
import random
from dataclasses import replace

import pytest

from service.access.rules.people import TraineeRole
from service.bank.rules.items import Kind
from service.papers.rules import assembly, feasibility, targets
from service.papers.rules.blueprint import Axis, Band, Blueprint, MustInclude, Range
from service.papers.rules.candidates import Candidate, Demand
from service.papers.rules.feasibility import InfeasibleError, Shortage
from tests.papers import items
from tests.papers.items import PLAN, item, stock

TINY = range(150)


def test_whatever_the_bank_two_forms_are_found_exactly_when_there_are_two() -> None:
    found = {True: 0, False: 0}
    for seed in TINY:
        plan, bank = items.tiny(random.Random(seed))
        fewest = items.fewest_uses(plan, bank)
        found[fewest is not None] += 1

        assert (seed, feasibility.overlap_bound([Demand(plan)], bank)) == (seed, fewest)
        if fewest is not None:
            assembled = assembly.assemble(plan, bank, seed, target=targets.target_of(plan, bank))
            items.require_sound(plan, assembled.forms)
            assert assembled.least_uses == fewest
            # Where the blueprint allows some overlap, the target comes before the last repeated item.
            assert assembled.uses == fewest or (plan.overlap_earlier is not None and assembled.uses > fewest)
    assert min(found.values()) > 20, "both must have been tried"


DIFFICULTIES = {"": (2, 3, 4), Band.EASY: (2,), Band.MEDIUM: (3,), Band.HARD: (4,)}


def possible_with(plan: Blueprint, bank: list[Candidate], asked: list[Shortage]) -> bool:
    """Whether items as asked for, of some band where none is named, make two forms possible."""
    choices = itertools.product(*(DIFFICULTIES[gap.value] for gap in asked))  # type: ignore[index]
    return any(
        items.fewest_uses(
            plan,
            [
                *bank,
                *(item(f"N{n}", *cell_of(gap), hard) for n, (gap, hard) in enumerate(zip(asked, chosen, strict=True))),
            ],
        )
        is not None
        for chosen in choices
    )


def cell_of(gap: Shortage) -> tuple[str, Kind]:
    assert gap.regulation is not None and gap.kind is not None
    return gap.regulation, gap.kind


def test_writing_exactly_the_missing_items_makes_it_possible_and_one_less_does_not() -> None:
    """Only cells, bands and enemies here, so that a shortage says all that the new items must be."""
    tried = 0
    for seed in range(150):
        plan, bank = items.tiny(random.Random(seed))
        plan = replace(plan, ranges=plan.on(Axis.BAND), must_include=(), overlap_earlier=None)
        bank = bank[:6]
        if items.fewest_uses(plan, bank) is not None:
            continue
        judged = feasibility.judge([Demand(plan)], bank)
        asked = [gap for gap in judged.shortages for _ in range(gap.missing)]
        assert not judged.feasible and judged.missing == len(asked) > 0
        if len(asked) > 3:
            continue
        tried += 1

        assert (seed, possible_with(plan, bank, asked)) == (seed, True)
        for left_out in range(len(asked)):
            assert not possible_with(plan, bank, asked[:left_out] + asked[left_out + 1 :])
    assert tried > 30


@pytest.mark.parametrize(
    ("change", "shortages"),
    [
        pytest.param({}, (), id="none"),
        pytest.param(
            {"ranges": (Range(Axis.LEVEL, "apply", 3, 50),)},
            [(None, None, Axis.LEVEL, "apply", 6, 0)],
            id="a level nobody wrote for",
        ),
        pytest.param(
            {"must_include": (MustInclude(frozenset({"law-single-000"}), 1),)},
            [(None, None, None, "law-single-000", 2, 1)],
            id="one item for two forms",
        ),
    ],
)
def test_what_is_missing_is_named(change: dict[str, object], shortages: list[tuple[object, ...]]) -> None:
    plan = replace(PLAN, **{"ranges": (), **change})  # type: ignore[arg-type]
    judged = feasibility.judge([Demand(plan)], stock(5))

    named = [(one.regulation, one.kind, one.axis, one.value, one.needed, one.available) for one in judged.shortages]
    assert [one for one in named if one[0] is None] == list(shortages)
    assert judged.feasible is (not shortages)


def test_a_cell_and_band_are_named_with_what_is_needed_and_what_there_is() -> None:
    plan = replace(PLAN, cells={("law", Kind.MULTIPLE): 2}, ranges=(Range(Axis.BAND, Band.HARD, 2, 2),))
    bank = [item(f"E{number}", "law", Kind.MULTIPLE, 2) for number in range(9)] + [item("H", "law", Kind.MULTIPLE, 5)]

    judged = feasibility.judge([Demand(plan)], bank)

    assert judged.shortages == (
        Shortage((TraineeRole.TEAM_LEADER,), "law", Kind.MULTIPLE, Axis.BAND, Band.HARD, needed=4, available=1),
    )
    assert (judged.missing, judged.least_cap, judged.overlap_bound) == (3, None, None)


def test_roles_that_share_items_are_judged_together() -> None:
    """Role by role ten items are enough for each; together twelve are needed."""
    roles = (TraineeRole.TEAM_LEADER, TraineeRole.SAFETY_OFFICER, TraineeRole.SAFETY_DEPUTY)
    plans = [replace(PLAN, role=role, cells={("law", Kind.SINGLE): 2}, ranges=(), exposure_cap=1) for role in roles]
    bank = [item(f"S{number}", "law", Kind.SINGLE, 3) for number in range(10)]

    assert all(feasibility.judge([Demand(plan)], bank).feasible for plan in plans)
    judged = feasibility.judge([Demand(plan) for plan in plans], bank)

    assert {one.regulation for one in judged.shortages} == {"law"}
    assert judged.missing == sum(one.missing for one in judged.shortages) == 2
    assert judged.least_cap == 2
    assert judged.most_forms == dict.fromkeys(roles, 1)


def test_the_most_forms_the_least_cap_and_the_overlap_are_exact_where_they_can_be_counted() -> None:
    """Ten items, two a form: five forms without a second use; ten forms use every item twice."""
    plan = replace(PLAN, cells={("law", Kind.SINGLE): 2}, ranges=())
    bank = [item(f"S{number}", "law", Kind.SINGLE, 3) for number in range(10)]

    judged = feasibility.judge([Demand(plan, 10)], bank)

    assert judged.feasible
    assert judged.most_forms == {plan.role: 5}
    assert (judged.least_cap, judged.overlap_bound) == (2, 10)


def test_a_blueprint_that_contradicts_itself_is_not_taken_for_a_shortage() -> None:
    plan = replace(PLAN, ranges=(Range(Axis.REGULATION, "law", 0, 3),))

    with pytest.raises(InfeasibleError) as refusal:
        feasibility.judge([Demand(plan)], stock(5))

    assert refusal.value.shortages == ()
