"""Custody keys of accounts, and the step-up: a person who gives the password again before a hand counts.

Whatever is slow by design is done before the turn to write, in functions that only read; what they return is put down
or judged in the transaction that follows.
"""

from dataclasses import dataclass
from datetime import datetime

from cryptography.exceptions import InvalidTag
from sqlmodel import Session

from service.access import queries
from service.access.actions import entering, holding
from service.access.rules.duties import CUSTODIANS
from service.access.rules.policy import Actor
from service.access.tables import Account, CustodyKey
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, custody, errors
from service.kernel.custody import KeyPair
from service.kernel.decision import ALLOWED, Decision, refuse


@dataclass(frozen=True, slots=True)
class OpenKey:
    """A custody key whose owner has just given the password: its id and the private key."""

    id: int
    private: bytes


@dataclass(frozen=True, slots=True)
class Hand:
    """What a password given again amounts to: the stored hash that it fits, or nothing, and the key it opens."""

    fitting: str = ""
    key: OpenKey | None = None


def pair_for(session: Session, username: str, password: str, fitting: str) -> KeyPair | None:
    """A key pair for an account that should have one and has none, once its password has been found to fit; slow."""
    account = queries.account_by_username(session, username)
    # Nothing is ever sealed to whoever nobody has vouched for.
    if not fitting or account is None or account.id is None or account.doubted:
        return None
    if not CUSTODIANS & set(queries.duties_of_account(session, account.id, now=clock.now())):
        return None
    return None if queries.custody_key(session, account.id) else custody.new_pair(password)


def keep_pair(session: Session, username: str, pair: KeyPair, *, now: datetime) -> None:
    """Put a new key pair down for an account that has none; two that sign in at once get one."""
    account = queries.account_by_username(session, username, lock=True)
    if account is None or account.id is None or queries.custody_key(session, account.id):
        return
    row = CustodyKey(account_id=account.id, public=pair.public, locked=pair.locked, salt=pair.salt, made_at=now)
    session.add(row)
    session.flush()
    subject = f"account:{account.id}"
    record(session, Event.CUSTODY_KEY_MADE, subject, subject, now=now, data={"public": pair.public.hex()})


def step_up(session: Session, actor: Actor, password: str) -> Hand:
    """What a password given again amounts to; slow. Nothing is refused here, for refusals are counted and recorded."""
    account = session.get(Account, actor.account_id or 0)
    if account is None or account.id is None:
        return Hand()
    fitting = entering.fitting_hash(session, account.username, password)
    row = queries.custody_key(session, account.id)
    if not fitting or row is None or row.id is None:
        return Hand(fitting)
    try:
        return Hand(fitting, OpenKey(row.id, custody.unlock(KeyPair(row.public, row.locked, row.salt), password)))
    except InvalidTag:
        return Hand(fitting)


def judge_password(session: Session, actor: Actor, hand: Hand, *, now: datetime) -> Decision:
    """Whether the password given again is the account's; a wrong one counts like a failure to sign in.

    A refusal is a return value, because the failure that was counted must be committed.
    """
    account = session.get(Account, actor.account_id or 0, with_for_update=True, populate_existing=True)
    if account is None:
        raise errors.NotFound()
    assert account.id is not None
    # Counted apart from what strangers try at the door: they must not keep a custodian from opening a paper.
    held = holding.judge(session, account.id, holding.INSIDE, now=now)
    if not held.allowed:
        return held
    if hand.fitting != account.password_hash:
        holding.count_failure(session, account, holding.INSIDE, now=now)
        return refuse("wrong_password", "密码不对，请核对后重试。本次尝试已记录。")
    holding.forgive(session, account.id, holding.INSIDE)
    return ALLOWED
