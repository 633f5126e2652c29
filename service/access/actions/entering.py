"""Signing in and out, sessions confined to one thing, access tokens for programs."""

import hmac
import secrets
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import sqlalchemy as sa
from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from pwdlib import PasswordHash
from pwdlib.hashers.argon2 import Argon2Hasher
from sqlmodel import Session, col

from service.access import queries
from service.access.actions.using import ended_after
from service.access.rules import separation
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import ANONYMOUS, Actor
from service.access.rules.scopes import SCOPES, Scope
from service.access.tables import Account, Organisation, Person, SignedIn
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing, settings

# OWASP's smaller argon2id profile (19 MiB, 2 passes, 1 lane): thirty people sign in at once on two cores.
PASSWORDS = PasswordHash((Argon2Hasher(time_cost=2, memory_cost=19456, parallelism=1),))
ATTEMPTS = 5
LOCKED_FOR = timedelta(minutes=10)
TOKEN_LIFE = timedelta(minutes=10)
# Verified for an unknown user name, so that its answer takes as long as a wrong password's.
_NOBODY = PASSWORDS.hash(secrets.token_hex(16))


@dataclass(frozen=True, slots=True)
class Entrance:
    """The outcome of signing in: a token, or the refusal. Both are committed, for failures count."""

    token: str = ""
    refusal: errors.ServiceError | None = None


def fitting_hash(session: Session, username: str, password: str) -> str:
    """The stored hash that a password fits, or nothing; an unknown user name takes as long as a wrong password.

    This is slow by design, so it is done before the turn to write: strangers may guess, but nobody waits for them.
    """
    account = queries.account_by_username(session, username)
    stored = account.password_hash if account else _NOBODY
    return stored if PASSWORDS.verify(password, stored) and account else ""


def sign_in(session: Session, username: str, fitting: str, *, now: datetime) -> Entrance:
    """Open a session for an account; five wrong passwords lock it for ten minutes.

    ``fitting`` is what :func:`fitting_hash` found: if the password was changed since, it no longer fits.
    """
    # Locked, so that wrong passwords tried at the same moment are counted one by one.
    account = queries.account_by_username(session, username, lock=True)

    if account is not None and account.locked_until is not None and account.locked_until > now:
        return Entrance(
            refusal=errors.Unauthenticated("account_locked", "密码连续输错，账号已锁定10分钟，请稍后再试。")
        )
    if account is None or not account.active or fitting != account.password_hash:
        if account is not None:
            count_failure(session, account, now)
        return Entrance(refusal=errors.Unauthenticated("wrong_credentials", "用户名或密码不对，请核对后重试。"))

    account.failed_attempts, account.locked_until = 0, None
    session.add(account)
    token = open_session(session, person_id=account.person_id, account_id=account.id, now=now)

    record(session, Event.SIGNED_IN, f"account:{account.id}", f"account:{account.id}", now=now)
    return Entrance(token=token)


def count_failure(session: Session, account: Account, now: datetime) -> None:
    """Count a wrong password on an account; the fifth in a row locks it for ten minutes."""
    account.failed_attempts += 1
    if account.failed_attempts >= ATTEMPTS:
        account.failed_attempts, account.locked_until = 0, now + LOCKED_FOR
    session.add(account)
    record(session, Event.SIGN_IN_FAILED, "anonymous", f"account:{account.id}", now=now)


def open_session(
    session: Session,
    *,
    person_id: int,
    now: datetime,
    account_id: int | None = None,
    confined: str = "",
    ends_at: datetime | None = None,
) -> str:
    """Start a session and return its token; only the token's digest is kept."""
    token = sealing.token()
    session.add(
        SignedIn(
            token_digest=sealing.digest(token.encode()),
            account_id=account_id,
            person_id=person_id,
            confined=confined,
            began_at=now,
            ends_at=ends_at or now + timedelta(hours=settings.current().session_hours),
        )
    )
    session.flush()
    return token


def sign_out(session: Session, actor: Actor, token: str, *, now: datetime) -> None:
    """End the session at once; its cookie is worthless from now on."""
    found = session.get(SignedIn, sealing.digest(token.encode()))
    if found is None:
        return
    found.revoked_at = now
    session.add(found)
    record(session, Event.SIGNED_OUT, actor.label, actor.label, now=now)


def end_sessions_confined_to(session: Session, *confined: str, now: datetime) -> int:
    """End every session bound to these things, such as a seat that moves to another machine; how many there were."""
    live = col(SignedIn.confined).in_(confined), col(SignedIn.revoked_at).is_(None)
    ended = session.execute(sa.update(SignedIn).where(*live).values(revoked_at=now))
    assert isinstance(ended, sa.CursorResult)
    return ended.rowcount


def end_sessions_of_person(session: Session, person_id: int, *, apart_from: str, now: datetime) -> int:
    """End every session of a person's accounts but the one with the token ``apart_from``; how many there were."""
    live = (
        col(SignedIn.person_id) == person_id,
        col(SignedIn.account_id).is_not(None),
        col(SignedIn.revoked_at).is_(None),
        col(SignedIn.ends_at) > now,
        col(SignedIn.token_digest) != sealing.digest(apart_from.encode()),
    )
    ended = session.execute(sa.update(SignedIn).where(*live).values(revoked_at=now))
    assert isinstance(ended, sa.CursorResult)
    return ended.rowcount


