"""JSON routes of rehearsals and of individual arrangements."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading, Writing
from service.kernel.paging import page_of
from service.sittings.actions import granting as actions
from service.sittings.actions import rehearsing
from service.sittings.queries import granting as queries
from service.sittings.queries.granting import GrantLine
from service.sittings.rules.granting import GrantState
from service.sittings.shapes import bodies, places, views
from service.sittings.shapes import granting as shapes
from service.sittings.shapes.granting import ArrangementShape

router = APIRouter()
Arranging = Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
Approving = Annotated[Actor, may(Right.SITTINGS_APPROVE)]


@router.post("/rehearsals", status_code=201)
def plan_rehearsal(body: places.NewRehearsal, session: Writing, actor: Arranging) -> bodies.SittingShape:
    """Plan a rehearsal; it is a sitting like others, on practice questions, and counts for nothing."""
    now = clock.now()
    starts_at = body.starts_at or now
    sitting = rehearsing.plan_rehearsal(
        session, actor, body.class_id, body.room_id, starts_at, body.duration_minutes, now=now
    )
    return views.sitting(session, sitting.id or 0)


@router.post("/rehearsals/{sitting_id}/cancellation")
def cancel_rehearsal(sitting_id: int, session: Writing, actor: Arranging) -> bodies.SittingShape:
    """Cancel a rehearsal that nobody has come to yet."""
    rehearsing.cancel_rehearsal(session, actor, sitting_id, now=clock.now())
    return views.sitting(session, sitting_id)


@router.get("/arrangements")
def list_arrangements(
    response: Response,
    session: Reading,
    _: Arranging,
    class_id: int | None = None,
    state: GrantState | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
) -> list[ArrangementShape]:
    """Individual arrangements, what waits for a decision first, fifty a page; how many there are is in ``X-Total``."""
    return _page(response, session, queries.listing(class_id=class_id, state=state), page)


@router.get("/arrangements/pending")
def list_pending(
    response: Response, session: Reading, _: Approving, page: Annotated[int, Query(ge=1)] = 1
) -> list[ArrangementShape]:
    """The individual arrangements that wait for a decision."""
    return _page(response, session, queries.listing(state=GrantState.PROPOSED), page)


@router.post("/arrangements", status_code=201)
def propose(body: shapes.NewArrangement, session: Writing, actor: Arranging) -> ArrangementShape:
    """Ask for what one trainee needs in every sitting of a class."""
    row = actions.propose(session, actor, body.class_id, body.trainee_id, body.grants(), body.reason, now=clock.now())
    return _one(session, row.id or 0)


@router.delete("/arrangements/{arrangement_id}", status_code=204)
def withdraw(arrangement_id: int, session: Writing, actor: Arranging) -> Response:
    """Take a request back that nobody has decided."""
    actions.withdraw(session, actor, arrangement_id, now=clock.now())
    return Response(status_code=204)


@router.post("/arrangements/{arrangement_id}/decision")
def decide(
    request: Request, arrangement_id: int, body: shapes.GrantDecision, session: Writing, actor: Approving
) -> ArrangementShape:
    """Approve or decline what another person asked for; told with it is what the minutes run into."""
    now = clock.now()
    row = actions.decide(session, actor, arrangement_id, approve=body.approve, reason=body.reason, now=now)
    conflicts = shapes.conflicts_of(session, row, rendering.language_of(request), now)
    return _one(session, arrangement_id).model_copy(update={"conflicts": conflicts})


@router.post("/arrangements/{arrangement_id}/revocation")
def revoke(arrangement_id: int, body: bodies.Reason, session: Writing, actor: Approving) -> ArrangementShape:
    """Take an approval back that has not been used."""
    actions.revoke(session, actor, arrangement_id, body.reason, now=clock.now())
    return _one(session, arrangement_id)


def _one(session: Session, arrangement_id: int) -> ArrangementShape:
    found = session.execute(queries.listing(arrangement_id=arrangement_id)).first()
    if found is None:
        raise errors.NotFound()
    return ArrangementShape.of(GrantLine(*found))


def _page(response: Response, session: Session, statement: object, number: int) -> list[ArrangementShape]:
    found = page_of(session, statement, number)
    response.headers["X-Total"], response.headers["X-Pages"] = str(found.total), str(found.pages)
    return [ArrangementShape.of(GrantLine(*row)) for row in found.rows]
