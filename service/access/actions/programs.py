"""Access tokens for programs: OAuth 2.0 client credentials, ``at+jwt`` by RFC 9068."""

import hmac
import secrets
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlmodel import Session

from service.access import queries
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import ANONYMOUS, Actor
from service.access.rules.scopes import SCOPES, Scope
from service.access.tables import Organisation
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing, settings

TOKEN_LIFE = timedelta(minutes=10)


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
