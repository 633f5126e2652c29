"""Programs of other bodies: registering them, and their access tokens by OAuth 2.0 client credentials (RFC 9068)."""

import hmac
import secrets
from datetime import datetime, timedelta

from joserfc import jwt
from joserfc.errors import JoseError
from joserfc.jwk import ECKey
from sqlmodel import Session

from service.access import queries
from service.access.actions.using import require_right
from service.access.rules import certificates, separation
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import ANONYMOUS, Actor, Right
from service.access.rules.scopes import SCOPES, Scope
from service.access.tables import Client, Organisation
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing, settings

TOKEN_LIFE = timedelta(minutes=10)


def _token_key() -> ECKey:
    return ECKey.import_key(sealing.signing_key("access-token"))


def register_client(
    session: Session, actor: Actor, organisation_id: int, client_id: str, certificate: str = "", *, now: datetime
) -> tuple[Client, str]:
    """Register a program of a body that may read statistics; the secret is returned once and never again.

    Raises:
        NotFound: there is no such body.
        Refused: the body may read no statistics, or what should be a certificate's fingerprint is none.
        WrongState: a program has this name, or had it before it was removed.
    """
    organisation = session.get(Organisation, organisation_id)
    if organisation is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_GRANT)

    separation.may_hold(OrganisationKind(organisation.kind), Duty.STATISTICS).or_refuse()
    certificates.may_be_bound(certificate).or_refuse()
    if queries.client_known(session, client_id):
        raise errors.WrongState("client_known", "这个客户端编号已经用过（移除后也不再用），请换一个编号。")

    secret = secrets.token_urlsafe(32)
    client = Client(
        client_id=client_id,
        organisation_id=organisation_id,
        secret_digest=sealing.digest(secret.encode()),
        certificate_sha256=certificates.plain(certificate),
        registered_at=now,
    )
    session.add(client)
    session.flush()

    data = {"bound": bool(client.certificate_sha256)}
    record(session, Event.CLIENT_REGISTERED, actor.label, f"client:{client_id}", now=now, data=data)
    return client, secret


def renew_client(
    session: Session, actor: Actor, client_id: str, certificate: str, *, now: datetime
) -> tuple[Client, str]:
    """Give a program another secret and another certificate, or none; its tokens end within minutes.

    Raises:
        NotFound: there is no such program. Refused: what should be a certificate's fingerprint is none.
    """
    client = queries.client(session, client_id)
    if client is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_GRANT)
    certificates.may_be_bound(certificate).or_refuse()

    secret = secrets.token_urlsafe(32)
    client.secret_digest, client.certificate_sha256 = sealing.digest(secret.encode()), certificates.plain(certificate)
    session.add(client)
    session.flush()

    data = {"bound": bool(client.certificate_sha256)}
    record(session, Event.CLIENT_RENEWED, actor.label, f"client:{client_id}", now=now, data=data)
    return client, secret


def remove_client(session: Session, actor: Actor, client_id: str, reason: str, *, now: datetime) -> Client:
    """Remove a program for good: no token is issued to it any more, and those that it has are worth nothing at once.

    What it read before stays on record under its name, which no other program gets.

    Raises:
        NotFound: there is no such program, or it was removed already.
    """
    client = queries.client(session, client_id)
    if client is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_GRANT)

    client.removed_at, client.removal_reason = now, reason
    session.add(client)
    session.flush()

    record(session, Event.CLIENT_REMOVED, actor.label, f"client:{client_id}", now=now, data={"reason": reason})
    return client


def issue_access_token(
    session: Session,
    client_id: str,
    secret: str,
    scope: Scope = Scope.STATISTICS,
    shown: str = "",
    *,
    now: datetime,
) -> tuple[str, int]:
    """An access token (RFC 9068 ``at+jwt``, ES256) for a registered client, and its life in seconds.

    ``shown`` is the SHA-256 of the certificate that it came with.

    Raises:
        Unauthenticated: unknown client, wrong secret, or not the certificate that the client is bound to.
    """
    client = queries.client(session, client_id)
    offered = sealing.digest(secret.encode())
    if client is None or not hmac.compare_digest(client.secret_digest, offered):
        raise errors.Unauthenticated("invalid_client", "客户端编号或密钥不对。")
    if not certificates.may_come(client.certificate_sha256, shown, {}):
        raise errors.Unauthenticated("invalid_client", "该客户端须以登记的证书连接（双向TLS），这次没有出示或不符。")
    issuer = settings.current().public_url
    claims: dict[str, object] = {"iss": issuer, "aud": issuer, "sub": client_id, "client_id": client_id}
    claims |= {"scope": scope, "iat": int(now.timestamp()), "exp": int((now + TOKEN_LIFE).timestamp())}
    claims |= certificates.confirmation(client.certificate_sha256)
    claims["jti"] = secrets.token_hex(8)
    token = jwt.encode({"alg": "ES256", "typ": "at+jwt"}, claims, _token_key())
    record(session, Event.TOKEN_ISSUED, f"client:{client_id}", f"client:{client_id}", now=now, data={"scope": scope})
    return token, int(TOKEN_LIFE.total_seconds())


def actor_of_bearer(session: Session, bearer: str, shown: str = "", *, now: datetime) -> Actor:
    """The client behind an access token; nobody for a forged, foreign, stolen or expired one.

    ``shown`` is the SHA-256 of the certificate that the request came with.
    """
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
    if client is None or right is None or not certificates.may_come(client.certificate_sha256, shown, claims):
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
