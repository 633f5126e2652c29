"""Wrong tries counted in memory, by what was tried and from where: they hold up whoever guesses, there and for minutes.

Each process counts for itself, and a new one begins anew. Nothing is said of whether there is such a thing.
"""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from functools import lru_cache
from threading import Lock

from service.access.rules import lockout
from service.access.rules.lockout import Tries
from service.kernel import settings

# So many things are remembered at most, with so many places each; what was tried longest ago is forgotten first.
MOST, PLACES = 20_000, 1_000


@dataclass
class Guesses:
    """The tries from each place at each thing, the latest last."""

    tries: dict[str, dict[str, Tries]] = field(default_factory=dict)
    lock: Lock = field(default_factory=Lock)

    def here(self, what: str, place: str) -> Tries:
        """The failures on this thing from this place so far."""
        with self.lock:
            return self.tries.get(what, {}).get(place, Tries())

    def lately(self, what: str, now: datetime, within: timedelta) -> int:
        """The failures on this thing from all places that failed within this time."""
        with self.lock:
            found = self.tries.get(what, {}).values()
            return sum(one.failures for one in found if one.last_at is not None and one.last_at > now - within)

    def fail(self, what: str, place: str, now: datetime) -> None:
        """Count one wrong try."""
        with self.lock:
            places = self.tries.pop(what, {})
            places[place] = lockout.failed(places.pop(place, Tries()), now)
            self.tries[what] = places
            for side, most in ((places, PLACES), (self.tries, MOST)):
                while len(side) > most:
                    del side[next(iter(side))]


@lru_cache(maxsize=16)
def _book(_kind: str, _database: str) -> Guesses:
    return Guesses()


def at(kind: str) -> Guesses:
    """What this process has counted at one kind of thing on the database that it serves."""
    return _book(kind, settings.current().database_url)
