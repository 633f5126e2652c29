"""What crosses HTTP for access: credentials, the guard of every route, and the bodies of its requests."""

from datetime import date, datetime, timedelta
from typing import Any

from fastapi import Depends, Request, Response
from pydantic import BaseModel, Field

from service.access.actions import entering, programs, using
from service.access.actions.holding import Caller
from service.access.rules import lockout, proofs
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import ANONYMOUS, Actor, Right
from service.access.rules.ties import TieKind
from service.kernel import clock, database, flooding, peers, settings
from service.kernel.guards import Guard

# As long as browsers keep a cookie at most.
DEVICE_LIFE = timedelta(days=400)


def may(right: Right, *, fresh: bool = False) -> Any:
    """The dependency that every route declares: admit whoever holds the right, as an :class:`Actor`.

    ``fresh``: and who has given their password or a code again a few minutes ago.
    """
    return Depends(Guard(right, fresh=fresh))


def admit(request: Request, right: str, *, fresh: bool = False) -> Actor:
    """Find out who asks, and refuse them unless a duty of theirs carries the right."""
    actor = acting(request)
    request.state.actor = actor
    _count(request, actor)
    using.require_right(actor, Right(right))
    # A program has no hand to prove itself by: it shows its secret every ten minutes.
    if fresh and not actor.is_program:
        proofs.is_fresh(actor.proven_at, clock.now(), settings.current().step_up_minutes).or_refuse()
    return actor


def _count(request: Request, actor: Actor) -> None:
    """Whoever is known is counted by account, program or seat, so that a room behind one address is not one caller."""
    chosen = settings.current()
    if actor is ANONYMOUS:
        # By the place, for one subscriber of IPv6 has 2^64 addresses to come from.
        place = lockout.place(peers.address(request.scope))
        flooding.count(f"address:{place}", chosen.requests_per_address)
    else:
        flooding.count(actor.label, chosen.requests_per_account)


def acting(request: Request) -> Actor:
    """Whoever's cookie or access token this request carries."""
    scheme, _, bearer = request.headers.get("authorization", "").partition(" ")
    token = request.cookies.get(cookie_name(), "")
    if not bearer and not token:
        return ANONYMOUS
    with database.reading() as session:
        if scheme.lower() == "bearer":
            return programs.actor_of_bearer(session, bearer, peers.certificate(request.scope), now=clock.now())
        return entering.actor_of_token(session, token, now=clock.now())


def cookie_name() -> str:
    """``__Host-`` binds the cookie to this host and to HTTPS, where there is HTTPS."""
    return "__Host-peikao" if settings.current().secure_cookies else "peikao"


def set_session_cookie(response: Response, token: str) -> None:
    """Hand the token to the browser, out of reach of scripts and of other sites."""
    secure = settings.current().secure_cookies
    response.set_cookie(cookie_name(), token, httponly=True, samesite="strict", secure=secure, path="/")


def device_name() -> str:
    """The cookie by which a browser that signed in once is known again."""
    return f"{cookie_name()}-device"


def set_device_cookie(response: Response, token: str) -> None:
    """Let the browser be known again, so that a stranger's guesses do not hold it up."""
    secure, kept = settings.current().secure_cookies, int(DEVICE_LIFE.total_seconds())
    response.set_cookie(device_name(), token, max_age=kept, httponly=True, samesite="strict", secure=secure, path="/")


def caller(request: Request) -> Caller:
    """Where a request comes from."""
    device = request.cookies.get(device_name(), "")[:100]
    return Caller(peers.address(request.scope), device, request.headers.get("user-agent", ""))


def session_token(request: Request) -> str:
    return request.cookies.get(cookie_name(), "")


class SignIn(BaseModel):
    """The password, and where the account has a second factor a code of it, or what a passkey signed."""

    username: str = Field(max_length=40)
    password: str = Field(max_length=200)
    code: str = Field("", max_length=40)
    assertion: dict[str, Any] | None = None


class ChangePassword(BaseModel):
    """The code is the security administrator's, for whoever has chosen no password of their own before."""

    password: str = Field(max_length=200)
    new: str = Field(max_length=200)
    code: str = Field("", max_length=40)


class ResetPassword(BaseModel):
    reason: str = Field(min_length=4, max_length=200)


class StepUp(BaseModel):
    """The password given again, before a hand counts."""

    password: str = Field(max_length=200)


class Me(BaseModel):
    """Who is signed in."""

    label: str
    name: str
    organisation: str
    organisation_kind: OrganisationKind | None
    duties: list[Duty]
    unproven: bool = False
    provisional: bool = False
    doubted: bool = False


class NewOrganisation(BaseModel):
    kind: OrganisationKind
    name: str = Field(min_length=2, max_length=120)
    county: str = Field("", max_length=40)


class OrganisationShape(NewOrganisation):
    id: int


class NewAccount(BaseModel):
    organisation_id: int
    name: str = Field(min_length=1, max_length=60)
    citizen_id: str = Field(max_length=18)
    username: str = Field(min_length=2, max_length=40, pattern=r"^[a-z0-9][a-z0-9._-]+$")


class AccountShape(BaseModel):
    """An account as the administrator sees it; the citizen id stays masked."""

    id: int
    username: str
    name: str
    citizen_id_masked: str
    organisation: str
    organisation_kind: OrganisationKind
    duties: list[Duty]


class OneTimePassword(BaseModel):
    """Shown once; good for choosing another one, until then."""

    one_time_password: str
    until: datetime


class OpenedAccount(AccountShape, OneTimePassword):
    """A new account, with the password that its person replaces."""


class GrantDuty(BaseModel):
    duty: Duty


class DutyShape(BaseModel):
    account_id: int
    duty: Duty
    granted_at: datetime


class ReadCitizenId(BaseModel):
    reason: str = Field(min_length=4, max_length=200)


class CitizenId(BaseModel):
    citizen_id: str


# Days that a form can mean; whatever lies further away was mistyped.
FIRST_DAY, LAST_DAY = date(1950, 1, 1), date(2100, 1, 1)


class NewTie(BaseModel):
    """A tie to an institution, of the person who sends it."""

    organisation_id: int
    kind: TieKind
    since: date = Field(ge=FIRST_DAY, le=LAST_DAY)
    until: date | None = Field(None, ge=FIRST_DAY, le=LAST_DAY)
    note: str = Field("", max_length=200)


class NewTieFor(NewTie):
    """A tie of the person of an account."""

    account_id: int


class TieShape(NewTie):
    """A declared tie; ``withdrawal_proposed_at`` while a withdrawal waits for the second person."""

    id: int
    name: str
    organisation: str
    declared_at: datetime
    declared_by: str
    withdrawal_proposed_at: datetime | None
    withdrawal_reason: str
    withdrawn_at: datetime | None


class Withdrawal(BaseModel):
    reason: str = Field(min_length=4, max_length=200)


class WithdrawalDecision(BaseModel):
    approve: bool
