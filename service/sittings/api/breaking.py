"""The JSON route of break-glass openings: of papers, but the rooms that wait for one have to hear of it."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.access.actions import custody
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database, language, problems, rendering
from service.kernel.database import Writing
from service.papers.rules.states import Form
from service.sittings.actions import breaking
from service.sittings.shapes import bodies as shapes

router = APIRouter()
Breaking = Annotated[Actor, may(Right.PAPERS_BREAK_OPEN)]


def _hand(paper_id: int, letter: Form, body: shapes.BreakOpen, actor: Breaking) -> custody.Hand:
    """The intent, on record by itself, and then what the password opens: slow, so before the turn to write."""
    with database.writing() as session:
        breaking.intend_to_break(session, actor, paper_id, letter, now=clock.now())
    with database.reading() as session:
        return custody.step_up(session, actor, body.password)


@router.post("/papers/{paper_id}/forms/{letter}/break-glass", response_model=shapes.OpeningShape)
def break_open(
    request: Request,
    paper_id: int,
    letter: Form,
    body: shapes.BreakOpen,
    hand: Annotated[custody.Hand, Depends(_hand)],
    session: Writing,
    actor: Breaking,
) -> Response | shapes.OpeningShape:
    """Add a custodian's hand to opening a form outside the usual way; the second within 15 minutes opens it."""
    decision, opened = breaking.break_open(session, actor, paper_id, letter, body.reason, hand, now=clock.now())
    if not decision.allowed:
        # A returned refusal commits: the attempt must stay in the journal.
        detail = language.say(rendering.language_of(request), decision.reason, decision.values)
        return problems.render(request, decision.status, decision.code, detail, source=decision.source)
    return shapes.OpeningShape(opened=opened, hands=2 if opened else 1)
