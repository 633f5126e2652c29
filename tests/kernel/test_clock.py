"""The clock: real time, or real time moved by a file in development."""

from collections.abc import Iterator
from datetime import UTC, date, datetime, timedelta
from pathlib import Path

import pytest

from service.kernel import clock, settings

NEAR = timedelta(seconds=5)


@pytest.fixture
def shift(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Iterator[Path]:
    """The file that moves the clock of this process; it does not exist yet."""
    monkeypatch.setenv("PEIKAO_CLOCK_FILE", str(tmp_path / "shift"))
    settings.current.cache_clear()
    yield tmp_path / "shift"
    settings.current.cache_clear()


def offset() -> timedelta:
    return clock.now() - datetime.now(UTC)


def test_without_a_file_it_is_the_real_time() -> None:
    assert settings.current().clock_file is None

    before, now, after = datetime.now(UTC), clock.now(), datetime.now(UTC)

    assert before <= now <= after
    assert now.tzinfo is UTC


@pytest.mark.parametrize(
    ("text", "moved"),
    [
        pytest.param("3600", timedelta(hours=1), id="an hour on"),
        pytest.param("-86400", timedelta(days=-1), id="a day back"),
        pytest.param("90.5\n", timedelta(seconds=90.5), id="a fraction, with a line end"),
        pytest.param("", timedelta(), id="an empty file"),
    ],
)
def test_a_file_moves_the_clock_by_its_seconds(shift: Path, text: str, moved: timedelta) -> None:
    shift.write_text(text)

    assert abs(offset() - moved) < NEAR


def test_the_file_is_read_anew_each_time_and_may_be_missing(shift: Path) -> None:
    assert abs(offset()) < NEAR
    shift.write_text("7200")
    assert abs(offset() - timedelta(hours=2)) < NEAR
    shift.unlink()
    assert abs(offset()) < NEAR


def test_a_file_without_a_number_is_an_error_and_not_the_real_time(shift: Path) -> None:
    shift.write_text("tomorrow")

    with pytest.raises(ValueError, match="tomorrow"):
        clock.now()


@pytest.mark.parametrize(
    ("instant", "day"),
    [
        pytest.param(datetime(2026, 11, 20, 15, 59, tzinfo=UTC), date(2026, 11, 20), id="one minute to midnight"),
        pytest.param(datetime(2026, 11, 20, 16, 0, 30, tzinfo=UTC), date(2026, 11, 21), id="after midnight"),
    ],
)
def test_the_day_changes_at_midnight_in_mudanjiang(shift: Path, instant: datetime, day: date) -> None:
    shift.write_text(str((instant - datetime.now(UTC)).total_seconds()))

    assert clock.today() == day


def test_local_time_is_eight_hours_ahead_in_summer_and_winter() -> None:
    walls = [clock.local(datetime(2026, month, 1, 1, 0, tzinfo=UTC)).strftime("%m-%d %H:%M") for month in (1, 7)]

    assert walls == ["01-01 09:00", "07-01 09:00"]
