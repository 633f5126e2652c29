"""The page of items whose edition ends, with what is proposed for each."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries
from service.bank.pages.item import WORDS
from service.bank.queries import standing
from service.bank.queries.resting import dated
from service.bank.rules import items, repeal
from service.bank.rules.repeal import PROPOSAL_NAMES
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.kernel.paging import page_of

router = APIRouter()


@router.get("/bank/repealed")
def repealed(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.BANK_READ)],
    page: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    """Items in use on editions that are repealed or soon will be: out of every paper by themselves from that day on."""
    editions, today = queries.editions(session), clock.today()
    known = [dated(one) for one in editions.values()]
    ending = {one.slug: one for one in repeal.ending(known, today)}
    successors = {slug: repeal.successor(known, one) for slug, one in ending.items()}
    context = {
        **WORDS,
        "found": page_of(session, standing.resting_on(ending), page),
        "editions": editions,
        "ending": ending,
        "successors": successors,
        "proposal": lambda version: repeal.proposal(version.article, successors[version.edition_slug]),
        "proposals": PROPOSAL_NAMES,
        "in_force": {slug: items.in_force(row.effective_on, row.repealed_on, today) for slug, row in editions.items()},
    }
    return rendering.page(request, "bank/repealed.html", context, actor=actor)
