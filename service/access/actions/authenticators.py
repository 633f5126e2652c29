"""Enrolling an authenticator application, confirming its first code, and giving it up."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions import factors, passkeys
from service.access.queries import doors
from service.access.rules import proofs
from service.access.rules.policy import Actor
from service.access.rules.proofs import Factor
from service.access.tables.doors import Totp
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, one_time, sealing, settings
from service.kernel.decision import refuse

ISSUER = "Peikao"


@dataclass(frozen=True, slots=True)
class Enrolment:
    """A new authenticator that awaits its first code: the secret as people type it, and what the QR code says."""

    secret: str
    address: str


def begin_totp(session: Session, actor: Actor, *, now: datetime) -> Enrolment:
    """A new secret for an authenticator application; the one in use stays until the new one's first code came."""
    account = factors.account_to_equip(session, actor)
    assert account.id is not None

    session.execute(
        sa.update(Totp)
        .where(col(Totp.account_id) == account.id, col(Totp.retired_at).is_(None), col(Totp.confirmed_at).is_(None))
        .values(retired_at=now)
    )
    secret = one_time.new_secret()
    row = Totp(account_id=account.id, secret_sealed=b"", key_id=sealing.person_key_id(), made_at=now)
    row.secret_sealed = sealing.encrypt_personal(one_time.written(secret), bound_to=factors.place(account.id))
    session.add(row)
    session.flush()
    return Enrolment(one_time.written(secret), one_time.address(secret, issuer=ISSUER, username=account.username))


def confirm_totp(session: Session, actor: Actor, code: str, *, now: datetime) -> list[str]:
    """The first code of a new authenticator, which from now on counts; recovery codes where there were none.

    Raises:
        WrongState: no authenticator is awaited. Refused: the code is not its.
    """
    account = factors.account_to_equip(session, actor)
    assert account.id is not None
    row = doors.pending_totp(session, account.id)
    if row is None:
        raise errors.WrongState("no_authenticator_awaited", "请先点“绑定动态口令”，再输入口令。")

    step = one_time.step_of(factors.secret_of(row), one_time.plain(code), now=now, after=row.last_step)
    if step is None:
        refuse("wrong_code", "动态口令不对。请核对手机时间，等出现新的口令后重试。").or_refuse()
    assert step is not None

    previous = doors.totp(session, account.id)
    if previous is not None:
        previous.retired_at = now
        session.add(previous)
        session.flush()
    row.confirmed_at, row.last_step = now, step
    session.add(row)
    session.flush()

    data = {"kind": Factor.TOTP}
    record(session, Event.SECOND_FACTOR_SET, actor.label, f"account:{account.id}", now=now, data=data)
    return factors.first_codes(session, actor, account.id, now=now)


def remove_totp(session: Session, actor: Actor, *, now: datetime) -> None:
    """Give up one's authenticator.

    Raises:
        NotFound: there is none. Refused: a duty needs it and there is no passkey.
    """
    account = factors.own_account(session, actor)
    assert account.id is not None
    row = doors.totp(session, account.id)
    if row is None:
        raise errors.NotFound()
    others = len(doors.passkeys(session, account.id))
    proofs.may_remove(actor.duties, others, required=settings.current().asks_second_factor).or_refuse()

    row.retired_at = now
    session.add(row)
    session.flush()

    data = {"kind": Factor.TOTP}
    record(session, Event.SECOND_FACTOR_REMOVED, actor.label, f"account:{account.id}", now=now, data=data)


def remove_passkey(session: Session, actor: Actor, passkey_id: int, *, now: datetime) -> None:
    """Give up one of one's passkeys.

    Raises:
        NotFound: it is not one's own. Refused: a duty needs it and there is no other second factor.
    """
    account = factors.own_account(session, actor)
    assert account.id is not None
    mine = doors.passkeys(session, account.id)
    row = next((one for one in mine if one.id == passkey_id), None)
    if row is None:
        raise errors.NotFound()
    others = len(mine) - 1 + (doors.totp(session, account.id) is not None)
    proofs.may_remove(actor.duties, others, required=settings.current().asks_second_factor).or_refuse()

    row.retired_at = now
    session.add(row)
    session.flush()

    data = {"kind": Factor.PASSKEY, "name": row.name}
    record(session, Event.SECOND_FACTOR_REMOVED, actor.label, f"account:{account.id}", now=now, data=data)


def add_passkey(
    session: Session, actor: Actor, name: str, credential: Mapping[str, Any], *, now: datetime
) -> list[str]:
    """Keep a passkey that one's browser has made; recovery codes where there were none.

    Raises:
        Refused: what came is no answer to a challenge of ours, or there are too many.
    """
    account = factors.account_to_equip(session, actor)
    assert account.id is not None
    passkeys.register(session, account, name, credential, now=now)

    data = {"kind": Factor.PASSKEY, "name": name}
    record(session, Event.SECOND_FACTOR_SET, actor.label, f"account:{account.id}", now=now, data=data)
    return factors.first_codes(session, actor, account.id, now=now)
