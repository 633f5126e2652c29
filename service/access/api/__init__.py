"""JSON routes for signing in and the administrators' work."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request, Response

from service.access import queries, shapes
from service.access.actions import administering, custody, entering, passwords
from service.access.actions.factors import Given
from service.access.api import closing, doors, guarding, programs, ties
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.access.tables import Account, Organisation, Person
from service.kernel import clock, database, language, problems, rendering
from service.kernel.custody import KeyPair
from service.kernel.database import Reading, Writing
from service.kernel.paging import Number, page_of, told

AccountRow = tuple[Account, Person, Organisation]
router = APIRouter(tags=["access"])
router.include_router(ties.router)
router.include_router(doors.router)
router.include_router(guarding.router)
router.include_router(closing.router)
router.include_router(programs.router)


# Admitted first: whoever asks too often is refused before any work is done for them.
def _fitting(request: Request, body: shapes.SignIn, _: Annotated[Actor, may(Right.PUBLIC)]) -> str:
    with database.reading() as session:
        caller = shapes.caller(request)
        return entering.tried_hash(session, body.username, body.password, caller, now=clock.now())


def _pair(body: shapes.SignIn, fitting: Annotated[str, Depends(_fitting)]) -> KeyPair | None:
    with database.reading() as session:
        return custody.pair_for(session, body.username, body.password, fitting)


def _renewal(body: shapes.ChangePassword, actor: Annotated[Actor, may(Right.PASSWORD_OWN)]) -> passwords.Renewal:
    with database.reading() as session:
        return passwords.prepare(session, actor, body.password, body.new, body.code)


def _one_time(_: Annotated[Actor, may(Right.ACCOUNTS_MANAGE)]) -> passwords.OneTime:
    return passwords.one_time_password()


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
    if entrance.device:
        shapes.set_device_cookie(response, entrance.device)
    return _me(entering.actor_of_token(session, entrance.token, now=clock.now()))


@router.get("/api/v1/session")
def me(actor: Annotated[Actor, may(Right.PASSWORD_OWN)]) -> shapes.Me:
    """Who is signed in, and with which duties."""
    return _me(actor)


@router.delete("/api/v1/session", status_code=204)
def sign_out(
    request: Request, session: Writing, response: Response, actor: Annotated[Actor, may(Right.PASSWORD_OWN)]
) -> None:
    """Sign out; the session ends on the server too."""
    entering.sign_out(session, actor, shapes.session_token(request), now=clock.now())
    response.delete_cookie(shapes.cookie_name(), path="/")


@router.put("/api/v1/session/password", status_code=204, response_class=Response)
def change_password(
    request: Request,
    renewal: Annotated[passwords.Renewal, Depends(_renewal)],
    session: Writing,
    actor: Annotated[Actor, may(Right.PASSWORD_OWN)],
) -> Response:
    """Change one's own password; the old one is asked for, and every other session ends.

    Whoever replaces a one-time password signs in anew; the code wakes their duties at the same time.
    """
    decision = passwords.change(session, actor, renewal, shapes.session_token(request), now=clock.now())
    if decision.allowed:
        return Response(status_code=204)
    # A returned refusal commits: failed attempts must count.
    detail = language.say(rendering.language_of(request), decision.reason, decision.values)
    return problems.render(request, decision.status, decision.code, detail)


@router.put("/api/v1/accounts/{account_id}/password")
def reset_password(
    account_id: int,
    body: shapes.ResetPassword,
    made: Annotated[passwords.OneTime, Depends(_one_time)],
    session: Writing,
    actor: Annotated[Actor, may(Right.ACCOUNTS_MANAGE, fresh=True)],
) -> shapes.OneTimePassword:
    """Give an account a one-time password; its custody key is retired, so papers sealed before do not open to it."""
    account = passwords.reset(session, actor, account_id, made.hash, body.reason, now=clock.now())
    return shapes.OneTimePassword(one_time_password=made.password, until=account.one_time_until or clock.now())


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
    body: shapes.NewAccount,
    made: Annotated[passwords.OneTime, Depends(_one_time)],
    session: Writing,
    actor: Annotated[Actor, may(Right.ACCOUNTS_MANAGE)],
) -> shapes.OpenedAccount:
    """Open an account for a natural person, who chooses a password of their own by the one that is shown now."""
    account = administering.open_account(session, actor, **body.model_dump(), password_hash=made.hash, now=clock.now())
    (shape,) = _shaped(session, [row for row in queries.accounts(session) if row[0].id == account.id])
    until = account.one_time_until or clock.now()
    return shapes.OpenedAccount(**shape.model_dump(), one_time_password=made.password, until=until)


@router.get("/api/v1/accounts")
def list_accounts(
    response: Response,
    session: Reading,
    _: Annotated[Actor, may(Right.ACCOUNTS_VIEW)],
    kind: OrganisationKind | None = None,
    text: Annotated[str, Query(max_length=40)] = "",
    page: Number = 1,
) -> list[shapes.AccountShape]:
    """Accounts with their duties by user name, fifty a page; how many there are is in ``X-Total``.

    All, or those of one kind of body, and with this text in the name of the account, the person or the body.
    """
    return _shaped(
        session, told(response, page_of(session, queries.account_listing(kind=kind, text=text.strip()), page))
    )


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


@router.post("/api/v1/people/{person_id}/citizen-id/readings")
def read_citizen_id(
    person_id: int,
    body: shapes.ReadCitizenId,
    session: Writing,
    actor: Annotated[Actor, may(Right.PERSON_READ_FULL, fresh=True)],
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
        provisional=actor.provisional,
        doubted=actor.doubted,
    )


def _shaped(session: Reading, rows: Sequence[AccountRow]) -> list[shapes.AccountShape]:
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
        for account, person, organisation in rows
    ]
