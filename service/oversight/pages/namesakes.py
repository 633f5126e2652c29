"""HTML routes of namesakes: the auditor's list, and what was handed over to whoever grants and revokes duties."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading, Writing
from service.oversight.actions import namesakes
from service.oversight.rules.namesakes import FINDING_NAMES, LIKENESS_NAMES, SLIPS, STANDING_NAMES
from service.oversight.shapes import namesakes as shapes
from service.oversight.shapes.namesakes import Asked, Judging, Lines, Page

router = APIRouter(include_in_schema=False)


@router.get("/namesakes")
def list_namesakes(
    request: Request, actor: Judging, asked: Asked, found: Lines, session: Writing, page: Page = 1
) -> Response:
    """Persons of one name under several ids, with what an auditor may put down; looking goes on record."""
    namesakes.note(session, actor, asked, len(found), now=clock.now())
    context = {
        "found": shapes.page_of(found, page),
        "asked": asked,
        "query": {"standing": asked.standing.value, "slips": str(asked.slips).lower(), "name": asked.name},
        "standings": STANDING_NAMES,
        "likenesses": LIKENESS_NAMES,
        "slips": SLIPS,
        "findings": FINDING_NAMES,
    }
    return rendering.page(request, "oversight/namesakes.html", context, actor=actor)


@router.get("/same-persons")
def same_persons(request: Request, session: Reading, actor: Annotated[Actor, may(Right.DUTIES_GRANT)]) -> Response:
    """Who auditors found to be one human: duties are taken away on the accounts' page."""
    context = {"rows": namesakes.handed_over(session, actor), "likenesses": LIKENESS_NAMES}
    return rendering.page(request, "oversight/same_persons.html", context, actor=actor)
