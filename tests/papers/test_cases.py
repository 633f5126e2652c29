"""Cases on papers: whole or not at all, behind everything else and in their order, against trying every paper."""

import itertools
import random
from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

import pytest

from service.access.rules.people import TraineeRole
from service.bank.rules.items import Kind
from service.papers.rules import assembly, blueprint, cases, faults, feasibility, proving, shuffling, swapping, targets
from service.papers.rules.blueprint import Blueprint, Cases, Range
from service.papers.rules.candidates import Candidate, Demand
from service.papers.rules.missing import CASES
from service.papers.rules.shuffling import Shuffle
from service.papers.rules.states import Form
from tests.papers import items
from tests.papers.items import PLAN, item, stock

KINDS = (Kind.SINGLE, Kind.TRUE_FALSE)
CELLS = [("law", Kind.SINGLE), ("law", Kind.TRUE_FALSE), ("rules", Kind.SINGLE)]


def of_case(code: str, parts: Sequence[tuple[str, Kind]], **more: object) -> list[Candidate]:
    """A whole case whose sub-questions stand in these cells."""
    size = len(parts)
    return [
        item(f"{code}-{place}", *cell, 3, case=code, case_place=place, case_size=size, **more)
        for place, cell in enumerate(parts, start=1)
    ]


# --- tiny worlds, small enough to try every paper ---


def tiny(drawn: random.Random) -> tuple[Blueprint, list[Candidate]]:
    """A random blueprint that may take cases, and a bank of items and of cases, some of them not whole."""
    cells = {cell: drawn.randint(1, 3) for cell in drawn.sample(CELLS, drawn.randint(1, 2))}
    alone = [
        item(
            f"T{number}",
            *drawn.choice([*cells, *cells, *CELLS]),
            drawn.choice((2, 3, 4)),
            enemies=frozenset({"x"} if drawn.random() < 0.2 else ()),
            used=drawn.choice((0, 0, 1)),
        )
        for number in range(drawn.randint(6, 10))
    ]
    told = []
    for number in range(drawn.randint(2, 5)):
        parts = [drawn.choice([*cells, *cells, *CELLS]) for _ in range(drawn.randint(2, 3))]
        one = of_case(
            f"C{number}", parts, used=drawn.choice((0, 1)), enemies=frozenset({"x"} if drawn.random() < 0.1 else ())
        )
        # A sub-question that was suspended, or that names another role, or that was used too often.
        fate = drawn.choice(("whole", "whole", "whole", "missing", "role", "cap"))
        if fate == "missing":
            one = one[1:]
        if fate == "role":
            one[0] = replace(one[0], roles=frozenset({TraineeRole.SAFETY_OFFICER}))
        if fate == "cap":
            one[-1] = replace(one[-1], used=2)
        told += one
    plan = Blueprint(
        role=TraineeRole.TEAM_LEADER,
        duration_minutes=90,
        pass_points=1,
        points=PLAN.points,
        cells=cells,
        exposure_cap=2,
        cases=drawn.choice((Cases(), Cases(0, 1), Cases(1, 1), Cases(1, 2), Cases(1, 2))),
    )
    return plan, [*alone, *told]


def every_form(plan: Blueprint, bank: Sequence[Candidate]) -> list[tuple[Candidate, ...]]:
    """All forms that keep the blueprint and tear no case, by trying."""
    open_to_use = [one for one in bank if plan.role in one.roles and one.used < 2]
    sizes = Counter(one.case for one in bank if one.case)
    found = []
    for chosen in itertools.combinations(open_to_use, plan.items):
        met = Counter(one.case for one in chosen if one.case)
        whole = all(number == one.case_size for one in chosen if one.case for number in [met[one.case]])
        if whole and plan.cases.least <= len(met) <= plan.cases.most and items.keeps(plan, chosen):
            found.append(chosen)
    assert sizes or not bank
    return found


def fewest_uses(plan: Blueprint, bank: Sequence[Candidate]) -> int | None:
    forms = every_form(plan, bank)
    uses = [
        sum(one.used for one in (*first, *second))
        for first, second in itertools.combinations(forms, 2)
        if not {one.code for one in first} & {one.code for one in second}
    ]
    return min(uses, default=None)


def test_whatever_the_bank_two_forms_with_whole_cases_are_found_exactly_when_there_are_two() -> None:
    found = {True: 0, False: 0}
    taken: Counter[int] = Counter()
    for seed in range(300):
        plan, bank = tiny(random.Random(seed))
        fewest = fewest_uses(plan, bank)
        found[fewest is not None] += 1

        assert (seed, feasibility.overlap_bound([Demand(plan)], bank)) == (seed, fewest)
        if fewest is None:
            continue
        target = targets.target_of(plan, bank)
        for mode in assembly.Mode:
            assembled = assembly.assemble(plan, bank, seed, target=target, mode=mode)
            items.require_sound(plan, assembled.forms)
            for chosen in assembled.forms.values():
                require_cases(plan, chosen)
                taken[len({one.case for one in chosen if one.case})] += 1
            assert (seed, assembled.uses) == (seed, fewest)
            assert proving.prove(plan, assembled.forms, target).sound
    assert min(found.values()) > 20 and min(taken[0], taken[1]) > 20, "all of it must have been tried"


