"""Vouching for whoever chose a password of their own after somebody else had made one: a code of the security
administrator's, or a second factor from before."""

from datetime import datetime

from sqlmodel import Session

from service.access import queries
from service.access.actions import ending, factors, holding
from service.access.actions.using import require_right
from service.access.rules import closing
from service.access.rules import first_passwords as rules
from service.access.rules.policy import Actor, Right
from service.access.tables import Account
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, one_time, sealing
from service.kernel.decision import Decision

BY_CODE = "code"


def doubt(account: Account, *, now: datetime) -> None:
    """From now on the account's password is one that an administrator was told; a code from before is worth nothing."""
    account.one_time_until, account.doubted = now + rules.PASSWORD_LIFE, True
    account.activation_digest, account.activation_until = "", None


def give_code(session: Session, actor: Actor, account_id: int, *, now: datetime) -> str:
    """A code for the person of an account, returned this once, to be handed to nobody else; an older one dies.

    Raises:
        NotFound: there is no such account.
        WrongState: its duties are awake, or it is closed. Refused: it is one's own.
    """
    account = queries.account(session, account_id, lock=True)
    if account is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_GRANT)
    closing.must_be_open(account.active).or_refuse()
    rules.may_vouch(actor.person_id, account.person_id, doubted=account.doubted).or_refuse()

    return make_code(session, account, actor.label, now=now)


def make_code(session: Session, account: Account, by: str, *, now: datetime) -> str:
    """A new code for an account, once it is settled who may."""
    code = one_time.recovery_code()
    account.activation_digest, account.activation_until = _digest(account, code), now + rules.CODE_LIFE
    session.add(account)
    session.flush()

    record(session, Event.ACTIVATION_CODE_GIVEN, by, f"account:{account.id}", now=now)
    return code


def activate(session: Session, actor: Actor, code: str, *, now: datetime) -> Decision:
    """Wake one's account by its code; all its sessions end, and the next one carries the duties.

    A refusal is a return value, because a wrong code is counted.
    """
    account = factors.own_account(session, actor)
    rules.may_vouch(None, account.person_id, doubted=account.doubted).or_refuse()

    decision = judge(session, account, code, now=now)
    if not decision.allowed:
        return decision
    wake(session, account, BY_CODE, now=now)
    return decision


def judge(session: Session, account: Account, code: str, *, now: datetime) -> Decision:
    """Whether this is the account's code; a wrong one counts like a wrong password given within a session."""
    assert account.id is not None
    held = holding.judge(session, account.id, holding.INSIDE, now=now)
    if not held.allowed:
        return held
    fits = bool(account.activation_digest) and _digest(account, code) == account.activation_digest
    decision = rules.judge_code(fits, account.activation_until, now)
    if not fits:
        holding.count_failure(session, account, holding.INSIDE, now=now)
    return decision


def wake(session: Session, account: Account, by: str, *, now: datetime) -> None:
    """The duties of an account wake: whoever chose its password is who they should be."""
    assert account.id is not None
    account.doubted, account.activation_digest, account.activation_until = False, "", None
    session.add(account)
    # Whoever else got in while there was doubt is out; and the next signing in makes a custodian's key.
    ending.of_person(session, account.person_id, apart_from="", now=now)
    holding.forgive(session, account.id, holding.INSIDE)
    session.flush()

    subject = f"account:{account.id}"
    record(session, Event.ACCOUNT_ACTIVATED, subject, subject, now=now, data={"by": by})


def _digest(account: Account, code: str) -> str:
    return sealing.digest(f"activation/{account.id}/{one_time.plain(code)}".encode())