def actor_of_token(session: Session, token: str, *, now: datetime) -> Actor:
    """Who holds a session token; nobody for an unknown, ended or revoked one."""
    found = queries.live_session(session, sealing.digest(token.encode()), now)
    if found is None:
        return ANONYMOUS
    person = session.get_one(Person, found.person_id)
    if found.account_id is None:
        confined, sit = found.confined, frozenset({Duty.SIT})
        return Actor(confined, person.name, duties=sit, person_id=person.id, confined=confined)
    account = session.get_one(Account, found.account_id)
    return actor_of_account(session, account, person) if account.active else ANONYMOUS


def actor_of_account(session: Session, account: Account, person: Person) -> Actor:
    """An account as a plain value, with the duties it holds now."""
    assert account.id is not None
    organisation = session.get_one(Organisation, account.organisation_id)
    found = queries.LiveAccount(
        account.id,
        account.person_id,
        person.name,
        account.organisation_id,
        *(organisation.kind, organisation.name, organisation.county),
    )
    employers = queries.employers_of_person(session, account.person_id, ended_after=ended_after(clock.today()))
    return _actor(found, queries.duties_of_account(session, account.id), employers)


def _actor(found: queries.LiveAccount, duties: Iterable[str], employers: Iterable[OrganisationKind]) -> Actor:
    granted = frozenset(Duty(duty) for duty in duties)
    in_force = separation.in_force(granted, employers)
    return Actor(
        label=f"account:{found.account_id}",
        name=found.name,
        duties=in_force,
        barred=granted - in_force,
        account_id=found.account_id,
        person_id=found.person_id,
        organisation_id=found.organisation_id,
        organisation_kind=OrganisationKind(found.organisation_kind),
        organisation_name=found.organisation_name,
        county=found.county,
    )


def actors_of_tokens(session: Session, token_digests: Collection[str], *, now: datetime) -> dict[str, Actor]:
    """Who holds these sessions of accounts, by the digest of their token; ended and unknown ones are missing."""
    live = queries.live_accounts(session, token_digests, now)
    duties = queries.duties_of_accounts(session, {one.account_id for one in live.values()})
    horizon = ended_after(clock.local(now).date())
    employers = queries.employers_of_people(session, {one.person_id for one in live.values()}, ended_after=horizon)
    return {key: _actor(one, duties.get(one.account_id, ()), employers[one.person_id]) for key, one in live.items()}


def _token_key() -> ECKey:
    return ECKey.import_key(sealing.signing_key("access-token"))


def issue_access_token(
    session: Session, client_id: str, secret: str, scope: Scope = Scope.STATISTICS, *, now: datetime
) -> tuple[str, int]:
    """An access token (RFC 9068 ``at+jwt``, ES256) for a registered client, and its life in seconds.

    Raises:
        Unauthenticated: unknown client or wrong secret.
    """
    client = queries.client(session, client_id)
    offered = sealing.digest(secret.encode())
    if client is None or not hmac.compare_digest(client.secret_digest, offered):
        raise errors.Unauthenticated("invalid_client", "客户端编号或密钥不对。")
    issuer = settings.current().public_url
    claims: dict[str, object] = {"iss": issuer, "aud": issuer, "sub": client_id, "client_id": client_id}
    claims |= {"scope": scope, "iat": int(now.timestamp()), "exp": int((now + TOKEN_LIFE).timestamp())}
    claims["jti"] = secrets.token_hex(8)
    token = jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, _token_key())
    record(session, Event.TOKEN_ISSUED, f"client:{client_id}", f"client:{client_id}", now=now, data={"scope": scope})
    return token, int(TOKEN_LIFE.total_seconds())


def actor_of_bearer(session: Session, bearer: str, *, now: datetime) -> Actor:
    """The client behind an access token; nobody for a forged, foreign or expired one."""
    try:
        decoded = jwt.decode(bearer, _token_key(), algorithms=["ES256"])
    except (JoseError, ValueError):
        return ANONYMOUS
    claims, issuer = decoded.claims, settings.current().public_url
    fresh = isinstance(claims.get("exp"), int) and claims["exp"] > now.timestamp()
    if decoded.header.get("typ") != "at+jwt" or claims.get("aud") != issuer or claims.get("iss") != issuer or not fresh:
        return ANONYMOUS
    client = queries.client(session, str(claims.get("sub", "")))
    right = SCOPES.get(claims.get("scope", Scope.STATISTICS))
    if client is None or right is None:
        return ANONYMOUS
    organisation = session.get_one(Organisation, client.organisation_id)
    return Actor(
        label=f"client:{client.client_id}",
        name=organisation.name,
        duties=frozenset({Duty.STATISTICS}),
        organisation_id=organisation.id,
        organisation_kind=OrganisationKind(organisation.kind),
        organisation_name=organisation.name,
        county=organisation.county,
        confined=right,
    )
