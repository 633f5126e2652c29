"""Scoring, verdicts and credits: exact, all or nothing, the mark itself included."""

from itertools import combinations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.access.rules.people import TraineeRole
from service.bank.rules.items import CHOSEN, LETTERS, Kind
from service.programme.rules.hours import HOURS, Mode, hours_met
from service.results import rules
from service.results.rules import GROUNDS, MOVES, Pending, ResultState, Standing, Verdict, VoidingState, scoring
from service.sittings.rules.room import CAUSES, TERMINATIONS, Cause, IncidentKind

SETS = ["".join(chosen) for size in range(1, 5) for chosen in combinations(LETTERS, size)]
KEYS = {Kind.SINGLE: list(LETTERS), Kind.MULTIPLE: [one for one in SETS if len(one) > 1], Kind.TRUE_FALSE: ["T", "F"]}
KEYED = st.sampled_from(CHOSEN).flatmap(lambda kind: st.tuples(st.just(kind), st.sampled_from(KEYS[kind])))
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
        (Kind.FILL_IN, "4m/s\n每秒4米", "４M/S", 2),
        (Kind.FILL_IN, "4m/s\n每秒4米", "每秒 4 米", 2),
        (Kind.FILL_IN, "4m/s\n每秒4米", "4", 0),
        (Kind.FILL_IN, "4m/s\n每秒4米", "", 0),
        # Nobody but people says what a text is worth.
        (Kind.WRITTEN, "2 停止作业", "停止作业", 0),
    ],
)
def test_the_whole_key_brings_all_points_and_anything_else_none(kind: Kind, key: str, choice: str, points: int) -> None:
    assert scoring.score(kind, key, choice, 2) == points


@given(KEYED, CHOICES, st.integers(0, 100))
def test_a_score_is_nothing_or_everything(keyed: tuple[Kind, str], choice: str, points: int) -> None:
    kind, key = keyed

    assert scoring.score(kind, key, choice, points) == (points if choice == key else 0)
    assert scoring.score(kind, key, key, points) == points


@given(st.sampled_from(KEYS[Kind.MULTIPLE]), st.sampled_from(SETS).flatmap(st.permutations), st.integers(1, 9))
def test_the_order_in_which_letters_were_ticked_makes_no_difference(key: str, ticked: list[str], points: int) -> None:
    in_order = "".join(sorted(ticked))

    assert scoring.score(Kind.MULTIPLE, key, "".join(ticked), points) == scoring.score(
        Kind.MULTIPLE, key, in_order, points
    )


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


@pytest.mark.parametrize(
    ("pending", "codes"),
    [
        pytest.param(Pending(), [], id="nothing waits"),
        pytest.param(Pending(terminations=2), ["void_undecided"], id="ended, undecided"),
        pytest.param(Pending(cases=1), ["cases_open"], id="a case is open"),
        pytest.param(Pending(signatures=1), ["record_unsigned"], id="a signature is missing"),
        pytest.param(Pending(late_answers=3), ["late_answers_undecided"], id="late answers"),
        pytest.param(Pending(unexplained=1), ["never_held_unexplained"], id="never held, and nobody says why"),
        pytest.param(
            Pending(1, 1, 1, 1),
            ["void_undecided", "cases_open", "record_unsigned", "late_answers_undecided"],
            id="everything",
        ),
    ],
)
def test_results_are_confirmed_when_nothing_waits_and_the_refusal_names_what_does(
    pending: Pending, codes: list[str]
) -> None:
    matters = rules.pending_matters(pending)
    assert [(one.code, one.status) for one in matters] == [(code, 409) for code in codes]
    assert all("{number}" in one.reason and one.values["number"] for one in matters)
    decision = rules.may_confirm(still_open=0, results=1, pending=pending)
    assert decision.code == (codes[0] if codes else "allowed")
    assert rules.may_publish(results=1, undecided=pending.terminations).allowed is (pending.terminations == 0)


@pytest.mark.parametrize(
    ("found", "undecided", "terminated", "void", "valid"),
    [
        pytest.param(Verdict.PASSED, False, False, "allowed", "already_valid", id="passed"),
        pytest.param(Verdict.FAILED, False, False, "allowed", "already_valid", id="failed"),
        pytest.param(Verdict.PASSED, False, True, "allowed", "allowed", id="ended, nothing decided yet"),
        pytest.param(Verdict.VOID, False, False, "already_void", "allowed", id="void"),
        pytest.param(Verdict.PASSED, True, False, "void_proposed", "void_proposed", id="somebody proposed"),
        pytest.param(Verdict.VOID, True, False, "void_proposed", "void_proposed", id="void, and somebody proposed"),
        pytest.param(Verdict.ABSENT, False, False, "nothing_to_void", "nothing_to_void", id="absent"),
        pytest.param(Verdict.REFUSED, False, True, "nothing_to_void", "nothing_to_void", id="refused"),
    ],
)
def test_what_may_be_proposed(found: Verdict, undecided: bool, terminated: bool, void: str, valid: str) -> None:
    codes = [rules.may_propose(found, one, undecided=undecided, terminated=terminated).code for one in Standing]

    assert codes == [void, valid]


@pytest.mark.parametrize("kind", IncidentKind)
def test_a_result_is_void_for_reasons_that_are_reasons(kind: IncidentKind) -> None:
    reason = kind in TERMINATIONS or CAUSES[kind] is Cause.PROCTOR
    assert (kind in GROUNDS) is reason
    assert rules.may_rest_on(Standing.VOID, kind, same_seat=True).code == ("allowed" if reason else "no_reason_to_void")
    assert rules.may_rest_on(Standing.VALID, kind, same_seat=True).allowed
    assert rules.may_rest_on(Standing.VALID, kind, same_seat=False).code == "incident_elsewhere"


@pytest.mark.parametrize("state", VoidingState)
@pytest.mark.parametrize("target", VoidingState)
def test_a_proposal_is_decided_once(state: VoidingState, target: VoidingState) -> None:
    decided = {VoidingState.UPHELD, VoidingState.REJECTED}

    assert rules.may_decide(state, target).allowed is (state is VoidingState.PROPOSED and target in decided)


@pytest.mark.parametrize(
    ("wanted", "state", "settled"),
    [
        (Standing.VOID, VoidingState.PROPOSED, False),
        (Standing.VOID, VoidingState.UPHELD, True),
        (Standing.VOID, VoidingState.REJECTED, True),
        (Standing.VALID, VoidingState.PROPOSED, False),
        (Standing.VALID, VoidingState.UPHELD, True),
        # Who refuses to call it valid has not said that it is void.
        (Standing.VALID, VoidingState.REJECTED, False),
    ],
)
def test_what_settles_whether_a_result_is_void(wanted: Standing, state: VoidingState, settled: bool) -> None:
    assert rules.settles(wanted, state) is settled


@given(st.integers(0, 100), st.integers(1, 100))
def test_whoever_is_voided_and_restored_has_the_verdict_of_before(points: int, pass_points: int) -> None:
    assert rules.verdict_of(Standing.VOID, points, pass_points) is Verdict.VOID
    assert rules.verdict_of(Standing.VALID, points, pass_points) is rules.verdict(points, pass_points)


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
        pytest.param(Verdict.VOID, ENOUGH, "result_void", id="void with all hours"),
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
