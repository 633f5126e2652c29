"""When the service itself was away during an exam: how much of it is made good without anybody asking.

Nobody could stop a clock while the service was away, and it ran all the same: so it is put forward when the service is
back, before it can close a sheet. And no sheet is closed in the moment of the return: what the machines kept meanwhile
has to arrive first.
"""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.sittings.rules.phases import Times
from service.sittings.rules.presence import SILENCE, Silence

# A machine tries again at most fifteen seconds later; two minutes let every one of a room send what it kept (our
# choice). After a shorter outage less was kept, and they last no longer than it did.
GRACE = timedelta(minutes=2)
# Nobody waits longer in a room whose time is over (our choice; unconfirmed): what comes then is evidence, as ever.
PATIENCE = timedelta(hours=2)


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


def grace(outage: Silence, ends_at: datetime) -> int:
    """Seconds more until a sheet may be closed that was open as an outage began; ``ends_at`` with all amends in it.

    They come on top of the cap, for they give back no time of work: they keep what was answered from being late.
    """
    if ends_at <= outage.from_at or outage.until_at - ends_at > PATIENCE:
        return 0
    return max(0, _seconds(outage.until_at + min(outage.until_at - outage.from_at, GRACE) - ends_at))


def is_alive(alive_at: datetime | None, now: datetime) -> bool:
    """Whether the clock may close sheets: the service was not away a moment ago, as far as anybody wrote down."""
    return alive_at is None or now - alive_at <= SILENCE


def _seconds(span: timedelta) -> int:
    """Whole seconds; begun ones count, so that nobody is given less than was lost."""
    return -(-span // timedelta(seconds=1))
