"""The page of all cases: their texts, their sub-questions, and whether a paper could take them."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.bank.pages.item import WORDS
from service.bank.queries import cases as queries
from service.kernel import clock, rendering
from service.kernel.database import Reading

router = APIRouter()


@router.get("/bank/cases")
def cases(request: Request, session: Reading, actor: Annotated[Actor, may(Right.BANK_READ)]) -> Response:
    """All cases as they stand today."""
    found = queries.listed(session, clock.today())
    context = {**WORDS, "cases": found, "writes": holds(actor, Right.BANK_AUTHOR)}
    return rendering.page(request, "bank/cases.html", context, actor=actor)
