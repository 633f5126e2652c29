"""HTML routes of the bank: looking through it; one item, imports and repealed editions have modules of their own."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.bank import queries
from service.bank.actions.exporting import FORMAT_NAMES
from service.bank.pages import cases, drafts, editions, imports, item, leaks, repealed, tagging
from service.bank.pages.item import WORDS
from service.bank.queries import queue, searching
from service.bank.queries import tagging as filing
from service.bank.rules import items as rules
from service.bank.shapes.narrowing import Asked, Place
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.kernel.paging import stretch_of

router = APIRouter(include_in_schema=False)
for one in (cases, drafts, editions, imports, item, leaks, repealed, tagging):
    router.include_router(one.router)


@router.get("/bank")
def items(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.BANK_READ)],
    asked: Asked,
    before: Place = "",
    after: Place = "",
) -> Response:
    """The bank: how much of what there is, the editions it rests on, and the items, without their keys."""
    known = queries.editions(session)
    found = stretch_of(session, searching.listing(session, asked), searching.ORDER, before=before, after=after)
    context = {
        **WORDS,
        # What was taken back is in nobody's list.
        "states": {state: name for state, name in rules.STATE_NAMES.items() if state is not rules.State.WITHDRAWN},
        "found": found,
        "filed": filing.filed(session, {one.id for one, _ in found.rows}),
        "formats": FORMAT_NAMES,
        "kept_back": queue.number_kept_back(session, actor.person_id, asked) if holds(actor, Right.BANK_REVIEW) else 0,
        "asked": asked,
        "query": asked.named(),
        "difficulties": rules.DIFFICULTIES,
        "subjects": queries.subjects(session),
        "counts": queries.counts(session),
        "editions": known,
        "in_force": {
            slug: rules.in_force(row.effective_on, row.repealed_on, clock.today()) for slug, row in known.items()
        },
    }
    return rendering.page(request, "bank/items.html", context, actor=actor)
