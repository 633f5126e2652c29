"""The only place that reads the time.

Every rule takes ``now`` as an argument; the edge asks here once per request. In development a file
can shift the clock, so that a demonstration can play a whole exam day in a minute.
"""

from datetime import UTC, date, datetime, timedelta, timezone
from pathlib import Path

from service.kernel import settings

# Mudanjiang keeps Beijing time all year round; screens and papers show it, the database keeps UTC.
LOCAL = timezone(timedelta(hours=8), "CST")


def now() -> datetime:
    """The present instant in UTC, shifted by the development clock file where one is set."""
    shift_file = settings.current().clock_file
    instant = datetime.now(UTC)  # noqa: TID251
    return instant + _shift(shift_file) if shift_file is not None else instant


def today() -> date:
    """The present day in local time."""
    return now().astimezone(LOCAL).date()


def local(instant: datetime) -> datetime:
    """The same instant as people in Mudanjiang read it on the wall."""
    return instant.astimezone(LOCAL)


def _shift(path: Path) -> timedelta:
    try:
        return timedelta(seconds=float(path.read_text() or 0))
    except FileNotFoundError:
        return timedelta()
