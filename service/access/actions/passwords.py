"""Changing one's own password, and an administrator's resetting of somebody else's: what becomes of the custody key."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access import queries
from service.access.actions import custody as keys
from service.access.actions import ending, entering, holding, vouching
from service.access.actions.administering import judge_password
from service.access.actions.custody import Hand
from service.access.actions.using import require_right
from service.access.rules import closing, first_passwords
from service.access.rules.policy import Actor, Right
from service.access.tables import Account, Person, SignedIn
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import custody, errors, one_time, sealing
from service.kernel.custody import KeyPair
from service.kernel.decision import ALLOWED, Decision


@dataclass(frozen=True, slots=True)
class Renewal:
    """A new password's hash and, where the old password opened a custody key, that key under the new one.

    ``code`` is the security administrator's, where there is one to give.
    """

    hand: Hand
    password_hash: str
    pair: KeyPair | None
    code: str = ""


@dataclass(frozen=True, slots=True)
class OneTime:
    """A password that two people know, and what is kept of it."""

    password: str
    hash: str


def one_time_password() -> OneTime:
    """A password for choosing one's own; slow, so it is made before the turn to write."""
    password = one_time.recovery_code()
    return OneTime(password, entering.PASSWORDS.hash(password))


def prepare(session: Session, actor: Actor, password: str, new: str, code: str = "") -> Renewal:
    """All that is slow in changing a password, done before the turn to write.

    Raises:
        Refused: the new password is too short, easily guessed, or the one that an administrator knows.
    """
    refuse_weak(session, actor.account_id or 0, new)
    first_passwords.may_choose(new, password, provisional=actor.provisional).or_refuse()
    hand = keys.step_up(session, actor, password)
    pair = custody.lock(hand.key.private, new) if hand.key else None
    return Renewal(hand, entering.PASSWORDS.hash(new) if hand.fitting else "", pair, code)


def refuse_weak(session: Session, account_id: int, password: str) -> None:
    """Refuse a password that is too short for this account, names its holder, or is known to have leaked.

    Raises:
        NotFound: there is no such account.
    """
    account = queries.account(session, account_id)
    if account is None:
        raise errors.NotFound()
    name = session.get_one(Person, account.person_id).name
    judge_password(password, username=account.username, name=name).or_refuse()


def change(session: Session, actor: Actor, renewal: Renewal, token: str, *, now: datetime) -> Decision:
    """Change one's own password; the custody key stays the same and lies under the new one.

    Every other session of the person ends. A refusal is a return value: a wrong old password is counted.
    """
    decision = keys.judge_password(session, actor, renewal.hand, now=now)
    if not decision.allowed:
        return decision
    account = session.get_one(Account, actor.account_id)
    if account.one_time_until is not None:
        return _choose(session, account, renewal, token, now)
    account.password_hash = renewal.password_hash
    session.add(account)
    row = queries.custody_key(session, account.id or 0)
    if row is not None and renewal.pair is not None and row.public == renewal.pair.public:
        row.locked, row.salt = renewal.pair.locked, renewal.pair.salt
        session.add(row)
    assert actor.person_id is not None
    ending.of_person(session, actor.person_id, apart_from=token, now=now)
    session.flush()

    record(session, Event.PASSWORD_CHANGED, actor.label, f"account:{account.id}", now=now)
    return decision


def _choose(session: Session, account: Account, renewal: Renewal, token: str, now: datetime) -> Decision:
    """The first password of one's own. One signs in by it anew, and so a custodian's key lies under nothing else."""
    if renewal.code:
        decision = vouching.judge(session, account, renewal.code, now=now)
        if not decision.allowed:
            return decision
    account.password_hash, account.one_time_until = renewal.password_hash, None
    session.add(account)
    row = session.get(SignedIn, sealing.digest(token.encode()))
    # A second factor vouches as well: none can be bound while there is doubt, so this one is from before.
    by = vouching.BY_CODE if renewal.code else row.factor if row is not None else ""
    if by and account.doubted:
        vouching.wake(session, account, by, now=now)
    ending.of_person(session, account.person_id, apart_from="", now=now)
    session.flush()

    record(session, Event.PASSWORD_CHANGED, f"account:{account.id}", f"account:{account.id}", now=now)
    return ALLOWED


def reset(
    session: Session, actor: Actor, account_id: int, password_hash: str, reason: str, *, now: datetime
) -> Account:
    """Give an account a password for choosing another; its custody key is retired for ever, so that nothing sealed
    before opens to it.

    Whoever resets passwords must not come into the hands of two custodians that way. ``password_hash`` was made before
    the turn to write.

    Raises:
        NotFound: there is no such account. WrongState: it is closed.
    """
    account = session.get(Account, account_id, with_for_update=True, populate_existing=True)
    if account is None:
        raise errors.NotFound()

    require_right(actor, Right.ACCOUNTS_MANAGE)
    closing.must_be_open(account.active).or_refuse()

    account.password_hash = password_hash
    vouching.doubt(account, now=now)
    session.add(account)
    holding.release(session, account_id)
    ending.of_person(session, account.person_id, apart_from="", now=now)
    row = queries.custody_key(session, account_id)
    if row is not None:
        row.retired_at = now
        session.add(row)
    session.flush()

    data = {"custody_key_retired": row is not None, "reason": reason}
    record(session, Event.PASSWORD_RESET, actor.label, f"account:{account_id}", now=now, data=data)
    return account
