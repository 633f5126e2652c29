"""JSON routes for signing in, access tokens and the administrator's work."""

import base64
import binascii
from typing import Annotated

from fastapi import APIRouter, Depends, Form, Request, Response

from service.access import queries, shapes
from service.access.actions import administering, custody, entering, passwords, programs
from service.access.actions.factors import Given
from service.access.api import doors, guarding, ties
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.rules.scopes import Scope
from service.access.shapes import may
from service.kernel import clock, database, errors, language, problems, rendering
from service.kernel.custody import KeyPair
from service.kernel.database import Reading, Writing

router = APIRouter(tags=["access"])
router.include_router(ties.router)
router.include_router(doors.router)
router.include_router(guarding.router)


def _fitting(body: shapes.SignIn) -> str:
    with database.reading() as session:
        return entering.fitting_hash(session, body.username, body.password)


def _pair(body: shapes.SignIn, fitting: Annotated[str, Depends(_fitting)]) -> KeyPair | None:
    with database.reading() as session:
        return custody.pair_for(session, body.username, body.password, fitting)


def _renewal(body: shapes.ChangePassword, actor: Annotated[Actor, may(Right.SIGNED_IN)]) -> passwords.Renewal:
    with database.reading() as session:
        return passwords.prepare(session, actor, body.password, body.new)


def _reset_hash(account_id: int, body: shapes.ResetPassword, _: Annotated[Actor, may(Right.ACCOUNTS_MANAGE)]) -> str:
    with database.reading() as session:
        passwords.refuse_weak(session, account_id, body.password)
    return entering.PASSWORDS.hash(body.password)


@router.post("/api/v1/session", response_model=shapes.Me)
def sign_in(
    request: Request,
    body: shapes.SignIn,
    # Before the session: whoever holds the turn to write must not be hashing.
    fitting: Annotated[str, Depends(_fitting)],
    pair: Annotated[KeyPair | None, Depends(_pair)],
    session: Writing,
    response: Response,
    _: Annotated[Actor, may(Right.PUBLIC)],
) -> Response | shapes.Me:
    """Sign in with user name and password; the session travels in a cookie.

    ``second_factor_needed`` means that the password is right: send all again with a code or what a passkey signed.
    """
    given = Given(body.code, body.assertion)
    entrance = entering.sign_in(session, body.username, fitting, given, shapes.caller(request), now=clock.now())
    if entrance.refusal is not None:
        # A returned refusal commits: failed attempts must count.
        detail = language.say(rendering.language_of(request), entrance.refusal.detail, entrance.refusal.values)
        refusal = entrance.refusal
        return problems.render(request, refusal.status, refusal.code, detail, **entrance.extra)
    if pair is not None:
        custody.keep_pair(session, body.username, pair, now=clock.now())
    shapes.set_session_cookie(response, entrance.token)
    shapes.set_device_cookie(response, entrance.device)
    return _me(entering.actor_of_token(session, entrance.token, now=clock.now()))


@router.get("/api/v1/session")
def me(actor: Annotated[Actor, may(Right.SIGNED_IN)]) -> shapes.Me:
    """Who is signed in, and with which duties."""
    return _me(actor)


@router.delete("/api/v1/session", status_code=204)
def sign_out(
    request: Request, session: Writing, response: Response, actor: Annotated[Actor, may(Right.SIGNED_IN)]
) -> None:
    """Sign out; the session ends on the server too."""
    entering.sign_out(session, actor, shapes.session_token(request), now=clock.now())
    response.delete_cookie(shapes.cookie_name(), path="/")


@router.put("/api/v1/session/password", status_code=204, response_class=Response)
def change_password(
    request: Request,
    renewal: Annotated[passwords.Renewal, Depends(_renewal)],
    session: Writing,
    actor: Annotated[Actor, may(Right.SIGNED_IN)],
) -> Response:
    """Change one's own password; the old one is asked for, and every other session ends."""
    decision = passwords.change(session, actor, renewal, shapes.session_token(request), now=clock.now())
    if decision.allowed:
        return Response(status_code=204)
    # A returned refusal commits: failed attempts must count.
    detail = language.say(rendering.language_of(request), decision.reason, decision.values)
    return problems.render(request, decision.status, decision.code, detail)


