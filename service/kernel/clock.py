"""The only place that reads the time.

Every rule takes ``now`` as an argument; the edge asks here once per request. In development a file
can shift the clock, so that a demonstration can play a whole exam day in a minute.
"""

import time
from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from service.kernel import settings

# Mudanjiang keeps Beijing time all year round; screens and papers show it, the database keeps UTC.
LOCAL = timezone(timedelta(hours=8), "CST")
# Two readings that lie further apart are not of one moment: the machine was busy in between.
ONE_MOMENT = 0.1


def now() -> datetime:
    """The present instant in UTC, shifted by the development clock file where one is set."""
    shift_file = settings.current().clock_file
    instant = datetime.now(UTC)  # noqa: TID251
    return instant + _shift(shift_file) if shift_file is not None else instant


def today() -> date:
    """The present day in local time."""
    return now().astimezone(LOCAL).date()


def steady() -> float:
    """Seconds on a clock that nobody sets and that goes on while the machine sleeps; only differences mean anything."""
    return time.clock_gettime(getattr(time, "CLOCK_BOOTTIME", time.CLOCK_MONOTONIC))


def local(instant: datetime) -> datetime:
    """The same instant as people in Mudanjiang read it on the wall."""
    return instant.astimezone(LOCAL)


class Watch:
    """Notices that the clock was set: beside it runs one that nobody sets, and both go on from one moment.

    That other one is slewed like the clock itself while a time server corrects it, so only steps are told, and small
    ones add up. A machine that slept has made a step forward.
    """

    def __init__(self) -> None:
        self._from = self._both()

    def moved(self) -> timedelta:
        """By how much the clock was set since the watch began: backwards is negative."""
        (instant, steady), (began, from_there) = self._both(), self._from
        return (instant - began) - timedelta(seconds=steady - from_there)

    def begin(self) -> None:
        """Go on from here: what was noticed was told."""
        self._from = self._both()

    def _both(self) -> tuple[datetime, float]:
        while True:
            before, instant, after = time.monotonic(), now(), time.monotonic()
            if after - before < ONE_MOMENT:
                return instant, (before + after) / 2


def _shift(path: Path) -> timedelta:
    try:
        return timedelta(seconds=float(path.read_text() or 0))
    except FileNotFoundError:
        return timedelta()
