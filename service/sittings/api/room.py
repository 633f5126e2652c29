"""JSON routes in the room: opening the paper, the board, what proctors do."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, language, problems, rendering
from service.kernel.database import Reading, Writing
from service.sittings import queries
from service.sittings.actions import proctoring
from service.sittings.shapes import bodies as shapes
from service.sittings.shapes import views

router = APIRouter()
Proctoring = Annotated[Actor, may(Right.SITTINGS_PROCTOR)]


@router.post("/sittings/{sitting_id}/opening", response_model=shapes.OpeningShape)
def open_paper(
    request: Request,
    sitting_id: int,
    session: Writing,
    actor: Annotated[Actor, may(Right.PAPERS_OPEN)],
) -> Response | shapes.OpeningShape:
    """Add this proctor's hand to opening the paper; the second of two opens it. Early attempts are on record."""
    decision, opened = proctoring.open_paper(session, actor, sitting_id, now=clock.now())
    if not decision.allowed:
        # A returned refusal commits: the attempt must stay in the journal.
        detail = language.say(rendering.language_of(request), decision.reason, decision.values)
        return problems.render(request, decision.status, decision.code, detail, source=decision.source)
    return shapes.OpeningShape(opened=opened, hands=2 if opened else 1)


@router.get("/sittings/{sitting_id}/board")
def board(sitting_id: int, session: Reading, actor: Proctoring) -> shapes.BoardShape:
    """All seats of a sitting as they stand now."""
    using.require_reach(actor, Right.SITTINGS_PROCTOR, queries.subject(session, sitting_id))
    return views.board(session, actor, sitting_id)


@router.post("/sittings/seats/{seat_id}/release")
def release(seat_id: int, body: shapes.Reason, session: Writing, actor: Proctoring) -> dict[str, int]:
    """Let a candidate continue on another machine, or unlock a seat after wrong entries."""
    return {"seat_id": proctoring.release_seat(session, actor, seat_id, body.reason, now=clock.now()).id or 0}


@router.post("/sittings/{sitting_id}/incidents", status_code=201)
def report_incident(sitting_id: int, body: shapes.NewIncident, session: Writing, actor: Proctoring) -> dict[str, int]:
    """Report an incident of the room or of a seat."""
    incident = proctoring.report_incident(session, actor, sitting_id, body.seat_id, body.text, now=clock.now())
    return {"id": incident.id or 0}
