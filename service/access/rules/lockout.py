"""How wrong passwords slow down whoever tries them, and nobody else.

Tries are counted by account and by where they come from: a device that the account has signed in from before counts
for itself, everything else by its network address. So a stranger who guesses shuts out only himself, and a room of
three hundred behind one address counts as three hundred accounts.
"""

import ipaddress
from dataclasses import dataclass
from datetime import datetime, timedelta

from service.kernel import peers
from service.kernel.decision import ALLOWED, Decision, refuse

# Our choice, 2026-11-26, within what NIST SP 800-63B §5.2.2 allows (at most 100 failures in a row on one account).
FREE_TRIES = 5
WAITS = tuple(timedelta(minutes=minutes) for minutes in (1, 2, 4, 8, 16, 30))
FORGOTTEN_AFTER = timedelta(hours=24)
# From all strange places together: guessing from many addresses must not be cheap. Known devices are not held up.
STRANGE_TRIES, STRANGE_WITHIN = 100, timedelta(hours=1)
_SOURCE = "NIST SP 800-63B §5.2.2"


@dataclass(frozen=True, slots=True)
class Tries:
    """The failures on one account from one place so far."""

    failures: int = 0
    last_at: datetime | None = None
    held_until: datetime | None = None


def failed(before: Tries, now: datetime) -> Tries:
    """What one more failure makes of them."""
    failures = 1 if is_forgotten(before, now) else before.failures + 1
    if failures < FREE_TRIES:
        return Tries(failures, now)
    return Tries(failures, now, now + WAITS[min(failures - FREE_TRIES, len(WAITS) - 1)])


def is_forgotten(before: Tries, now: datetime) -> bool:
    """Whether the last failure lies so far back that counting begins anew."""
    return before.last_at is None or before.last_at + FORGOTTEN_AFTER <= now


def may_try(here: Tries, *, known: bool, strange: int, now: datetime) -> Decision:
    """Whether a password may be tried on an account from here; ``strange`` are its failures from unknown places."""
    if here.held_until is not None and here.held_until > now:
        minutes = -(-(here.held_until - now) // timedelta(minutes=1))
        return refuse(
            "account_locked",
            "密码连续输错，从这里登录此账号要再等{minutes}分钟。在登录过的其他设备上不受影响。",
            source=_SOURCE,
            minutes=minutes,
        )
    if not known and strange >= STRANGE_TRIES:
        return refuse(
            "account_under_attack",
            "此账号正被多处连续试密码，暂不接受新设备登录。请在登录过的设备上登录，或联系安全管理员。",
            source=_SOURCE,
        )
    return ALLOWED


def place(address: str) -> str:
    """An address as tries are counted by it: IPv6 by its network, for one subscriber has 2^64 of them."""
    try:
        found = ipaddress.ip_address(peers.plain(address))
    except ValueError:
        return address[:45]
    if found.version == 4:
        return str(found)
    return str(ipaddress.ip_network((found, 64), strict=False).network_address)
