"""The page of all cases: their texts, their sub-questions, and whether a paper could take them."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.bank.pages.item import WORDS
from service.bank.queries import cases as queries
from service.kernel import clock, paging, rendering
from service.kernel.database import Reading

router = APIRouter()
# A case is a long text: fewer to a page than rows of a table.
CASES = 20


@router.get("/bank/cases")
def cases(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.BANK_READ)],
    text: str = "",
    page: int = 1,
) -> Response:
    """A page of the cases as they stand today, all or those in whose code, text or items' codes some words are."""
    sought = text.strip().lower()
    found = [
        one
        for one in queries.listed(session, clock.today())
        if any(sought in words.lower() for words in (one.code, one.text, *(part.code for part in one.parts)))
    ]
    among = paging.page_among(found, page, rows=CASES)
    context = {**WORDS, "found": among, "text": text, "writes": holds(actor, Right.BANK_AUTHOR)}
    return rendering.page(request, "bank/cases.html", context, actor=actor)
