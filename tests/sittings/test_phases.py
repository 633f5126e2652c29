"""The phases of a sitting: a pure function of its times and of now, without a gap and without an overlap."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.sittings.rules import phases
from service.sittings.rules.phases import Phase, Times

STARTS = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
AT = phases.planned(STARTS, 90, 30)
TICK, MINUTE = timedelta(microseconds=1), timedelta(minutes=1)
# A pause is a matter of events, not of time alone.
ORDER = [phase for phase in Phase if phase is not Phase.PAUSED]

DURATIONS, LATE = st.integers(10, 240), st.integers(0, 60)
STARTING = st.datetimes(datetime(2024, 1, 1), datetime(2099, 12, 31), timezones=st.just(UTC))
OFFSETS = st.timedeltas(-timedelta(hours=8), timedelta(hours=8))


def test_the_instants_of_a_sitting() -> None:
    assert (
        Times(
            check_in_from=STARTS - 60 * MINUTE,
            starts_at=STARTS,
            last_entry_at=STARTS + 30 * MINUTE,
            ends_at=STARTS + 90 * MINUTE,
        )
        == AT
    )
    assert (AT.window.opens_at, AT.window.ends_at) == (STARTS - 30 * MINUTE, AT.ends_at)


@pytest.mark.parametrize(
    ("now", "phase"),
    [
        pytest.param(STARTS - timedelta(days=9), Phase.PLANNED, id="days before"),
        pytest.param(AT.check_in_from - TICK, Phase.PLANNED, id="just before check-in"),
        pytest.param(AT.check_in_from, Phase.CHECK_IN, id="check-in begins"),
        pytest.param(AT.starts_at - TICK, Phase.CHECK_IN, id="just before the start"),
        pytest.param(AT.starts_at, Phase.RUNNING, id="the start"),
        pytest.param(AT.last_entry_at, Phase.RUNNING, id="the last entry changes nothing"),
        pytest.param(AT.ends_at - TICK, Phase.RUNNING, id="just before the end"),
        pytest.param(AT.ends_at, Phase.ENDED, id="the end"),
        pytest.param(AT.ends_at + timedelta(days=9), Phase.ENDED, id="days after"),
    ],
)
def test_each_phase_begins_at_its_instant_and_ends_just_before_the_next(now: datetime, phase: Phase) -> None:
    assert phases.phase(AT, now) is phase


@given(STARTING, DURATIONS, LATE, OFFSETS, OFFSETS)
def test_time_only_ever_moves_a_sitting_forward(
    starts: datetime, duration: int, late: int, one: timedelta, other: timedelta
) -> None:
    at = phases.planned(starts, duration, late)
    sooner, later = sorted((starts + one, starts + other))

    assert ORDER.index(phases.phase(at, sooner)) <= ORDER.index(phases.phase(at, later))


@given(STARTING, DURATIONS, LATE)
def test_there_is_no_gap_and_no_overlap_between_phases(starts: datetime, duration: int, late: int) -> None:
    at = phases.planned(starts, duration, late)
    borders = [at.check_in_from, at.starts_at, at.ends_at]

    assert [phases.phase(at, border) for border in borders] == ORDER[1:]
    assert [phases.phase(at, border - TICK) for border in borders] == ORDER[:-1]


@pytest.mark.parametrize(
    ("minutes", "overlapping"),
    [
        pytest.param(0, True, id="the same time"),
        pytest.param(149, True, id="its check-in begins a minute before the other ends"),
        pytest.param(150, False, id="its check-in begins as the other ends"),
        pytest.param(-149, True, id="it ends a minute after the other's check-in began"),
        pytest.param(-150, False, id="it ends as the other's check-in begins"),
        pytest.param(24 * 60, False, id="the next day"),
    ],
)
def test_a_room_is_needed_from_check_in_to_the_end(minutes: int, overlapping: bool) -> None:
    other = phases.planned(STARTS + minutes * MINUTE, 90, 30)

    assert (phases.overlap(AT, other), phases.overlap(other, AT)) == (overlapping, overlapping)


@given(DURATIONS, DURATIONS, OFFSETS)
def test_two_sittings_overlap_exactly_where_some_instant_is_in_both(one: int, other: int, offset: timedelta) -> None:
    first, second = phases.planned(STARTS, one, 0), phases.planned(STARTS + offset, other, 0)

    later_begin = max(first.check_in_from, second.check_in_from)
    in_both = later_begin < first.ends_at and later_begin < second.ends_at
    assert phases.overlap(first, second) == in_both
