"""JSON routes of switching a room to the other form of its paper."""

from typing import Annotated

from fastapi import APIRouter

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors
from service.kernel.database import Reading, Writing
from service.sittings.actions import switching
from service.sittings.actions.switching import Draft
from service.sittings.queries import switching as queries
from service.sittings.shapes import switching as shapes

router = APIRouter()
Switching = Annotated[Actor, may(Right.PAPERS_SWITCH)]


@router.post("/sittings/{sitting_id}/switches", status_code=201)
def propose(sitting_id: int, body: shapes.ProposeSwitch, session: Writing, actor: Switching) -> shapes.SwitchShape:
    """Propose that the room go over to the other form; another person has to confirm it."""
    made = switching.propose(session, actor, sitting_id, Draft(body.reason, body.note), now=clock.now())
    return next(shapes.SwitchShape.of(one) for one in queries.listed(session, [sitting_id]) if one.switch.id == made.id)


@router.post("/sittings/switches/{switch_id}/decision")
def decide(switch_id: int, body: shapes.DecideSwitch, session: Writing, actor: Switching) -> shapes.SwitchShape:
    """Confirm what another person proposed, which carries it out at once, or decline it."""
    found = switching.decide(session, actor, switch_id, accept=body.accept, now=clock.now())
    listed = queries.listed(session, [found.sitting_id])
    return next(shapes.SwitchShape.of(one) for one in listed if one.switch.id == switch_id)


@router.get("/sittings/switches/{switch_id}/answers")
def archived(
    switch_id: int, session: Reading, _: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]
) -> list[shapes.ArchivedShape]:
    """The answers to the form that was given up, by seat and position; they count for nothing and stay."""
    if queries.switch(session, switch_id) is None:
        raise errors.NotFound()
    return [shapes.ArchivedShape.of(one) for one in queries.archived(session, switch_id)]
