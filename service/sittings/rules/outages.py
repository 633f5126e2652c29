"""When the service itself was away during an exam: how much of it is made good without anybody asking.

Nobody could stop a clock while the service was away, and it ran all the same: so it is put forward when the service is
back, before it can close a sheet.
"""

from dataclasses import dataclass
from datetime import timedelta

from service.sittings.rules.phases import Times
from service.sittings.rules.presence import Silence


@dataclass(frozen=True, slots=True)
class Amends:
    """What a sitting gets for an outage: seconds more for everybody; or, where its paper was never opened, the whole
    duration from the moment the service was back (``anew``), and the seconds that this moves the start."""

    seconds: int = 0
    anew: bool = False


NOTHING = Amends()


def amends(outage: Silence, at: Times, *, opened: bool, paused: bool, cap_minutes: int) -> Amends:
    """What an outage is made good by; ``at`` is the sitting as it stood when the service was last alive.

    A clock that stood still lost nothing. More than the cap is for people to decide, by giving minutes: so much later
    the room may be another's. A start that cannot be moved by all that was lost is not moved by a part of it.
    """
    begins = max(outage.from_at, at.starts_at)
    if paused or outage.until_at <= at.starts_at or outage.from_at >= at.ends_at:
        return NOTHING
    cap = timedelta(minutes=cap_minutes)
    if not opened:
        moved = outage.until_at - at.starts_at
        return Amends(_seconds(moved), anew=True) if moved <= cap else NOTHING
    return Amends(_seconds(min(outage.until_at - begins, cap)))


def _seconds(span: timedelta) -> int:
    """Whole seconds; begun ones count, so that nobody is given less than was lost."""
    return -(-span // timedelta(seconds=1))
