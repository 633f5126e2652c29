"""JSON routes of opening a closed sheet again."""

from typing import Annotated

from fastapi import APIRouter
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.results.actions import handed_in_before as earlier
from service.results.actions import reopening
from service.results.shapes import reopening as shapes
from service.sittings import queries as sittings
from service.sittings.queries import reopening as queries
from service.sittings.tables import SheetReopening

router = APIRouter()
Reopening = Annotated[Actor, may(Right.SITTINGS_REOPEN)]


@router.get("/sittings/{sitting_id}/reopenings")
def list_reopenings(sitting_id: Identifier, session: Reading, actor: Reopening) -> list[shapes.ReopeningShape]:
    """The sheets of a sitting that were opened again or are proposed to be, what waits first."""
    using.require_reach(actor, Right.SITTINGS_REOPEN, sittings.subject(session, sitting_id))
    if sittings.sitting(session, sitting_id) is None:
        raise errors.NotFound()
    return [shapes.ReopeningShape.of(one) for one in queries.listed(session, [sitting_id])]


@router.post("/sittings/seats/{seat_id}/reopenings", status_code=201)
def propose(
    seat_id: Identifier, body: shapes.ProposeReopening, session: Writing, actor: Reopening
) -> shapes.ReopeningShape:
    """Propose that a closed sheet be opened again; another person has to confirm it."""
    return _shown(session, reopening.propose(session, actor, seat_id, body.draft(), now=clock.now()))


@router.post("/sittings/reopenings/{reopening_id}/decision")
def decide(
    reopening_id: Identifier,
    body: shapes.DecideReopening,
    session: Writing,
    actor: Annotated[Actor, may(Right.SITTINGS_REOPEN, fresh=True)],
) -> shapes.ReopeningShape:
    """Confirm what another person proposed, and the candidate goes on at once; or decline it."""
    return _shown(session, reopening.decide(session, actor, reopening_id, accept=body.accept, now=clock.now()))


@router.get("/sittings/reopenings/{reopening_id}/answers")
def handed_in_before(
    reopening_id: Identifier, session: Writing, actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]
) -> shapes.HandedInBefore:
    """What was handed in before the sheet was opened again; it counts for nothing and stays. Looking goes on record."""
    return shapes.HandedInBefore.of(earlier.read(session, actor, reopening_id, now=clock.now()))


def _shown(session: Session, row: SheetReopening) -> shapes.ReopeningShape:
    listed = queries.listed(session, [row.sitting_id])
    return next(shapes.ReopeningShape.of(one) for one in listed if one.row.id == row.id)