@router.put("/api/v1/accounts/{account_id}/password", status_code=204)
def reset_password(
    account_id: int,
    password_hash: Annotated[str, Depends(_reset_hash)],
    session: Writing,
    actor: Annotated[Actor, may(Right.ACCOUNTS_MANAGE, fresh=True)],
) -> None:
    """Give an account another password; its custody key is retired, so papers sealed before do not open to it."""
    passwords.reset(session, actor, account_id, password_hash, now=clock.now())


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
    token, seconds = programs.issue_access_token(session, client_id, client_secret, scope, now=clock.now())
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


@router.post("/api/v1/organisations", status_code=201)
def add_organisation(
    body: shapes.NewOrganisation, session: Writing, actor: Annotated[Actor, may(Right.ACCOUNTS_MANAGE)]
) -> shapes.OrganisationShape:
    """Register a body."""
    added = administering.add_organisation(session, actor, body.kind, body.name, body.county, now=clock.now())
    return shapes.OrganisationShape.model_validate(added, from_attributes=True)


@router.get("/api/v1/organisations")
def list_organisations(
    session: Reading, _: Annotated[Actor, may(Right.ACCOUNTS_VIEW)], kind: OrganisationKind | None = None
) -> list[shapes.OrganisationShape]:
    """All bodies, or those of one kind."""
    found = queries.organisations(session, kind)
    return [shapes.OrganisationShape.model_validate(row, from_attributes=True) for row in found]


@router.post("/api/v1/accounts", status_code=201)
def open_account(
    body: shapes.NewAccount, session: Writing, actor: Annotated[Actor, may(Right.ACCOUNTS_MANAGE)]
) -> shapes.AccountShape:
    """Open an account for a natural person."""
    account = administering.open_account(session, actor, **body.model_dump(), now=clock.now())
    return next(shape for shape in _accounts(session) if shape.id == account.id)


@router.get("/api/v1/accounts")
def list_accounts(session: Reading, _: Annotated[Actor, may(Right.ACCOUNTS_VIEW)]) -> list[shapes.AccountShape]:
    """All accounts with their duties."""
    return _accounts(session)


@router.post("/api/v1/accounts/{account_id}/duties", status_code=201)
def grant_duty(
    account_id: int,
    body: shapes.GrantDuty,
    session: Writing,
    actor: Annotated[Actor, may(Right.DUTIES_GRANT, fresh=True)],
) -> shapes.DutyShape:
    """Charge an account with a duty; refused where duties exclude each other."""
    held = administering.grant_duty(session, actor, account_id, body.duty, now=clock.now())
    return shapes.DutyShape.model_validate(held, from_attributes=True)


@router.delete("/api/v1/accounts/{account_id}/duties/{duty}", status_code=204)
def revoke_duty(
    account_id: int, duty: Duty, session: Writing, actor: Annotated[Actor, may(Right.DUTIES_GRANT)]
) -> None:
    """Take a duty back."""
    administering.revoke_duty(session, actor, account_id, duty, now=clock.now())


@router.post("/api/v1/clients", status_code=201)
def register_client(
    body: shapes.NewClient, session: Writing, actor: Annotated[Actor, may(Right.DUTIES_GRANT, fresh=True)]
) -> shapes.ClientSecret:
    """Register a program that may read pass rates; the secret is shown only now."""
    client, secret = administering.register_client(
        session, actor, body.organisation_id, body.client_id, now=clock.now()
    )
    return shapes.ClientSecret(client_id=client.client_id, client_secret=secret)


@router.post("/api/v1/people/{person_id}/citizen-id/readings")
def read_citizen_id(
    person_id: int,
    body: shapes.ReadCitizenId,
    session: Writing,
    actor: Annotated[Actor, may(Right.PERSON_READ_FULL)],
) -> shapes.CitizenId:
    """A citizen id in full, with a reason; the reading goes on record."""
    full = administering.read_citizen_id(session, actor, person_id, body.reason, now=clock.now())
    return shapes.CitizenId(citizen_id=full)


def _me(actor: Actor) -> shapes.Me:
    return shapes.Me(
        label=actor.label,
        name=actor.name,
        organisation=actor.organisation_name,
        organisation_kind=actor.organisation_kind,
        duties=sorted(actor.duties),
        unproven=actor.unproven,
    )


def _accounts(session: Reading) -> list[shapes.AccountShape]:
    duties = queries.duties_by_account(session)
    return [
        shapes.AccountShape(
            id=account.id or 0,
            username=account.username,
            name=person.name,
            citizen_id_masked=person.citizen_id_masked,
            organisation=organisation.name,
            organisation_kind=OrganisationKind(organisation.kind),
            duties=[Duty(duty) for duty in duties.get(account.id or 0, [])],
        )
        for account, person, organisation in queries.accounts(session)
    ]
