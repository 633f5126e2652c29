"""HTML route of answering on paper: one room's declarations, who may confirm them, and how far each sheet is."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading
from service.sittings import queries as sittings
from service.sittings.actions import on_paper
from service.sittings.queries import desks, transcripts
from service.sittings.queries import on_paper as queries
from service.sittings.rules import on_paper as rules
from service.sittings.rules.on_paper import PaperStage
from service.sittings.rules.switching import Hand

router = APIRouter(include_in_schema=False)
Declaring = Annotated[Actor, may(Right.SITTINGS_ON_PAPER)]


@router.get("/sittings/{sitting_id}/on-paper")
def declarations(request: Request, sitting_id: int, session: Reading, actor: Declaring) -> Response:
    """One room: who may go over to paper, what waits for a second person, and how far each sheet is."""
    now = clock.now()
    using.require_reach(actor, Right.SITTINGS_ON_PAPER, sittings.subject(session, sitting_id))
    view = sittings.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    place, hands = on_paper.room_of(session, actor, view.sitting, now=now)
    found = queries.of_sitting(session, sitting_id)
    waiting = [one for one in found if one.stage is PaperStage.PROPOSED]
    seats = on_paper.at_work(session, view.sitting, now=now)
    people = desks.names(session, {one.person_id for one in seats} | {one.seat.person_id for one in found})
    context = {
        "view": view,
        "declaring": rules.may_begin(place, hands),
        "seats": seats,
        "people": people,
        "found": [one for one in found if one.stage is not PaperStage.PROPOSED],
        "waiting": waiting,
        "confirmable": [one for one in waiting if on_paper.may_decide(actor, one, hands, accept=True)],
        "declinable": [one for one in waiting if on_paper.may_decide(actor, one, hands, accept=False)],
        "reasons": rules.PAPER_REASON_NAMES,
        "stages": rules.PAPER_STAGE_NAMES,
        "rule": rules.precedence(clock.local(view.sitting.starts_at).date()),
        "printed": transcripts.copies_printed(session, view.sitting),
        "proctoring": Hand.PROCTOR in hands,
    }
    return rendering.page(request, "sittings/on_paper.html", context, actor=actor)
