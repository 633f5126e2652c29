"""The exam day's pages: the proctor's tablet and the candidate's exam. They only show; acts go through the API."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from service.access.actions import using
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.papers.rules import answers, states
from service.sittings import queries
from service.sittings.rules import phases, seats
from service.sittings.rules.phases import Phase
from service.sittings.shapes import views

router = APIRouter(include_in_schema=False)
Anyone = Annotated[Actor, may(Right.PUBLIC)]
Proctoring = Annotated[Actor, may(Right.SITTINGS_PROCTOR)]


@router.get("/proctor")
def proctor_home(request: Request, session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_VIEW)]) -> HTMLResponse:
    """The sittings that I proctor: today's, and those that follow."""
    mine = {row.id for row in queries.sittings_of_proctor(session, actor.person_id or 0)}
    found = [one for one in reversed(views.sittings(session, actor)) if one.id in mine]
    today = [one for one in found if clock.local(one.starts_at).date() == clock.today()]
    later = [one for one in found if one not in today and one.phase is not Phase.ENDED]
    context = {"today": today, "later": later, "phase_names": phases.PHASE_NAMES}
    return rendering.page(request, "sittings/proctor_home.html", context, actor=actor)


@router.get("/proctor/sittings/{sitting_id}/check-in")
def check_in(request: Request, sitting_id: int, session: Reading, actor: Proctoring) -> HTMLResponse:
    """At the door: scan a ticket, look at the person, admit or refuse."""
    using.require_reach(actor, Right.SITTINGS_PROCTOR, queries.subject(session, sitting_id))
    context = {"sitting": views.sitting(session, sitting_id), "refusal_names": seats.REFUSAL_NAMES}
    return rendering.page(request, "sittings/check_in.html", context, actor=actor)


@router.get("/proctor/sittings/{sitting_id}")
def board(request: Request, sitting_id: int, session: Reading, actor: Proctoring) -> HTMLResponse:
    """In the room: open the paper, and see every seat as it stands."""
    using.require_reach(actor, Right.SITTINGS_PROCTOR, queries.subject(session, sitting_id))
    shown = views.board(session, actor, sitting_id)
    window = states.Window(shown.sitting.starts_at, shown.sitting.ends_at)
    names = {"phase": phases.PHASE_NAMES, "state": seats.STATE_NAMES}
    names |= {"by": seats.HANDED_IN_NAMES, "refusal": seats.REFUSAL_NAMES}
    context = {"board": shown, "opens_at": window.opens_at, "names": names}
    return rendering.page(request, "sittings/board.html", context, actor=actor)


@router.get("/exam")
def exam_sign_in(request: Request, actor: Anyone) -> Response:
    """Where a candidate sits down; a machine that is bound to a seat already goes straight on."""
    if holds(actor, Right.SITTINGS_SIT):
        return RedirectResponse("/exam/paper", status_code=303)
    return rendering.page(request, "sittings/exam_sign_in.html", {}, actor=actor)


@router.get("/exam/paper")
def exam_paper(request: Request, actor: Annotated[Actor, may(Right.SITTINGS_SIT)]) -> HTMLResponse:
    """A shell without any question; the browser fills it from the API."""
    return rendering.page(request, "sittings/exam_paper.html", {"kind_names": answers.NAMES}, actor=actor)


@router.get("/exam/done")
def exam_done(request: Request, actor: Anyone) -> HTMLResponse:
    """What happens after handing in; no marks."""
    return rendering.page(request, "sittings/exam_done.html", {}, actor=actor)
