"""The page that tells authors what the bank lacks: items by regulation and difficulty beside what blueprints need."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.papers.actions import covering
from service.papers.pages.words import WORDS, titles

router = APIRouter()


@router.get("/papers/coverage")
def coverage(request: Request, session: Reading, actor: Annotated[Actor, may(Right.BANK_READ)]) -> Response:
    """Every role's table and chart, as of today; how often items were used is not told."""
    found = covering.cover(session, actor, today=clock.today())
    context = {**WORDS, "found": found, "titles": titles(session, rendering.language_of(request))}
    return rendering.page(request, "papers/coverage.html", context, actor=actor)
