"""A seat: its state from what happened and now, and every decision about it as a table."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.papers.rules import answers
from service.sittings.rules import phases, seats
from service.sittings.rules.seats import HandedInBy, SeatEvents, SeatState

STARTS = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
AT = phases.planned(STARTS, 90, 30)
TICK, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
BEFORE, DURING, LAST_TICK, OVER = STARTS - 20 * MINUTE, STARTS + 40 * MINUTE, AT.ends_at - TICK, AT.ends_at

NOTHING = SeatEvents()
ADMITTED = SeatEvents(admitted_at=BEFORE)
REFUSED = SeatEvents(refused_at=BEFORE)
STARTED = ADMITTED._replace(started_at=STARTS)
HANDED_IN = STARTED._replace(handed_in_at=STARTS + 30 * MINUTE)
E, R, A, W, H, X = (
    SeatState.EXPECTED,
    SeatState.REFUSED,
    SeatState.ADMITTED,
    SeatState.WORKING,
    SeatState.HANDED_IN,
    SeatState.ABSENT,
)


# --- state ---


@pytest.mark.parametrize(
    ("events", "before", "during", "last_tick", "over"),
    [
        pytest.param(NOTHING, E, E, E, X, id="nothing happened"),
        pytest.param(REFUSED, R, R, R, R, id="turned away"),
        pytest.param(ADMITTED, A, A, A, H, id="admitted and never started"),
        pytest.param(STARTED, W, W, W, H, id="started"),
        pytest.param(HANDED_IN, H, H, H, H, id="handed in"),
        pytest.param(ADMITTED._replace(refused_at=None), A, A, A, H, id="refused first, admitted then"),
    ],
)
def test_the_state_of_a_seat(
    events: SeatEvents, before: SeatState, during: SeatState, last_tick: SeatState, over: SeatState
) -> None:
    states = [seats.state(events, AT, now) for now in (BEFORE, DURING, LAST_TICK, OVER)]

    assert states == [before, during, last_tick, over]


@pytest.mark.parametrize(
    ("events", "overdue_at_the_end"),
    [(NOTHING, False), (REFUSED, False), (ADMITTED, True), (STARTED, True), (HANDED_IN, False)],
)
def test_the_clock_hands_in_for_whoever_was_admitted_and_did_not(events: SeatEvents, overdue_at_the_end: bool) -> None:
    assert [seats.overdue(events, AT, now) for now in (DURING, LAST_TICK, OVER, OVER + timedelta(days=3))] == [
        False,
        False,
        overdue_at_the_end,
        overdue_at_the_end,
    ]


INSTANTS = st.datetimes(datetime(2026, 11, 20), datetime(2026, 11, 20, 4), timezones=st.just(UTC))
MOMENTS = st.none() | INSTANTS


@given(st.builds(SeatEvents, MOMENTS, MOMENTS, MOMENTS, MOMENTS, on_paper_at=MOMENTS), INSTANTS, INSTANTS)
def test_time_alone_turns_only_waiting_into_absence_and_work_into_a_sheet(
    events: SeatEvents, one: datetime, other: datetime
) -> None:
    sooner, later = sorted((one, other))
    first, second = seats.state(events, AT, sooner), seats.state(events, AT, later)

    assert second is first or (first, second) in {(E, X), (A, H), (W, H), (SeatState.ON_PAPER, H)}
    assert seats.may_answer(second).allowed <= seats.may_answer(first).allowed


# --- decisions ---


@pytest.mark.parametrize(
    ("now", "code"),
    [
        pytest.param(AT.check_in_from - TICK, "check_in_not_begun", id="before check-in"),
        pytest.param(AT.check_in_from, "allowed", id="check-in begins"),
        pytest.param(AT.starts_at, "allowed", id="the start"),
        pytest.param(AT.last_entry_at, "allowed", id="the last moment of entry"),
        pytest.param(AT.last_entry_at + TICK, "too_late", id="just too late"),
        pytest.param(AT.ends_at - TICK, "too_late", id="far too late"),
        pytest.param(AT.ends_at, "sitting_ended", id="over"),
    ],
)
def test_admission_is_open_from_check_in_to_the_last_entry(now: datetime, code: str) -> None:
    assert seats.may_admit(E, AT, now).code == code
    assert seats.may_admit(R, AT, now).code == code, "a refusal is undone under the same rule"


@pytest.mark.parametrize("state", [A, W, H])
def test_nobody_is_admitted_twice(state: SeatState) -> None:
    assert seats.may_admit(state, AT, BEFORE).code == "already_admitted"


@pytest.mark.parametrize(
    ("state", "now", "code"),
    [
        (E, AT.check_in_from - TICK, "not_check_in"),
        (E, AT.check_in_from, "allowed"),
        (E, DURING, "allowed"),
        (R, DURING, "allowed"),
        (A, DURING, "allowed"),
        (W, DURING, "already_working"),
        (H, DURING, "already_working"),
        (E, OVER, "not_check_in"),
    ],
)
def test_who_may_be_turned_away(state: SeatState, now: datetime, code: str) -> None:
    assert seats.may_refuse(state, AT, now).code == code


@pytest.mark.parametrize(
    ("state", "taken", "held", "code"),
    [
        (E, False, 0, "not_admitted"),
        (R, False, 0, "not_admitted"),
        (A, False, 0, "allowed"),
        (W, False, 0, "allowed"),
        (A, False, 2, "seat_locked"),
        (A, True, 0, "seat_taken"),
        (W, True, 0, "seat_taken"),
        (A, True, 2, "seat_taken"),
        (E, False, 2, "not_admitted"),
        (H, False, 0, "already_handed_in"),
        (H, True, 0, "already_handed_in"),
        (X, False, 0, "already_handed_in"),
    ],
)
def test_which_machine_may_be_bound_to_a_seat(state: SeatState, taken: bool, held: int, code: str) -> None:
    assert seats.may_sign_in(state, taken=taken, held_minutes=held).code == code


@pytest.mark.parametrize(
    ("state", "now", "opened", "code"),
    [
        (A, STARTS - TICK, True, "not_started"),
        (A, STARTS, True, "allowed"),
        (A, STARTS, False, "paper_not_opened"),
        (A, STARTS - TICK, False, "not_started"),
        (W, DURING, True, "allowed"),
        (E, DURING, True, "seat_not_working"),
        (R, DURING, True, "seat_not_working"),
        (H, DURING, True, "seat_not_working"),
        (X, OVER, True, "seat_not_working"),
        (A, OVER, True, "not_started"),
    ],
)
def test_who_may_see_the_questions(state: SeatState, now: datetime, opened: bool, code: str) -> None:
    assert seats.may_start(state, AT, now, opened=opened).code == code


@pytest.mark.parametrize(
    ("state", "answer", "candidate", "proctor", "clock"),
    [
        (E, "seat_not_working", "seat_not_working", "seat_not_working", "seat_not_working"),
        (R, "seat_not_working", "seat_not_working", "seat_not_working", "seat_not_working"),
        (A, "seat_not_working", "seat_not_working", "allowed", "allowed"),
        (W, "allowed", "allowed", "allowed", "allowed"),
        (H, "already_handed_in", "already_handed_in", "already_handed_in", "already_handed_in"),
        (X, "seat_not_working", "seat_not_working", "seat_not_working", "seat_not_working"),
    ],
)
def test_who_may_answer_and_who_may_hand_in(
    state: SeatState, answer: str, candidate: str, proctor: str, clock: str
) -> None:
    assert seats.may_answer(state).code == answer
    assert {by: seats.may_hand_in(state, by).code for by in HandedInBy} == {
        HandedInBy.CANDIDATE: candidate,
        HandedInBy.PROCTOR: proctor,
        HandedInBy.TERMINATION: proctor,
        HandedInBy.CLOCK: clock,
    }


@pytest.mark.parametrize(
    ("hours", "seat", "code"),
    [
        (0, None, "never_attended"),
        (1, None, "allowed"),
        (20, None, "allowed"),
        (20, 3, "seat_exists"),
        (0, 3, "seat_exists"),
    ],
)
def test_who_may_have_a_seat(hours: int, seat: int | None, code: str) -> None:
    assert seats.may_enrol(hours, seat).code == code


# --- orders ---


@given(st.integers(1, 999), st.lists(st.integers(1, 10**6), unique=True, max_size=30))
def test_seating_puts_everybody_somewhere_whatever_the_order_of_the_roster(sitting: int, trainees: list[int]) -> None:
    seated = seats.seating(sitting, trainees)

    assert sorted(seated) == sorted(trainees)
    assert seats.seating(sitting, trainees[::-1]) == seated


# --- answers ---


@pytest.mark.parametrize(
    ("kind", "choice", "accepted"),
    [
        *[("single", choice, True) for choice in ("", "A", "B", "C", "D")],
        *[("single", choice, False) for choice in ("AB", "E", "a", "T", " A", "甲")],
        *[("multiple", choice, True) for choice in ("", "A", "AB", "ABCD", "BD")],
        *[("multiple", choice, False) for choice in ("BA", "AA", "ABCDE", "T", "A,B", "ab")],
        *[("true_false", choice, True) for choice in ("", "T", "F")],
        *[("true_false", choice, False) for choice in ("TF", "A", "t", "对")],
    ],
)
def test_what_can_be_an_answer_to_an_item_of_a_kind(kind: str, choice: str, accepted: bool) -> None:
    assert answers.well_formed(kind, choice) == accepted


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        pytest.param("停电", "停电", id="as it was typed"),
        pytest.param(" 4 m/s\u3000", "4 m/s", id="space around it falls away, within it stays"),
        pytest.param("１．０％", "１．０％", id="full width is kept as it was typed"),
        pytest.param("每秒\u30004米", "每秒\u30004米", id="a full-width space within"),
        pytest.param("cafe\u0301", "café", id="one spelling of a letter with its accent"),
        pytest.param(" \u3000 ", "", id="only space is no answer"),
        pytest.param("四" * 40, "四" * 40, id="as long as it may be"),
        pytest.param("四" * 41, None, id="too long"),
        pytest.param(" " * 3 + "四" * 40, "四" * 40, id="counted without the space around it"),
        pytest.param("停\n电", None, id="two lines"),
        pytest.param("停电\n", None, id="a line that has ended"),
        pytest.param("停\x00电", None, id="a control character"),
        pytest.param("停\u2028电", None, id="a break that only Unicode knows"),
        pytest.param("停\ud800电", None, id="half of a pair"),
    ],
)
def test_what_is_kept_of_a_typed_answer(choice: str, kept: str | None) -> None:
    assert answers.settled("fill_in", choice) == kept


@given(st.sampled_from(answers.ORDER), st.text(max_size=60) | st.text("ABCDTF ", max_size=5))
def test_an_answer_that_is_kept_is_kept_as_it_is_the_second_time(kind: str, choice: str) -> None:
    kept = answers.settled(kind, choice)

    assert kept is None or answers.settled(kind, kept) == kept
    assert kept is None or len(kept) <= answers.LONGEST.get(kind, 4) <= answers.LONGEST_ANSWER <= answers.STORED
    assert kept in {choice, None} or kind in answers.LONGEST
