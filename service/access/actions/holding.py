"""Counting wrong passwords by account and place, holding up whoever guesses, and knowing devices again."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions import guesses
from service.access.queries import doors
from service.access.rules import lockout
from service.access.tables import Account
from service.access.tables.doors import Attempt, Device
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import sealing
from service.kernel.decision import Decision

# Tries made within a session of the account itself: no stranger can use these up.
INSIDE = "inside"
# Tries at the machine itself, on the operator's command line.
TERMINAL = "terminal"


@dataclass(frozen=True, slots=True)
class Caller:
    """Where a request comes from: its address, the token of its device, and what its browser calls itself."""

    address: str = ""
    device: str = ""
    browser: str = ""


NOWHERE = Caller()


def place_of(session: Session, account_id: int, caller: Caller) -> str:
    """How the tries of this caller on this account are counted."""
    digest = sealing.digest(caller.device.encode())
    if caller.device and doors.device(session, account_id, digest) is not None:
        return f"device:{digest}"
    return f"address:{lockout.place(caller.address)}"


def judge(session: Session, account_id: int, place: str, *, now: datetime) -> Decision:
    """Whether a password may be tried on this account from this place."""
    known = not place.startswith("address:")
    strange = 0 if known else doors.strange_failures(session, account_id, now)
    return lockout.may_try(doors.tries(session, account_id, place), known=known, strange=strange, now=now)


def judge_unknown(username: str, caller: Caller, *, now: datetime) -> Decision:
    """Judge a try at a name that nobody has as one that somebody has, so that no name is told from another by when it
    is held up.
    """
    kept = guesses.at("usernames")
    strange = kept.lately(username, now, lockout.STRANGE_WITHIN)
    return lockout.may_try(kept.here(username, lockout.place(caller.address)), known=False, strange=strange, now=now)


def try_unknown(username: str, caller: Caller, *, now: datetime) -> Decision:
    """Judge such a try and count it; in memory, for a stranger's inventions fill no table."""
    decision = judge_unknown(username, caller, now=now)
    if decision.allowed:
        guesses.at("usernames").fail(username, lockout.place(caller.address), now)
    return decision


def count_failure(session: Session, account: Account, place: str, *, now: datetime) -> None:
    """Count a wrong password or code; the caller has locked the account, so that each is counted by itself."""
    assert account.id is not None
    _forget(session, account.id, now)
    tries = lockout.failed(doors.tries(session, account.id, place), now)
    row = doors.attempt(session, account.id, place) or Attempt(
        account_id=account.id, place=place, failures=0, last_at=now
    )
    row.failures, row.last_at, row.held_until = tries.failures, now, tries.held_until
    session.add(row)
    session.flush()
    data = {"failures": tries.failures, "known": not place.startswith("address:")}
    record(session, Event.SIGN_IN_FAILED, "anonymous", f"account:{account.id}", now=now, data=data)


def forgive(session: Session, account_id: int, place: str) -> None:
    """A success makes the failures from the same place count no more."""
    row = doors.attempt(session, account_id, place)
    if row is not None:
        session.delete(row)
        session.flush()


def release(session: Session, account_id: int) -> int:
    """Forget all failures on an account; how many places there were."""
    gone = session.execute(sa.delete(Attempt).where(col(Attempt.account_id) == account_id))
    assert isinstance(gone, sa.CursorResult)
    return gone.rowcount


def know_device(session: Session, account_id: int, token: str, *, now: datetime) -> str:
    """Know a device again that has just signed in; returns its token, a new one where we gave it none.

    A token that we never gave could be one that somebody else planted and holds too.
    """
    token = token if doors.is_ours(session, sealing.digest(token.encode())) else sealing.token()
    digest = sealing.digest(token.encode())
    row = doors.device(session, account_id, digest) or Device(
        account_id=account_id, token_digest=digest, known_since=now, used_at=now
    )
    row.used_at = now
    session.add(row)
    session.flush()
    return token


def _forget(session: Session, account_id: int, now: datetime) -> None:
    """Failures of which the last lies far back count no more, and whoever guesses from everywhere fills no table."""
    old = col(Attempt.account_id) == account_id, col(Attempt.last_at) <= now - lockout.FORGOTTEN_AFTER
    session.execute(sa.delete(Attempt).where(*old))
