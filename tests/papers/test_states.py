"""A paper's moves, and the window in which two people open it, at each of its borders."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.papers.rules import states
from service.papers.rules.states import MOVES, PaperState, Window

STARTS = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
WINDOW = Window(STARTS, STARTS + timedelta(minutes=90))
TICK, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
NOBODY: frozenset[int] = frozenset()
ME, COLLEAGUE = 7, 8


def test_the_moves_of_a_paper_are_these_and_no_others() -> None:
    assert set(MOVES) == set(PaperState)
    pairs = {(state, target) for state in PaperState for target in PaperState}
    assert {pair for pair in pairs if states.may_move(*pair).allowed} == {
        (PaperState.ASSEMBLED, PaperState.APPROVED),
        (PaperState.ASSEMBLED, PaperState.REJECTED),
        (PaperState.ASSEMBLED, PaperState.RETURNED),
        (PaperState.RETURNED, PaperState.ASSEMBLED),
        (PaperState.RETURNED, PaperState.REJECTED),
        (PaperState.APPROVED, PaperState.SEALED),
        (PaperState.SEALED, PaperState.OPENED),
    }


@pytest.mark.parametrize(
    ("now", "openers", "code"),
    [
        pytest.param(STARTS - timedelta(days=1), NOBODY, "opening_too_early", id="the day before"),
        pytest.param(STARTS - 31 * MINUTE, NOBODY, "opening_too_early", id="31 minutes before"),
        pytest.param(STARTS - 30 * MINUTE - TICK, NOBODY, "opening_too_early", id="just before the window"),
        pytest.param(STARTS - 30 * MINUTE, NOBODY, "allowed", id="the window begins"),
        pytest.param(STARTS - 30 * MINUTE, frozenset({COLLEAGUE}), "allowed", id="the second hand"),
        pytest.param(STARTS - 30 * MINUTE, frozenset({ME}), "opener_twice", id="the same hand"),
        pytest.param(STARTS - 31 * MINUTE, frozenset({ME}), "opening_too_early", id="the same hand, too early"),
        pytest.param(STARTS, NOBODY, "allowed", id="the exam starts"),
        pytest.param(WINDOW.ends_at - TICK, NOBODY, "allowed", id="just before the end"),
        pytest.param(WINDOW.ends_at, NOBODY, "opening_too_late", id="the end"),
        pytest.param(WINDOW.ends_at, frozenset({ME}), "opening_too_late", id="the same hand, too late"),
    ],
)
def test_a_sealed_paper_opens_from_half_an_hour_before_until_the_end(
    now: datetime, openers: frozenset[int], code: str
) -> None:
    assert states.may_open(PaperState.SEALED, WINDOW, openers, ME, now).code == code


@pytest.mark.parametrize("state", [state for state in PaperState if state is not PaperState.SEALED])
def test_only_a_sealed_paper_can_be_opened_at_all(state: PaperState) -> None:
    assert states.may_open(PaperState.SEALED, WINDOW, NOBODY, ME, STARTS).allowed
    assert states.may_open(state, WINDOW, NOBODY, ME, STARTS).code == "paper_not_sealed"


@given(st.timedeltas(-timedelta(days=2), timedelta(days=2)), st.timedeltas(timedelta(minutes=10), timedelta(hours=4)))
def test_the_window_is_one_unbroken_stretch(offset: timedelta, length: timedelta) -> None:
    window = Window(STARTS, STARTS + length)

    inside = -timedelta(minutes=30) <= offset < length
    assert states.may_open(PaperState.SEALED, window, NOBODY, ME, STARTS + offset).allowed == inside
