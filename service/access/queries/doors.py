"""Reads on second factors, failed tries, devices and sessions."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.rules.lockout import STRANGE_WITHIN, Tries
from service.access.tables import SignedIn
from service.access.tables.doors import Attempt, Challenge, Device, Passkey, RecoveryCode, Totp


def totp(session: Session, account_id: int) -> Totp | None:
    """The confirmed authenticator of an account."""
    living = Totp.account_id == account_id, col(Totp.retired_at).is_(None), col(Totp.confirmed_at).is_not(None)
    return session.exec(select(Totp).where(*living)).first()


def pending_totp(session: Session, account_id: int) -> Totp | None:
    """The authenticator whose first code is still awaited."""
    pending = Totp.account_id == account_id, col(Totp.retired_at).is_(None), col(Totp.confirmed_at).is_(None)
    return session.exec(select(Totp).where(*pending).order_by(col(Totp.id).desc())).first()


def passkeys(session: Session, account_id: int) -> list[Passkey]:
    """The living passkeys of an account, oldest first."""
    living = Passkey.account_id == account_id, col(Passkey.retired_at).is_(None)
    return list(session.exec(select(Passkey).where(*living).order_by(col(Passkey.id))))


def unused_codes(session: Session, account_id: int) -> list[RecoveryCode]:
    unused = RecoveryCode.account_id == account_id, col(RecoveryCode.used_at).is_(None)
    return list(session.exec(select(RecoveryCode).where(*unused)))


def challenge(session: Session, text: str, account_id: int, purpose: str, now: datetime) -> Challenge | None:
    """A challenge that was given to this account for this purpose and may still be answered."""
    found = session.get(Challenge, text)
    if found is None or (found.account_id, found.purpose) != (account_id, purpose) or found.ends_at <= now:
        return None
    return found


def attempt(session: Session, account_id: int, place: str) -> Attempt | None:
    return session.get(Attempt, (account_id, place))


def tries(session: Session, account_id: int, place: str) -> Tries:
    """The failures on an account from one place."""
    found = attempt(session, account_id, place)
    return Tries(found.failures, found.last_at, found.held_until) if found is not None else Tries()


def strange_failures(session: Session, account_id: int, now: datetime) -> int:
    """The recent failures on an account from all addresses together."""
    recent = (
        Attempt.account_id == account_id,
        col(Attempt.last_at) > now - STRANGE_WITHIN,
        col(Attempt.place).startswith("address:"),
    )
    return session.exec(select(sa.func.coalesce(sa.func.sum(Attempt.failures), 0)).where(*recent)).one()


def held_places(session: Session, account_id: int, now: datetime) -> list[Attempt]:
    """The places from which an account cannot be tried just now, the longest wait first."""
    held = Attempt.account_id == account_id, col(Attempt.held_until) > now
    return list(session.exec(select(Attempt).where(*held).order_by(col(Attempt.held_until).desc())))


def is_ours(session: Session, token_digest: str) -> bool:
    """Whether we gave this token to a browser, for whichever account signed in there."""
    return session.exec(select(Device.account_id).where(Device.token_digest == token_digest)).first() is not None


def device(session: Session, account_id: int, token_digest: str) -> Device | None:
    return session.get(Device, (account_id, token_digest))


def sessions_of(session: Session, account_id: int, now: datetime) -> list[SignedIn]:
    """The live sessions of an account, the newest first."""
    live = SignedIn.account_id == account_id, col(SignedIn.revoked_at).is_(None), col(SignedIn.ends_at) > now
    return list(session.exec(select(SignedIn).where(*live).order_by(col(SignedIn.began_at).desc())))
