"""A clock that is set while the service runs: the watch notices it, and the sweep puts it on record."""

import json
import logging
import platform
import time
from datetime import timedelta
from pathlib import Path

import pytest
import sqlalchemy as sa

from service import sweeping
from service.journal import queries
from service.journal.rules import Event
from service.journal.tables import JournalEntry
from service.kernel import clock, database, settings
from service.kernel.clock import Watch


@pytest.fixture
def shift(empty_url: str) -> Path:
    """The file that sets the clock of this process."""
    file = settings.current().clock_file
    assert file is not None
    file.write_text("0")
    return file


def told() -> list[JournalEntry]:
    with database.reading() as session:
        return list(session.exec(queries.entries(event=Event.CLOCK_SET)))


STEPS = {
    "nothing": ([0.0], []),
    "what a time server corrects": ([1.5], []),
    "half an hour back": ([-1800.0], [-1800.0]),
    "ten seconds on": ([10.0], [10.0]),
    "forth and back": ([600.0, 0.0], [600.0, -600.0]),
    "in small steps": ([1.2, 2.4, 3.6], [2.4]),
}


@pytest.mark.parametrize("name", STEPS)
def test_a_step_of_more_than_two_seconds_is_on_record_once(
    shift: Path, name: str, caplog: pytest.LogCaptureFixture
) -> None:
    watched, (steps, expected) = sweeping.ClockWatch(), STEPS[name]
    with caplog.at_level(logging.WARNING, "peikao"):
        for seconds in steps:
            shift.write_text(str(seconds))
            watched.look()
            watched.look()

    found = [json.loads(entry.data) for entry in reversed(told())]
    assert [one["seconds"] for one in found] == pytest.approx(expected, abs=0.5)
    assert {one["machine"] for one in found} <= {platform.node()}
    assert caplog.text.count("was set by") == len(expected)
    assert {(entry.actor, entry.subject) for entry in told()} <= {("system", "clock")}


def test_what_could_not_be_written_down_is_told_at_the_next_look(shift: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    watched = sweeping.ClockWatch()
    shift.write_text("-60")
    with database.engine().begin() as connection:
        connection.exec_driver_sql("ALTER TABLE journal_entry RENAME TO away")
    with pytest.raises(sa.exc.DBAPIError):
        watched.look()
    with database.engine().begin() as connection:
        connection.exec_driver_sql("ALTER TABLE away RENAME TO journal_entry")
    assert told() == []

    watched.look()

    assert [json.loads(entry.data)["seconds"] for entry in told()] == pytest.approx([-60.0], abs=0.5)


def test_two_readings_that_are_not_of_one_moment_are_made_again(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine so busy that a process stands still for a minute between the two has not set its clock."""
    began = clock.now()
    walls = iter([began, began, began + timedelta(seconds=60)])
    steadies = iter([0.0, 0.0, 0.0, 60.0, 60.0, 60.0])
    monkeypatch.setattr(clock, "now", lambda: next(walls))
    monkeypatch.setattr(time, "monotonic", lambda: next(steadies))

    watch = Watch()

    assert watch.moved() == timedelta()
    assert (list(walls), list(steadies)) == ([], [])


def test_it_is_watched_where_exams_are_held_and_nowhere_else(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def watching() -> list[float]:
        return [seconds for task, seconds in sweeping.tasks() if task.__qualname__ == "ClockWatch.look"]

    assert watching() == [settings.current().sweep_seconds]
    monkeypatch.setenv("PEIKAO_EXAM_SWEEPS", "false")
    settings.current.cache_clear()
    assert watching() == []