def require_cases(plan: Blueprint, chosen: Sequence[Candidate]) -> None:
    """Cases stand whole, as many as are asked for, at the end, and each in the order of its sub-questions."""
    told = [one for one in chosen if one.case]
    assert list(chosen)[len(chosen) - len(told) :] == told
    runs = [list(found) for _, found in itertools.groupby(told, key=lambda one: one.case)]
    assert plan.cases.least <= len(runs) <= plan.cases.most
    for run in runs:
        assert [one.case_place for one in run] == list(range(1, run[0].case_size + 1))


def test_many_classes_together_get_whole_cases_and_share_nothing_where_the_bank_has_enough() -> None:
    plan = replace(PLAN, ranges=(), cases=Cases(1, 2))
    bank = [*stock(8, plan), *(one for number in range(20) for one in _varied(number))]
    target = targets.target_of(plan, bank)

    ((*classes,),) = assembly.assemble_all([Demand(plan, 8)], bank, 7, targets=[target])

    assert len(classes) == 4
    for assembled in classes:
        items.require_sound(plan, assembled.forms)
        for chosen in assembled.forms.values():
            require_cases(plan, chosen)
    codes = [one.code for assembled in classes for chosen in assembled.forms.values() for one in chosen]
    assert len(set(codes)) == len(codes)


def _varied(number: int) -> list[Candidate]:
    cells = list(PLAN.cells)
    drawn = random.Random(number)
    return of_case(f"C{number:02d}", [drawn.choice(cells) for _ in range(drawn.randint(2, 6))])


def test_the_seed_draws_which_cases_come() -> None:
    plan = replace(PLAN, ranges=(), cases=Cases(1, 1))
    bank = [*stock(5, plan), *(one for number in range(8) for one in _varied(number))]
    target = targets.target_of(plan, bank)

    def case_of(seed: int) -> str:
        forms = assembly.assemble(plan, bank, seed, target=target, mode=assembly.Mode.QUICK).forms
        (code,) = {one.case for one in forms[Form.A] if one.case}
        return code

    drawn = [case_of(seed) for seed in range(12)]

    assert len(set(drawn)) >= 4
    assert case_of(3) == drawn[3]


def test_without_cases_in_the_blueprint_the_paper_is_what_it_was_before_there_were_any() -> None:
    plan, bank = replace(PLAN, ranges=()), stock(5)
    cased = [*bank, *(one for number in range(6) for one in _varied(number))]
    before = assembly.assemble(plan, bank, 11, target=targets.target_of(plan, bank), mode=assembly.Mode.QUICK)
    after = assembly.assemble(plan, cased, 11, target=targets.target_of(plan, cased), mode=assembly.Mode.QUICK)

    assert before == after


# --- what is missing ---


def test_cases_that_are_missing_are_named_as_such() -> None:
    plan = replace(PLAN, ranges=(), cases=Cases(2, 3))
    bank = [*stock(5, plan), *_varied(0), *_varied(1)[1:]]

    judged = feasibility.judge([Demand(plan)], bank)

    (gap,) = judged.shortages
    assert (gap.value, gap.needed, gap.available, gap.kind, gap.axis) == (CASES, 4, 1, None, None)
    assert judged.missing == 3


def test_a_case_too_large_for_the_cells_does_not_count() -> None:
    plan = replace(PLAN, cells={("law", Kind.SINGLE): 2}, ranges=(), cases=Cases(1, 1))
    bank = [*(item(f"S{number}", "law", Kind.SINGLE, 3) for number in range(9))]
    bank += of_case("BIG", [("law", Kind.SINGLE)] * 3) + of_case("FIT", [("law", Kind.SINGLE)] * 2)

    judged = feasibility.judge([Demand(plan)], bank)

    assert [(one.value, one.needed, one.available) for one in judged.shortages] == [(CASES, 2, 1)]


# --- swapping, proof, order of a seat ---


def test_an_item_of_a_case_is_never_swapped_alone_and_none_takes_the_place_of_another() -> None:
    plan = replace(PLAN, ranges=(), cases=Cases(1, 1))
    bank = [*stock(5, plan), *(one for number in range(4) for one in _varied(number))]
    target = targets.target_of(plan, bank)
    forms = assembly.assemble(plan, bank, 1, target=target, mode=assembly.Mode.QUICK).forms

    for position, one in enumerate(forms[Form.A], start=1):
        found = swapping.equivalents(plan, forms, Form.A, position, bank, target)
        assert cases.may_swap(one.case).allowed is not bool(one.case)
        assert bool(found) is not bool(one.case)
        assert not any(other.candidate.case for other in found)


