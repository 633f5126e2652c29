"""JSON routes of answering on paper where machines have failed."""

from typing import Annotated

from fastapi import APIRouter
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.sittings import queries as sittings
from service.sittings.actions import on_paper
from service.sittings.actions.on_paper import Declaration
from service.sittings.queries import on_paper as queries
from service.sittings.shapes import on_paper as shapes

router = APIRouter()
Declaring = Annotated[Actor, may(Right.SITTINGS_ON_PAPER)]


@router.get("/sittings/{sitting_id}/paper-sheets")
def list_sheets(sitting_id: Identifier, session: Reading, actor: Declaring) -> list[shapes.PaperSheetShape]:
    """The seats of a sitting that answer on paper or are declared to, and how far each sheet is."""
    using.require_reach(actor, Right.SITTINGS_ON_PAPER, sittings.subject(session, sitting_id))
    if sittings.sitting(session, sitting_id) is None:
        raise errors.NotFound()
    return _listed(session, sitting_id)


@router.post("/sittings/{sitting_id}/paper-sheets", status_code=201)
def declare(
    sitting_id: Identifier, body: shapes.DeclarePaper, session: Writing, actor: Declaring
) -> list[shapes.PaperSheetShape]:
    """Declare that seats answer on paper; another person has to confirm it."""
    made = Declaration(body.seats, body.reason, body.note)
    on_paper.propose(session, actor, sitting_id, made, now=clock.now())
    return _listed(session, sitting_id)


@router.post("/sittings/{sitting_id}/paper-sheets/decision")
def decide(
    sitting_id: Identifier, body: shapes.DecidePaper, session: Writing, actor: Declaring
) -> list[shapes.PaperSheetShape]:
    """Confirm what another person declared, and the machines take nothing any more; or decline it."""
    on_paper.decide(session, actor, sitting_id, body.sheets, accept=body.accept, now=clock.now())
    return _listed(session, sitting_id)


def _listed(session: Session, sitting_id: int) -> list[shapes.PaperSheetShape]:
    return [shapes.PaperSheetShape.of(one) for one in queries.of_sitting(session, sitting_id)]
