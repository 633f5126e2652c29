"""When a text has its points, who may give them, and what a text is called: the rules alone."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.results.rules import written
from service.results.rules.written import Settled

LIMIT = 20
MARKS = st.integers(0, 20)


@pytest.mark.parametrize(
    ("marks", "third", "settled"),
    [
        pytest.param([], False, None, id="nobody has marked it"),
        pytest.param([7], False, None, id="one has"),
        pytest.param([7, 7], False, (Settled.AGREED, 7), id="two agree"),
        pytest.param([7, 8], False, (Settled.AGREED, 8), id="half a point is the candidate's"),
        pytest.param([8, 7], False, (Settled.AGREED, 8), id="whoever came first"),
        pytest.param([6, 8], False, (Settled.AGREED, 7), id="as far apart as the limit"),
        pytest.param([5, 8], False, None, id="further apart"),
        pytest.param([5, 8], True, None, id="which was found"),
        pytest.param([7, 7], True, None, id="and stays found, whatever the limit is now"),
        pytest.param([5, 8, 2], True, (Settled.THIRD, 2), id="the third decides, beyond both"),
        pytest.param([5, 8, 8], True, (Settled.THIRD, 8), id="or with one of them"),
    ],
)
def test_when_a_text_has_its_points(marks: list[int], third: bool, settled: tuple[Settled, int] | None) -> None:
    assert written.settle(marks, 10, LIMIT, third=third) == settled


@pytest.mark.parametrize(
    ("apart", "most", "limit", "far"),
    [
        pytest.param(2, 10, 20, False, id="exactly the limit"),
        pytest.param(3, 10, 20, True, id="one more"),
        pytest.param(1, 4, 20, True, id="of a small question every point is far"),
        pytest.param(0, 4, 0, False, id="no difference is never too far"),
        pytest.param(1, 4, 0, True, id="where none is allowed"),
        pytest.param(20, 20, 100, False, id="where any is"),
    ],
)
def test_when_two_marks_are_too_far_apart(apart: int, most: int, limit: int, far: bool) -> None:
    assert written.far_apart(0, apart, most, limit) is far
    assert written.far_apart(apart, 0, most, limit) is far


@given(MARKS, MARKS)
def test_the_mean_lies_between_the_two_and_is_never_below_the_exact_one(first: int, second: int) -> None:
    found = written.mean(first, second)

    assert min(first, second) <= found <= max(first, second)
    assert 0 <= 2 * found - (first + second) <= 1
    assert found == written.mean(second, first)


@given(st.lists(MARKS, max_size=3), st.integers(0, 100))
def test_as_many_marks_are_wanted_as_settle_it(marks: list[int], limit: int) -> None:
    third = len(marks) >= 2 and written.far_apart(marks[0], marks[1], 20, limit)
    if len(marks) == 3 and not third:
        return

    assert (written.wanted(marks=len(marks), third=third) == 0) == (
        written.settle(marks, 20, limit, third=third) is not None
    )


@pytest.mark.parametrize(
    ("given_", "code"),
    [
        pytest.param([4, 3, 3], "allowed", id="everything"),
        pytest.param([0, 0, 0], "allowed", id="nothing"),
        pytest.param([5, 3, 3], "points_out_of_range", id="more than a criterion is worth"),
        pytest.param([4, -1, 3], "points_out_of_range", id="less than nothing"),
        pytest.param([4, 3], "criteria_missing", id="a criterion too few"),
        pytest.param([4, 3, 3, 0], "criteria_missing", id="a criterion too many"),
        pytest.param([], "criteria_missing", id="none at all"),
    ],
)
def test_what_can_be_given(given_: list[int], code: str) -> None:
    assert written.may_give(given_, [4, 3, 3]).code == code


@pytest.mark.parametrize(
    ("settled", "taken", "waits_for", "held", "code"),
    [
        pytest.param(False, True, 2, 0, "allowed", id="the first"),
        pytest.param(False, True, 1, 0, "allowed", id="the second"),
        pytest.param(False, False, 2, 0, "script_not_taken", id="who was never handed it"),
        pytest.param(True, True, 0, 0, "script_marked", id="which is settled"),
        pytest.param(False, True, 0, 0, "script_marked", id="which has its marks"),
        pytest.param(False, True, 1, 1, "script_given_on", id="which another has by now"),
        pytest.param(False, True, 2, 1, "allowed", id="which another has too, and both are wanted"),
    ],
)
def test_who_may_mark_now(settled: bool, taken: bool, waits_for: int, held: int, code: str) -> None:
    decision = written.may_mark(settled=settled, taken=taken, waits_for=waits_for, held_by_others=held)

    assert decision.code == code


@pytest.mark.parametrize(
    ("settled", "alone", "allowed"), [(False, True, True), (False, False, False), (True, True, False)]
)
def test_a_mark_is_amended_only_while_it_is_the_only_one(settled: bool, alone: bool, allowed: bool) -> None:
    assert written.may_amend(settled=settled, alone=alone).allowed is allowed


@given(st.lists(st.integers(0, 20), max_size=6))
def test_points_are_read_back_as_they_were_written_and_fit_their_column(points: list[int]) -> None:
    assert written.read(written.written(points)) == points
    assert len(written.written(points)) <= 40


def test_numbers_tell_texts_apart_and_follow_no_order_of_seats() -> None:
    numbers = [written.number(b"secret", seat, 5, 1) for seat in range(200)]

    assert len(set(numbers)) == 200
    assert {len(one) for one in numbers} == {8}
    assert not set("".join(numbers)) & set("01IO")
    assert sorted(numbers) != numbers and sorted(numbers) != numbers[::-1]
    assert written.number(b"secret", 1, 5, 1) != written.number(b"another", 1, 5, 1)
    assert written.number(b"secret", 1, 5, 1) != written.number(b"secret", 1, 5, 2)
