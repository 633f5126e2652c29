"""The proof: it recounts every constraint, finds each way to break one, and its 95 % holds the truth in 95 of 100."""

import json
import random
from collections.abc import Callable
from dataclasses import asdict, replace

import pytest

from service.papers.rules import assembly, measures, proving, swapping, targets
from service.papers.rules.blueprint import Axis, Blueprint, MustInclude, Range
from service.papers.rules.candidates import Candidate
from service.papers.rules.measures import Estimate, Source
from service.papers.rules.states import Form
from tests.papers.items import PLAN, keeps, stock

STOCK = stock(5)
TARGET = targets.target_of(PLAN, STOCK)
FORMS = assembly.assemble(PLAN, STOCK, 1, target=TARGET).forms
A, B = list(FORMS[Form.A]), list(FORMS[Form.B])
Change = Callable[[list[Candidate]], list[Candidate]]


def proof_of(first: list[Candidate], second: list[Candidate] = B, plan: Blueprint = PLAN) -> proving.Proof:
    return proving.prove(plan, {Form.A: first, Form.B: second}, TARGET)


def test_a_sound_paper_is_recounted_in_plain_numbers() -> None:
    proof = proof_of(A)
    first = proof.forms["A"]

    assert proof.sound and first.sound
    assert (first.items, first.points, first.measured, first.by_authors) == (50, 100, 0, 50)
    assert sum(first.bands.values()) == sum(first.levels.values()) == 50
    assert first.exposure_after == {"1": 50}
    scores = measures.scores([one.estimate for one in A], [PLAN.points[one.kind] for one in A], 80)
    assert (first.expected_milli, first.passing_milli) == (scores.expected_milli, scores.passing_milli)
    assert proof.difference_milli == first.expected_milli - proof.forms["B"].expected_milli
    assert json.loads(json.dumps(asdict(proof)))["forms"]["A"]["points"] == 100


WORSE: list[tuple[str, Blueprint, Change]] = [
    ("an item short", PLAN, lambda form: form[1:]),
    ("another cell", PLAN, lambda form: [replace(form[0], regulation="elsewhere"), *form[1:]]),
    ("one band too many", replace(PLAN, ranges=(Range(Axis.BAND, "easy", 0, 1),)), lambda form: form),
    ("a must not included", replace(PLAN, must_include=(MustInclude(frozenset({"none"}), 1),)), lambda form: form),
    ("enemies by name", PLAN, lambda form: [replace(one, enemies=frozenset({"x"})) for one in form]),
    ("enemies by code", replace(PLAN, enemies=(frozenset(one.code for one in A[:2]),)), lambda form: form),
    ("used too often", replace(PLAN, exposure_cap=1), lambda form: [replace(form[0], used=1), *form[1:]]),
    ("too many of old", replace(PLAN, overlap_earlier=0), lambda form: [replace(form[0], used=1), *form[1:]]),
]


@pytest.mark.parametrize(("plan", "change"), [pytest.param(*rest, id=name) for name, *rest in WORSE])
def test_the_proof_finds_each_way_in_which_a_form_may_fail_its_blueprint(plan: Blueprint, change: Change) -> None:
    assert proof_of(A).sound

    assert not proof_of(change(A), plan=plan).sound


def test_an_item_in_both_forms_is_found() -> None:
    twin = next(place for place, one in enumerate(B) if one.cell == A[0].cell)
    proof = proof_of(A, [*B[:twin], A[0], *B[twin + 1 :]])

    assert (proof.sound, proof.shared_between_forms) == (False, 1)


def test_measured_items_narrow_what_the_true_difference_may_be() -> None:
    measured = [replace(one, estimate=replace(one.estimate, error_milli=200, source=Source.MEASURED)) for one in A]
    wide, narrow = proof_of(A), proof_of(measured)

    assert narrow.forms["A"].measured == 50
    assert narrow.true_high_milli - narrow.true_low_milli < wide.true_high_milli - wide.true_low_milli
    assert wide.true_low_milli < wide.difference_milli < wide.true_high_milli


@pytest.mark.parametrize("error_milli", [200, 500])
def test_the_true_difference_lies_within_the_bounds_95_times_in_100(error_milli: int) -> None:
    drawn = random.Random(error_milli)
    first, second = (
        [replace(one, estimate=replace(one.estimate, error_milli=error_milli)) for one in form] for form in (A, B)
    )
    proof = proof_of(first, second)
    inside, times = 0, 600
    for _ in range(times):
        true = expected(first, drawn) - expected(second, drawn)
        inside += proof.true_low_milli <= true <= proof.true_high_milli

    assert 0.93 <= inside / times <= 0.975


def expected(form: list[Candidate], drawn: random.Random) -> float:
    """The expected score in milli-points, had each item the difficulty that its error may have hidden."""
    true = [
        Estimate(
            one.estimate.discrimination_milli,
            round(drawn.gauss(one.estimate.difficulty_milli, one.estimate.error_milli)),
            0,
        )
        for one in form
    ]
    chances = measures.expected(true).tolist()
    return sum(PLAN.points[one.kind] * chance for one, chance in zip(form, chances, strict=True)) / 1000


def test_equivalents_keep_every_constraint_and_come_best_first() -> None:
    plan = replace(PLAN, enemies=(frozenset({A[1].code, "law-single-069"}),))
    found = swapping.equivalents(plan, FORMS, Form.A, 1, STOCK, TARGET)

    assert len(found) > 3
    assert [one.deviation_milli for one in found] == sorted(one.deviation_milli for one in found)
    for one in found:
        assert keeps(plan, [one.candidate, *A[1:]])
        proof = proving.prove_form(plan, [one.candidate, *A[1:]], TARGET)
        assert (proof.sound, proof.deviation_milli) == (True, one.deviation_milli)
    chosen = {one.candidate.code for one in found}
    taken = {one.code for one in (*A, *B)}
    others = [one for one in STOCK if one.code not in taken and one.code not in chosen and one.cell == A[0].cell]
    assert not any(keeps(plan, [one, *A[1:]]) for one in others)
    with pytest.raises(IndexError):
        swapping.equivalents(PLAN, FORMS, Form.A, 51, STOCK, TARGET)
