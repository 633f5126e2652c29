"""JSON routes for programs of other bodies: registering one, and its access tokens."""

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Form, Request

from service.access.actions import programs
from service.access.rules.policy import Actor, Right
from service.access.rules.scopes import Scope
from service.access.shapes import clients as shapes
from service.access.shapes import may
from service.kernel import clock, errors, peers
from service.kernel.database import Writing

router = APIRouter(tags=["access"])


@router.post("/oauth2/token")
def access_token(
    request: Request,
    session: Writing,
    _: Annotated[Actor, may(Right.PUBLIC)],
    grant_type: Annotated[str, Form()],
    client_id: Annotated[str, Form()] = "",
    client_secret: Annotated[str, Form()] = "",
    scope: Annotated[Scope, Form()] = Scope.STATISTICS,
) -> shapes.AccessToken:
    """OAuth 2.0 client credentials (RFC 6749 §4.4), by HTTP Basic or in the form."""
    if grant_type != "client_credentials":
        raise errors.Malformed("unsupported_grant_type", "只支持 client_credentials。")
    client_id, client_secret = _basic(request) or (client_id, client_secret)
    shown = peers.certificate(request.scope)
    token, seconds = programs.issue_access_token(session, client_id, client_secret, scope, shown, now=clock.now())
    return shapes.AccessToken(access_token=token, expires_in=seconds, scope=scope)


def _basic(request: Request) -> tuple[str, str] | None:
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        client_id, _, secret = base64.b64decode(encoded, validate=True).decode().partition(":")
    except (binascii.Error, UnicodeDecodeError):
        raise errors.Unauthenticated("invalid_client", "客户端编号或密钥不对。") from None
    return client_id, secret


@router.post("/api/v1/clients", status_code=201)
def register_client(
    body: shapes.NewClient, session: Writing, actor: Annotated[Actor, may(Right.DUTIES_GRANT, fresh=True)]
) -> shapes.ClientSecret:
    """Register a program that may read pass rates; the secret is shown only now."""
    client, secret = programs.register_client(
        session, actor, body.organisation_id, body.client_id, body.certificate_sha256, now=clock.now()
    )
    return shapes.ClientSecret(client_id=client.client_id, client_secret=secret)


@router.post("/api/v1/clients/{client_id}/secret", status_code=201)
def renew_client(
    client_id: str,
    body: shapes.RenewClient,
    session: Writing,
    actor: Annotated[Actor, may(Right.DUTIES_GRANT, fresh=True)],
) -> shapes.ClientSecret:
    """Give a program another secret, and the certificate that it shows from now on; what was before is worthless."""
    client, secret = programs.renew_client(session, actor, client_id, body.certificate_sha256, now=clock.now())
    return shapes.ClientSecret(client_id=client.client_id, client_secret=secret)


@router.post("/api/v1/clients/{client_id}/removal", status_code=204)
def remove_client(
    client_id: str,
    body: shapes.RemoveClient,
    session: Writing,
    actor: Annotated[Actor, may(Right.DUTIES_GRANT, fresh=True)],
) -> None:
    """Remove a program for good; its tokens are worth nothing from now on, and its name is not given again."""
    programs.remove_client(session, actor, client_id, body.reason, now=clock.now())
