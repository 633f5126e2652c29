"""Scoring, verdicts and credits: exact, all or nothing, the mark itself included."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.rules.people import TraineeRole
from service.bank.rules.items import LETTERS, Kind
from service.programme.rules.hours import HOURS, Mode, hours_met
from service.results import rules
from service.results.rules import MOVES, ResultState, Verdict

SETS = ["".join(chosen) for size in range(1, 5) for chosen in combinations(LETTERS, size)]
KEYS = {Kind.SINGLE: list(LETTERS), Kind.MULTIPLE: [one for one in SETS if len(one) > 1], Kind.TRUE_FALSE: ["T", "F"]}
KEYED = st.sampled_from(Kind).flatmap(lambda kind: st.tuples(st.just(kind), st.sampled_from(KEYS[kind])))
CHOICES = st.sampled_from(["", "T", "F", *SETS])


@pytest.mark.parametrize(
    ("kind", "key", "choice", "points"),
    [
        (Kind.SINGLE, "B", "B", 2),
        (Kind.SINGLE, "B", "A", 0),
        (Kind.SINGLE, "B", "", 0),
        (Kind.SINGLE, "B", "BC", 0),
        (Kind.MULTIPLE, "ABD", "ABD", 2),
        (Kind.MULTIPLE, "ABD", "AB", 0),
        (Kind.MULTIPLE, "ABD", "ABCD", 0),
        (Kind.MULTIPLE, "ABD", "C", 0),
        (Kind.MULTIPLE, "ABD", "", 0),
        (Kind.TRUE_FALSE, "T", "T", 2),
        (Kind.TRUE_FALSE, "T", "F", 0),
        (Kind.TRUE_FALSE, "T", "", 0),
    ],
)
def test_the_whole_key_brings_all_points_and_anything_else_none(kind: Kind, key: str, choice: str, points: int) -> None:
    assert rules.score(kind, key, choice, 2) == points


@given(KEYED, CHOICES, st.integers(0, 100))
def test_a_score_is_nothing_or_everything(keyed: tuple[Kind, str], choice: str, points: int) -> None:
    kind, key = keyed

    assert rules.score(kind, key, choice, points) == (points if choice == key else 0)
    assert rules.score(kind, key, key, points) == points


@given(st.sampled_from(KEYS[Kind.MULTIPLE]), st.sampled_from(SETS).flatmap(st.permutations), st.integers(1, 9))
def test_the_order_in_which_letters_were_ticked_makes_no_difference(key: str, ticked: list[str], points: int) -> None:
    in_order = "".join(sorted(ticked))

    assert rules.score(Kind.MULTIPLE, key, "".join(ticked), points) == rules.score(Kind.MULTIPLE, key, in_order, points)


@pytest.mark.parametrize(("points", "passed"), [(0, False), (79, False), (80, True), (81, True), (100, True)])
def test_the_pass_mark_itself_passes(points: int, passed: bool) -> None:
    assert rules.verdict(points, 80) is (Verdict.PASSED if passed else Verdict.FAILED)


def test_the_moves_of_a_result_are_these_and_no_others() -> None:
    assert set(MOVES) == set(ResultState)
    pairs = {(state, target) for state in ResultState for target in ResultState}
    assert {pair for pair in pairs if rules.may_move(*pair).allowed} == {
        (ResultState.MARKED, ResultState.CONFIRMED),
        # A late answer that two people accepted: what was confirmed was something else.
        (ResultState.CONFIRMED, ResultState.MARKED),
        (ResultState.CONFIRMED, ResultState.PUBLISHED),
    }


@pytest.mark.parametrize(
    ("still_open", "results", "code"),
    [(0, 0, "nothing_to_confirm"), (0, 1, "allowed"), (1, 5, "sitting_not_over"), (1, 0, "sitting_not_over")],
)
def test_results_are_confirmed_when_nobody_sits_any_more(still_open: int, results: int, code: str) -> None:
    assert rules.may_confirm(still_open=still_open, results=results).code == code


ENOUGH = {Mode.ONLINE: 8, Mode.OFFLINE_THEORY: 9, Mode.PRACTICAL: 3}


@pytest.mark.parametrize(
    ("verdict", "attended", "code"),
    [
        pytest.param(Verdict.PASSED, ENOUGH, "allowed", id="passed with all hours"),
        pytest.param(Verdict.PASSED, {**ENOUGH, Mode.PRACTICAL: 2}, "hours_short", id="passed, practice missing"),
        pytest.param(Verdict.PASSED, {}, "hours_short", id="passed without any hour"),
        pytest.param(Verdict.FAILED, ENOUGH, "not_passed", id="failed with all hours"),
        pytest.param(Verdict.FAILED, {}, "not_passed", id="failed without any hour"),
        pytest.param(Verdict.ABSENT, ENOUGH, "not_passed", id="absent with all hours"),
        pytest.param(Verdict.REFUSED, ENOUGH, "not_passed", id="refused with all hours"),
    ],
)
def test_hours_turn_valid_for_whoever_took_part_and_passed(
    verdict: Verdict, attended: dict[Mode, int], code: str
) -> None:
    assert rules.may_credit(verdict, hours_met(TraineeRole.TEAM_LEADER, attended)).code == code


def test_the_hours_that_a_passed_exam_brings() -> None:
    assert {role: needed.total for role, needed in HOURS.items()} == {
        TraineeRole.SAFETY_DEPUTY: 15,
        TraineeRole.SAFETY_OFFICER: 15,
        TraineeRole.TEAM_LEADER: 20,
    }
