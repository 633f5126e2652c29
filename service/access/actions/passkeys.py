"""Passkeys (WebAuthn): registering, asking for and judging one, by the ``webauthn`` package."""

import base64
import json
from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa
from sqlmodel import Session, col
from webauthn import (
    generate_authentication_options,
    generate_registration_options,
    options_to_json,
    verify_authentication_response,
    verify_registration_response,
)
from webauthn.helpers import base64url_to_bytes, bytes_to_base64url
from webauthn.helpers.exceptions import WebAuthnException
from webauthn.helpers.structs import (
    AuthenticatorSelectionCriteria,
    PublicKeyCredentialDescriptor,
    UserVerificationRequirement,
)

from service.access.queries import doors
from service.access.rules.proofs import Factor
from service.access.tables import Account
from service.access.tables.doors import Challenge, Passkey
from service.kernel import sealing, settings
from service.kernel.decision import refuse

CHALLENGE_LIFE = timedelta(minutes=5)
MOST = 10
# What the library raises on what is no answer of an authenticator at all; JSON too deep to read is a RecursionError.
_MALFORMED = (WebAuthnException, ValueError, KeyError, TypeError, AttributeError, RecursionError)


def begin(session: Session, account: Account, *, now: datetime) -> dict[str, Any]:
    """What a browser needs to make a passkey for this account."""
    assert account.id is not None
    options = generate_registration_options(
        rp_id=_party(),
        rp_name="Peikao",
        # An opaque handle, as the standard asks: no user name, no number of a row.
        user_id=sealing.digest(f"passkey/{account.id}/{account.person_id}".encode()).encode(),
        user_name=account.username,
        challenge=_challenge(session, account.id, "register", now),
        exclude_credentials=_descriptors(session, account.id),
        authenticator_selection=AuthenticatorSelectionCriteria(user_verification=UserVerificationRequirement.PREFERRED),
    )
    return _plain(options_to_json(options))


def register(session: Session, account: Account, name: str, credential: Mapping[str, Any], *, now: datetime) -> Passkey:
    """Keep the passkey that a browser has made.

    Raises:
        Refused: what came is no answer to a challenge of ours, or there are too many.
    """
    assert account.id is not None
    if len(doors.passkeys(session, account.id)) >= MOST:
        refuse("too_many_passkeys", "最多绑定{most}个通行密钥，请先停用不再使用的。", most=MOST).or_refuse()
    try:
        made = verify_registration_response(
            credential=dict(credential),
            expected_challenge=_answered(session, account.id, "register", credential, now),
            expected_rp_id=_party(),
            expected_origin=settings.current().public_url,
        )
    except _MALFORMED:
        refuse("passkey_not_registered", "没有收到有效的通行密钥，请重新绑定。").or_refuse()
        raise
    row = Passkey(
        account_id=account.id,
        credential_id=bytes_to_base64url(made.credential_id),
        public_key=made.credential_public_key,
        sign_count=made.sign_count,
        name=name,
        made_at=now,
    )
    session.add(row)
    session.flush()
    return row


def ask(session: Session, account_id: int, *, now: datetime) -> dict[str, Any]:
    """What a browser needs to let one of the account's passkeys sign."""
    options = generate_authentication_options(
        rp_id=_party(),
        challenge=_challenge(session, account_id, "sign-in", now),
        allow_credentials=_descriptors(session, account_id),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return _plain(options_to_json(options))


def use(session: Session, account_id: int, assertion: Mapping[str, Any], *, now: datetime) -> Factor | None:
    """Judge what a passkey signed; a challenge can be answered once. Nothing when it does not hold."""
    try:
        row = next(one for one in doors.passkeys(session, account_id) if one.credential_id == assertion.get("id"))
        judged = verify_authentication_response(
            credential=dict(assertion),
            expected_challenge=_answered(session, account_id, "sign-in", assertion, now),
            expected_rp_id=_party(),
            expected_origin=settings.current().public_url,
            credential_public_key=row.public_key,
            credential_current_sign_count=row.sign_count,
        )
    except (*_MALFORMED, StopIteration):
        return None
    row.sign_count, row.used_at = judged.new_sign_count, now
    session.add(row)
    session.flush()
    return Factor.PASSKEY


def possible() -> bool:
    """Whether passkeys can be used at our address at all: they need a name, and HTTPS or the machine itself."""
    host = urlsplit(settings.current().public_url)
    named = (
        bool(host.hostname)
        and not (host.hostname or "").replace(".", "").isdigit()
        and ":" not in (host.hostname or "")
    )
    return named and (host.scheme == "https" or host.hostname == "localhost")


def _party() -> str:
    return urlsplit(settings.current().public_url).hostname or ""


def _challenge(session: Session, account_id: int, purpose: str, now: datetime) -> bytes:
    over = col(Challenge.account_id) == account_id, col(Challenge.ends_at) <= now
    session.execute(sa.delete(Challenge).where(*over))
    text = sealing.token()
    session.add(Challenge(challenge=text, account_id=account_id, purpose=purpose, ends_at=now + CHALLENGE_LIFE))
    session.flush()
    return base64url_to_bytes(text)


def _answered(session: Session, account_id: int, purpose: str, credential: Mapping[str, Any], now: datetime) -> bytes:
    """The challenge that an answer names, which is used up by it.

    Raises:
        ValueError: it names none that we gave to this account for this purpose a moment ago.
    """
    said = json.loads(base64.urlsafe_b64decode(_padded(str(credential["response"]["clientDataJSON"]))))
    row = doors.challenge(session, str(said["challenge"]), account_id, purpose, now)
    if row is None:
        raise ValueError("not a challenge of ours")
    session.delete(row)
    session.flush()
    return base64url_to_bytes(row.challenge)


def _padded(text: str) -> str:
    return text + "=" * (-len(text) % 4)


def _descriptors(session: Session, account_id: int) -> list[PublicKeyCredentialDescriptor]:
    known = doors.passkeys(session, account_id)
    return [PublicKeyCredentialDescriptor(id=base64url_to_bytes(one.credential_id)) for one in known]


def _plain(text: str) -> dict[str, Any]:
    parsed: dict[str, Any] = json.loads(text)
    return parsed
