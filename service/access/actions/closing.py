"""Closing the account of somebody who leaves, and opening it again for somebody who comes back.

Nothing of what an account could do outlives its closing: who comes back gets a new password, a new second factor, and
duties by new grants. What was done stays on record and keeps excluding.
"""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access import queries
from service.access.actions import ending, factors, holding, vouching
from service.access.actions.using import require_right
from service.access.queries import closing as found
from service.access.queries import makers
from service.access.rules import closing as rules
from service.access.rules import separation
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.tables import Account, Organisation
from service.access.tables.doors import Device
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision, first_refusal


@dataclass(frozen=True, slots=True)
class Closed:
    """What ended with an account: its duties by name, and how many sessions."""

    duties: list[str]
    sessions: int


def close(session: Session, actor: Actor, account_id: int, reason: str, *, now: datetime) -> Closed:
    """Close an account: its sessions, known devices, second factors, custody key and duties end with it.

    Raises:
        NotFound: there is no such account. WrongState: it is closed already.
        Refused: it is one's own, or the last one that holds an administrator's duty.
    """
    account = _locked(session, account_id)

    require_right(actor, Right.ACCOUNTS_MANAGE)

    judge_closing(session, actor, account, lock=True).or_refuse()

    account.active, account.closed_at, account.closing_reason = False, now, reason
    account.activation_digest, account.activation_until = "", None
    session.add(account)
    duties = _end_duties(session, account_id, actor.label, now)
    row = queries.custody_key(session, account_id)
    if row is not None:
        row.retired_at = now
        session.add(row)
    factors.retire(session, account_id, now=now)
    session.execute(sa.delete(Device).where(col(Device.account_id) == account_id))
    ended = ending.of_account(session, account_id, now=now)
    session.flush()

    data = {"reason": reason, "duties": duties, "sessions": ended, "custody_key_retired": row is not None}
    record(session, Event.ACCOUNT_CLOSED, actor.label, f"account:{account_id}", now=now, data=data)
    return Closed(duties, ended)


def reopen(
    session: Session, actor: Actor, account_id: int, password_hash: str, reason: str, *, now: datetime
) -> Account:
    """Open a closed account again, by a password that opens nothing but the choosing of another.

    Whoever reopens wakes nothing: the security administrator vouches for the person and grants duties anew.
    ``password_hash`` was made before the turn to write.

    Raises:
        NotFound: there is no such account. WrongState: it is open.
        Refused: it is one's own, or its person has come to hold duties that its body may not.
    """
    account = _locked(session, account_id)

    require_right(actor, Right.ACCOUNTS_MANAGE)

    judge_reopening(session, actor, account).or_refuse()

    account.active, account.closed_at, account.closing_reason = True, None, None
    account.password_hash = password_hash
    vouching.doubt(account, now=now)
    session.add(account)
    holding.release(session, account_id)
    session.flush()

    data = {"reason": reason, "person": account.person_id}
    record(session, Event.ACCOUNT_REOPENED, actor.label, f"account:{account_id}", now=now, data=data)
    return account


def judge_closing(session: Session, actor: Actor, account: Account, *, lock: bool = False) -> Decision:
    """The decision that closing an account would meet; locked where it is about to be closed."""
    last = found.last_holder_of(session, account.id or 0, lock=lock)
    return rules.may_close(actor.person_id, account.person_id, active=account.active, last=last)


def judge_reopening(session: Session, actor: Actor, account: Account) -> Decision:
    """The decision that opening an account again would meet: all that was asked when it was opened is asked again."""
    body = session.get_one(Organisation, account.organisation_id)
    held = queries.duties_of_person(session, account.person_id)
    return first_refusal(
        rules.may_reopen(actor.person_id, account.person_id, active=account.active),
        separation.may_join(OrganisationKind(body.kind), held),
    )


def _locked(session: Session, account_id: int) -> Account:
    """An account with its person, who is charged with nothing while it closes or opens."""
    account = queries.account(session, account_id)
    if account is None:
        raise errors.NotFound()
    makers.lock(session, [account.person_id])
    locked = queries.account(session, account_id, lock=True)
    assert locked is not None
    return locked


def _end_duties(session: Session, account_id: int, by: str, now: datetime) -> list[str]:
    held = found.held_duties(session, account_id)
    for one in held:
        one.revoked_at, one.revoked_by = now, by
        session.add(one)
    return [one.duty for one in held]
