"""The page of regulation editions: their dates, how many items rest on each, and what is proposed where one ends."""

from collections import Counter
from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries
from service.bank.pages.item import WORDS
from service.bank.queries import resting
from service.bank.rules import items, repeal
from service.bank.rules.items import State
from service.bank.rules.repeal import PROPOSAL_NAMES, Proposal
from service.kernel import clock, rendering
from service.kernel.database import Reading

router = APIRouter()


@router.get("/bank/editions")
def editions(request: Request, session: Reading, actor: Annotated[Actor, may(Right.BANK_READ)]) -> Response:
    """Every edition; of one that is repealed or soon will be, how many items should be cited anew or retired."""
    known, today = queries.editions(session), clock.today()
    named = {slug: resting.dated(row) for slug, row in known.items()}
    ending = {one.slug: one for one in repeal.ending(named.values(), today)}
    successors = {slug: repeal.successor(named.values(), one) for slug, one in ending.items()}
    proposed = Counter[tuple[str, Proposal]]()
    for (slug, article), number in resting.in_use(session, ending).items():
        proposed[slug, repeal.proposal(article, successors[slug])] += number
    context = {
        **WORDS,
        "listed": [state for state in State if state is not State.WITHDRAWN],
        "editions": known,
        "counts": resting.counts(session),
        "ending": ending,
        "successors": successors,
        "proposed": proposed,
        "proposals": PROPOSAL_NAMES,
        "in_force": {slug: items.in_force(row.effective_on, row.repealed_on, today) for slug, row in known.items()},
        "today": today,
    }
    return rendering.page(request, "bank/editions.html", context, actor=actor)