@pytest.mark.parametrize(
    ("change", "broken"),
    [
        pytest.param(lambda form: form, (), id="as it was assembled"),
        pytest.param(lambda form: form[:-1], ("case X",), id="a sub-question is missing"),
        pytest.param(lambda form: [*form[:-2], form[-1], form[-2]], ("case X",), id="out of order"),
        pytest.param(lambda form: [form[-1], *form[:-1]], ("case X",), id="apart"),
        pytest.param(lambda form: form[:-2], ("cases 0",), id="fewer than the blueprint asks for"),
    ],
)
def test_the_proof_names_cases_that_do_not_stand_whole(change: object, broken: tuple[str, ...]) -> None:
    plan = replace(PLAN, cells={("law", Kind.SINGLE): 4}, ranges=(), cases=Cases(1, 1))
    form = [*(item(f"S{number}", "law", Kind.SINGLE, 3) for number in range(2))]
    form += of_case("X", [("law", Kind.SINGLE)] * 2)
    target = targets.target_of(plan, [*form, *stock(2, plan), *of_case("Y", [("law", Kind.SINGLE)] * 2)])

    proof = proving.prove_form(plan, change(form), target)  # type: ignore[operator]

    assert proof.broken == broken


def test_a_proof_of_a_form_without_cases_is_stored_as_it_was_before_there_were_any() -> None:
    plan = replace(PLAN, cells={("law", Kind.SINGLE): 2}, ranges=())
    bank = stock(3, plan)
    proof = proving.prove_form(plan, bank[:2], targets.target_of(plan, bank))

    assert "cases" not in proving.plain(proof)
    assert proving.plain(replace(proof, cases=1))["cases"] == 1


def test_a_seat_sees_cases_at_the_end_in_their_order_and_only_their_options_mixed() -> None:
    asked = [(position, Kind.SINGLE, tuple("ABCD")) for position in range(1, 13)]
    cased = frozenset({10, 11, 12})
    seen = [shuffling.laid_out(Shuffle("seed", True, True), seat, asked, cased) for seat in range(20)]

    assert all([position for position, _ in one[-3:]] == [10, 11, 12] for one in seen)
    assert len({tuple(position for position, _ in one[:-3]) for one in seen}) > 15
    assert len({letters for one in seen for position, letters in one if position == 11}) > 10


# --- blueprints ---

RAW = {
    "role": "team_leader",
    "duration_minutes": 90,
    "pass_points": 80,
    "points": {"single": 2, "multiple": 3, "true_false": 1},
    "cells": {"law": {"single": 50}},
}


def test_a_blueprint_that_says_nothing_of_cases_keeps_the_digest_that_it_had() -> None:
    assert blueprint.digest_of(blueprint.parse(RAW)) == (
        "8156d0d6c42d6988bfd7e1bb98a641d34e02affb3779c4b073f09365d3965733"
    )
    assert blueprint.digest_of(blueprint.parse({**RAW, "cases": {"least": 0, "most": 0}})) == blueprint.digest_of(
        blueprint.parse(RAW)
    )
    assert blueprint.digest_of(blueprint.parse({**RAW, "cases": {"least": 0, "most": 1}})) != blueprint.digest_of(
        blueprint.parse(RAW)
    )


@pytest.mark.parametrize(
    ("said", "sound"),
    [
        pytest.param({"least": 1, "most": 2}, True, id="a range"),
        pytest.param({"most": 2}, True, id="up to"),
        pytest.param({"least": 2, "most": 1}, False, id="upside down"),
        pytest.param({"least": 0, "most": 11}, False, id="too many"),
        pytest.param({"least": 26, "most": 30}, False, id="more than the form can hold"),
    ],
)
def test_how_many_cases_a_blueprint_may_ask_for(said: dict[str, int], sound: bool) -> None:
    found = [one for one in faults.faults_of(blueprint.parse({**RAW, "cases": said})) if one.field == "cases"]

    assert (not found) is sound


@pytest.mark.parametrize("said", [{"least": -1}, {"most": 1.5}, {"some": 1}, [1, 2], {"least": True}])
def test_what_cannot_be_read_is_no_blueprint(said: object) -> None:
    with pytest.raises(blueprint.UnreadableError):
        blueprint.parse({**RAW, "cases": said})


def test_ranges_count_the_sub_questions_like_any_item() -> None:
    plan = replace(PLAN, cells={("law", Kind.SINGLE): 3}, ranges=(Range(blueprint.Axis.LEVEL, "apply", 2, 2),))
    plan = replace(plan, cases=Cases(1, 1))
    alone = [item(f"S{number}", "law", Kind.SINGLE, 3) for number in range(4)]
    applied = [one for name in ("X", "Y") for one in of_case(name, [("law", Kind.SINGLE)] * 2, level="apply")]

    assert feasibility.judge([Demand(plan)], [*alone, *applied]).feasible
    assert not feasibility.judge([Demand(plan)], [*alone, *of_case("X", [("law", Kind.SINGLE)] * 2)]).feasible
