"""Second factors of an account: what is shown at the door, recovery codes, and what happens when all is lost."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access import queries
from service.access.actions import ending, passkeys
from service.access.actions.using import require_right
from service.access.queries import doors
from service.access.rules import first_passwords, proofs
from service.access.rules.policy import Actor, Right
from service.access.rules.proofs import Factor
from service.access.tables import Account
from service.access.tables.doors import Challenge, Passkey, RecoveryCode, Totp
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, one_time, sealing

RECOVERY_CODES = 10


@dataclass(frozen=True, slots=True)
class Given:
    """What somebody shows besides the password: a code, of either kind, or what a passkey signed."""

    code: str = ""
    assertion: Mapping[str, Any] | None = None


@dataclass(frozen=True, slots=True)
class Shown:
    """What the second factor amounts to: the one that was shown, or why that was not enough."""

    factor: Factor = Factor.NONE
    refusal: errors.Unauthenticated | None = None
    wrong: bool = False
    extra: Mapping[str, Any] = field(default_factory=dict)


def kinds(session: Session, account_id: int) -> list[Factor]:
    """Which second factors an account has."""
    found = [Factor.TOTP] if doors.totp(session, account_id) else []
    return [*found, Factor.PASSKEY] if doors.passkeys(session, account_id) else found


def names(session: Session, account_id: int) -> list[str]:
    """The second factors of an account in words."""
    return [proofs.FACTOR_NAMES[one] for one in kinds(session, account_id)]


def show(session: Session, account: Account, given: Given, *, now: datetime) -> Shown:
    """Judge what was shown at the door; an account without a second factor needs none here.

    A refusal is a return value: a wrong code is counted by the caller, and a challenge that was made is kept.
    """
    assert account.id is not None
    present = kinds(session, account.id)
    if not present:
        return Shown()
    if given.code:
        factor = use_code(session, account.id, given.code, now=now)
    elif given.assertion is not None:
        factor = passkeys.use(session, account.id, given.assertion, now=now)
    else:
        extra: dict[str, Any] = {"methods": [*present]}
        if Factor.PASSKEY in present:
            extra["passkey"] = passkeys.ask(session, account.id, now=now)
        detail = "密码正确，请再出示第二验证方式。"
        return Shown(refusal=errors.Unauthenticated("second_factor_needed", detail), extra=extra)
    if factor is None:
        detail = "动态口令、恢复码或通行密钥不对，或已用过。请核对手机时间后，用新的口令重试。"
        return Shown(refusal=errors.Unauthenticated("wrong_second_factor", detail), wrong=True)
    return Shown(factor)


def use_code(session: Session, account_id: int, code: str, *, now: datetime) -> Factor | None:
    """Use up a code of the authenticator or a recovery code; nothing when it is neither, or was used before."""
    plain, row = one_time.plain(code), doors.totp(session, account_id)
    if row is not None and len(plain) == one_time.DIGITS:
        step = one_time.step_of(secret_of(row), plain, now=now, after=row.last_step)
        if step is None:
            return None
        row.last_step = step
        session.add(row)
        session.flush()
        return Factor.TOTP
    return _use_recovery_code(session, account_id, plain, now)


def _use_recovery_code(session: Session, account_id: int, plain: str, now: datetime) -> Factor | None:
    digest, unused = _digest(account_id, plain), doors.unused_codes(session, account_id)
    row = next((one for one in unused if one.digest == digest), None)
    if row is None:
        return None
    row.used_at = now
    session.add(row)
    session.flush()
    subject = f"account:{account_id}"
    record(session, Event.RECOVERY_CODE_USED, subject, subject, now=now, data={"left": len(unused) - 1})
    return Factor.RECOVERY


def first_codes(session: Session, actor: Actor, account_id: int, *, now: datetime) -> list[str]:
    """Recovery codes for an account that has none left."""
    return [] if doors.unused_codes(session, account_id) else new_codes(session, actor, now=now)


def new_codes(session: Session, actor: Actor, *, now: datetime) -> list[str]:
    """A new set of recovery codes, returned this once; the old ones are worth nothing any more."""
    account = own_account(session, actor)
    assert account.id is not None
    if not kinds(session, account.id):
        raise errors.WrongState("no_second_factor", "请先绑定动态口令或通行密钥，再生成恢复码。")

    retire_codes(session, account.id, now=now)
    codes = [one_time.recovery_code() for _ in range(RECOVERY_CODES)]
    for code in codes:
        digest = _digest(account.id, one_time.plain(code))
        session.add(RecoveryCode(account_id=account.id, digest=digest, made_at=now))
    session.flush()

    data = {"number": len(codes)}
    record(session, Event.RECOVERY_CODES_MADE, actor.label, f"account:{account.id}", now=now, data=data)
    return codes


def retire_codes(session: Session, account_id: int, *, now: datetime) -> None:
    """Make all recovery codes of an account worthless."""
    unused = col(RecoveryCode.account_id) == account_id, col(RecoveryCode.used_at).is_(None)
    session.execute(sa.update(RecoveryCode).where(*unused).values(used_at=now))


def reset(session: Session, actor: Actor, account_id: int, *, now: datetime) -> Account:
    """Take all second factors from an account whose holder has lost them; they enrol anew when they sign in, and its
    sessions end.

    Whoever resets passwords must not be able to do this too, or they could enter as anybody.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_GRANT)

    retire(session, account_id, now=now)
    # Not of its own person's other accounts: they may have factors of their own.
    ending.of_account(session, account_id, now=now)

    record(session, Event.SECOND_FACTOR_RESET, actor.label, f"account:{account_id}", now=now)
    return account


def retire(session: Session, account_id: int, *, now: datetime) -> None:
    """Make all second factors of an account worthless, and what was asked of them."""
    for table in (Totp, Passkey):
        living = col(table.account_id) == account_id, col(table.retired_at).is_(None)
        session.execute(sa.update(table).where(*living).values(retired_at=now))
    retire_codes(session, account_id, now=now)
    session.execute(sa.delete(Challenge).where(col(Challenge.account_id) == account_id))


def own_account(session: Session, actor: Actor) -> Account:
    """The account of whoever is signed in, locked.

    Raises:
        NotFound: a candidate or a program is, who has none.
    """
    require_right(actor, Right.SIGNED_IN)
    account = queries.account(session, actor.account_id or 0, lock=True)
    if account is None:
        raise errors.NotFound()
    return account


def account_to_equip(session: Session, actor: Actor) -> Account:
    """The account of whoever is signed in, where a second factor may be bound to it.

    Raises:
        Refused: nobody has vouched yet that this is the person.
    """
    account = own_account(session, actor)
    first_passwords.may_equip(account.doubted).or_refuse()
    return account


def secret_of(row: Totp) -> bytes:
    """The secret of an authenticator, which lies encrypted in the database."""
    return one_time.read(sealing.decrypt_personal(row.secret_sealed, bound_to=place(row.account_id)))


def place(account_id: int) -> str:
    """What an authenticator's ciphertext is bound to."""
    return f"access_totp:{account_id}"


def _digest(account_id: int, plain: str) -> str:
    return sealing.digest(f"{account_id}/{plain}".encode())
