"""HTML routes of access: signing in, and the administrator's accounts."""

import re
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.access import queries
from service.access.actions import closing, declaring, factors, using
from service.access.pages import doors, guarding
from service.access.queries import doors as door_queries
from service.access.queries import ties as tie_queries
from service.access.rules import closing as rules
from service.access.rules import separation
from service.access.rules.duties import DUTY_NAMES, EXAM_DUTIES, HOLDERS, Duty
from service.access.rules.people import KIND_NAMES, OrganisationKind
from service.access.rules.policy import ANONYMOUS, Actor, Right
from service.access.rules.ties import TIE_NAMES
from service.access.shapes import may
from service.access.tables import Account, Organisation
from service.kernel import clock, errors, paging, rendering, settings
from service.kernel.bounds import BIGGEST
from service.kernel.database import Reading
from service.kernel.decision import Decision, first_refusal
from service.kernel.paging import Blank

router = APIRouter(include_in_schema=False)
router.include_router(doors.router)
router.include_router(guarding.router)
# A page of this service: one slash and no second one, nor a backslash, which browsers read as one. Whatever else a link
# names after signing in would be somebody else's page.
INSIDE = re.compile(r"/(?![/\\])[\w\-./?=&%]{0,300}", re.ASCII)


@router.get("/sign-in")
def sign_in(request: Request, actor: Annotated[Actor, may(Right.PUBLIC)], next: str = "/") -> Response:  # noqa: A002
    """The form for staff; whoever is signed in already goes on to their work, or to the page that sent them here."""
    onward = next if INSIDE.fullmatch(next) else "/"
    if actor is not ANONYMOUS:
        return RedirectResponse(onward, status_code=303)
    return rendering.page(request, "access/sign_in.html", {"onward": onward}, actor=actor)


@router.get("/password")
def password(request: Request, actor: Annotated[Actor, may(Right.PASSWORD_OWN)]) -> Response:
    """The form for choosing or changing one's own password, and for the code that wakes one's duties."""
    return rendering.page(request, "access/password.html", {"least": settings.current().shortest_password}, actor=actor)


@router.get("/accounts")
def accounts(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.ACCOUNTS_VIEW)],
    kind: Annotated[OrganisationKind | None, Blank] = None,
    text: str = "",
    page: int = 1,
) -> Response:
    """A page of the accounts with their duties, the bodies, and the forms that add to both."""
    programs = queries.clients(session)
    context = {
        "found": paging.page_of(session, queries.account_listing(kind=kind, text=text.strip()), page),
        "duties": queries.duties_by_account(session),
        "organisations": queries.organisations(session),
        "readers": [found for found in queries.organisations(session) if found.kind in HOLDERS[Duty.STATISTICS]],
        "clients": [row for row in programs if row[0].removed_at is None],
        "removed": [row for row in programs if row[0].removed_at is not None],
        "kinds": KIND_NAMES,
        "duty_names": DUTY_NAMES,
        "kind": kind or "",
        "text": text,
    }
    return rendering.page(request, "access/accounts.html", context, actor=actor)


@router.get("/accounts/{account_id}")
def account(
    request: Request, account_id: int, session: Reading, actor: Annotated[Actor, may(Right.ACCOUNTS_VIEW)]
) -> Response:
    """One account: every duty with whether it is held, may be granted, or why not."""
    found = next((row for row in queries.accounts(session) if row[0].id == account_id), None)
    if found is None:
        raise errors.NotFound()
    row, person, organisation = found
    context = {
        "account": row,
        "person": person,
        "organisation": organisation,
        "others": [other for other in queries.accounts(session) if other[1].id == person.id and other[0] is not row],
        "held": queries.duties_of_account(session, account_id, now=clock.now()),
        "grants": _grants(session, row, organisation),
        "exam_duties": EXAM_DUTIES,
        "kinds": KIND_NAMES,
        "duty_names": DUTY_NAMES,
        "closing": closing.judge_closing(session, actor, row),
        "reopening": closing.judge_reopening(session, actor, row),
        "places": door_queries.held_places(session, account_id, clock.now()),
        "factors": factors.names(session, account_id),
    }
    return rendering.page(request, "access/account.html", context, actor=actor)


def _grants(session: Session, row: Account, organisation: Organisation) -> dict[Duty, Decision]:
    """For every duty, the decision that granting it would meet."""
    held = using.held_by(session, row.person_id, clock.today())
    employers = queries.employers_of_person(session, row.person_id, ended_after=using.ended_after(clock.today()))
    kind, usable = OrganisationKind(organisation.kind), rules.must_be_open(row.active)
    return {
        duty: first_refusal(usable, separation.may_receive(kind, duty, held, employers))
        for duty in Duty
        if duty is not Duty.SIT
    }


@router.get("/ties")
def ties(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.SIGNED_IN)],
    organisation_id: Annotated[int | None, Blank, Query(ge=1, le=BIGGEST)] = None,
    text: Annotated[str, Query(max_length=40)] = "",
    page: paging.Number = 1,
) -> Response:
    """One's own declared ties with the form for another one; for those who record them, a page of everybody's."""
    if actor.account_id is None:
        raise errors.NotFound()
    recording = actor.holds(Right.TIES_RECORD)
    person_id, sought = None if recording else actor.person_id, text.strip()
    listing = tie_queries.listing(person_id=person_id, organisation_id=organisation_id, text=sought)
    found = paging.page_of(session, listing, page)
    lines = [tie_queries.line(row) for row in found.rows]
    context = {
        "lines": [(line, *declaring.judge_withdrawal(actor, line.tie)) for line in lines],
        "found": found,
        "query": {name: value for name, value in (("organisation_id", organisation_id), ("text", sought)) if value},
        "recording": recording,
        "accounts": queries.accounts(session) if recording else [],
        "institutions": queries.organisations(session, OrganisationKind.INSTITUTION),
        "tie_names": TIE_NAMES,
        "months": settings.current().tie_months,
        "today": clock.today(),
    }
    return rendering.page(request, "access/ties.html", context, actor=actor)
