"""HTML routes of switching: what waits for a second person, and one room's switch."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions import using
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading
from service.sittings import queries as sittings
from service.sittings.actions import on_duty
from service.sittings.actions import switching as actions
from service.sittings.queries import switching as queries
from service.sittings.rules import switching as rules
from service.sittings.rules.switching import SwitchReason

router = APIRouter(include_in_schema=False)
Switching = Annotated[Actor, may(Right.PAPERS_SWITCH)]


@router.get("/sittings/switches")
def switches(request: Request, session: Reading, actor: Switching) -> Response:
    """All switches that the caller may know of, those that wait for a second person first."""
    mine = None
    if Reach.ALL not in reaches(actor, Right.PAPERS_SWITCH):
        mine = [view.sitting.id or 0 for view in on_duty.of_person(session, actor, now=clock.now()).told]
    found = sorted(queries.listed(session, mine), key=lambda one: one.switch.decided_at is not None)
    context = {"found": found, "reasons": rules.SWITCH_REASON_NAMES}
    return rendering.page(request, "sittings/switches.html", context, actor=actor)


@router.get("/sittings/{sitting_id}/switch")
def switch(request: Request, sitting_id: int, session: Reading, actor: Switching) -> Response:
    """One room: whether it may go over to the other form, who proposed it, and who may confirm it."""
    now = clock.now()
    using.require_reach(actor, Right.PAPERS_SWITCH, sittings.subject(session, sitting_id))
    view = sittings.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    hands, room = (
        actions.hands_of(session, actor, view.sitting, now=now),
        actions.room_of(session, view.sitting, now=now),
    )
    waiting = queries.waiting(session, sitting_id)
    asked = {"decided": False, "same_person": waiting is not None and waiting.proposed_by == actor.person_id}
    context = {
        "view": view,
        "found": queries.listed(session, [sitting_id]),
        "waiting": waiting,
        "reasons": rules.SWITCH_REASON_NAMES,
        "proposing": rules.may_propose(room, hands, SwitchReason.LEAK, "", waiting=waiting is not None),
        "confirming": rules.may_confirm(room, hands, accept=True, **asked),
        "declining": rules.may_confirm(room, hands, accept=False, **asked),
        "proctoring": rules.Hand.PROCTOR in hands,
    }
    return rendering.page(request, "sittings/switch.html", context, actor=actor)
