"""Guesses at own results, counted in memory by ticket number and place: a wrong one must not cost a turn to write.

Each process counts for itself, and a new one begins anew. Whether there is such a ticket makes no difference.
"""

from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from threading import Lock
from typing import Any

from service.access.rules import lockout
from service.access.rules.lockout import Tries
from service.kernel import settings
from service.results.rules import own

# So many tickets and places are remembered at most; what was tried longest ago is forgotten first.
MOST = 50_000


@dataclass
class Book:
    """The tries from each place at each ticket number, and when and from where anybody tried a ticket number in vain;
    of one place no more than :data:`own.OF_ONE_PLACE` an hour.
    """

    here: dict[tuple[str, str], Tries] = field(default_factory=dict)
    everywhere: dict[str, list[tuple[datetime, str]]] = field(default_factory=dict)
    # From where a ticket number was right, and when: strangers' guesses do not shut out its owner there.
    known: dict[tuple[str, str], datetime] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)


@lru_cache(maxsize=8)
def _book(_database: str) -> Book:
    return Book()


def book() -> Book:
    """What this process has counted on the database that it serves."""
    return _book(settings.current().database_url)


def count(ticket_number: str, place: str, now: datetime) -> None:
    """Count one try at a ticket number as failed.

    Raises:
        TooOften: one more is not allowed now, and then it is not counted.
    """
    kept = book()
    with kept.lock:
        here = kept.here.pop((ticket_number, place), Tries())
        lately = [one for one in kept.everywhere.pop(ticket_number, []) if one[0] > now - own.WITHIN]
        refusal = own.refuses(here, len(lately), now, known=(ticket_number, place) in kept.known)
        # Put back at the end: the order of a book is that of its last tries.
        kept.here[ticket_number, place] = here if refusal is not None else lockout.failed(here, now)
        counts = refusal is None and sum(where == place for _, where in lately) < own.OF_ONE_PLACE
        kept.everywhere[ticket_number] = [*lately, (now, place)] if counts else lately
        for side in (kept.here, kept.everywhere):
            _forget(side)
    if refusal is not None:
        raise refusal


def forgive(ticket_number: str, place: str, now: datetime) -> None:
    """The try counted at this moment was right: those from the same place count no more."""
    kept = book()
    with kept.lock:
        kept.here.pop((ticket_number, place), None)
        kept.known.pop((ticket_number, place), None)
        kept.known[ticket_number, place] = now
        _forget(kept.known)
        lately = kept.everywhere.get(ticket_number, [])
        if (now, place) in lately:
            lately.remove((now, place))


def _forget(side: dict[Any, Any]) -> None:
    while len(side) > MOST:
        del side[next(iter(side))]
