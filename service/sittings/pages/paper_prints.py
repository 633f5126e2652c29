"""HTML routes of printing papers: the rooms of a paper's class, and one room's copies."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions import using
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading
from service.papers import queries as papers
from service.sittings import queries as sittings
from service.sittings.actions import paper_prints
from service.sittings.queries import paper_prints as queries
from service.sittings.rules import paper_prints as rules

router = APIRouter(include_in_schema=False)
Printing = Annotated[Actor, may(Right.PAPERS_PRINT)]


@router.get("/papers/{paper_id}/prints")
def rooms(request: Request, paper_id: int, session: Reading, actor: Printing) -> Response:
    """The rooms that sit a paper, each with the way to its copies."""
    paper = papers.paper(session, paper_id)
    whole = Reach.ALL in reaches(actor, Right.PAPERS_PRINT)
    mine = {one.id for one in sittings.sittings_of_proctor(session, actor.person_id or 0)}
    found = [
        view
        for view in (sittings.views(session, class_id=paper.class_id) if paper is not None else ())
        if not view.sitting.rehearsal and view.sitting.cancelled_at is None and (whole or view.sitting.id in mine)
    ]
    # To a proctor of other rooms this paper is like one that is not there.
    if paper is None or not (whole or found):
        raise errors.NotFound()
    return rendering.page(request, "sittings/paper_rooms.html", {"paper": paper, "found": found}, actor=actor)


@router.get("/sittings/{sitting_id}/paper-prints")
def copies(request: Request, sitting_id: int, session: Reading, actor: Printing) -> Response:
    """One room: how many copies may still be printed, who began and who printed which."""
    now = clock.now()
    using.require_reach(actor, Right.PAPERS_PRINT, sittings.subject(session, sitting_id))
    view = sittings.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    stock = paper_prints.stock_of(session, actor, view.sitting, now=now)
    context = {
        "view": view,
        "stock": stock,
        "decision": rules.may_print(stock, max(1, stock.left), now),
        "begun": paper_prints.standing(session, view.sitting, now=now) if not stock.opened else None,
        "within": rules.SECOND_WITHIN,
        "printed": queries.listed(session, sitting_id),
        "spare": rules.SPARE_COPIES,
    }
    return rendering.page(request, "sittings/paper_prints.html", context, actor=actor)
