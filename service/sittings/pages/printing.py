"""HTML route for printing the tickets of many sittings, and for what is being printed."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.kernel.paging import Blank, PageOf
from service.sittings.queries import prints
from service.sittings.queries.calendar import Narrowing
from service.sittings.rules.calendar import Period
from service.sittings.shapes import bodies, calendar
from service.sittings.shapes.tickets import PrintShape, PrintState

router = APIRouter(include_in_schema=False)
STATE_NAMES = {
    PrintState.PREPARING: "正在生成",
    PrintState.READY: "可以下载",
    PrintState.CHANGED: "场次有调整，已作废",
    PrintState.FAILED: "生成失败",
    PrintState.DEAD: "已中断",
}


@router.get("/sittings/tickets")
def tickets(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.SITTINGS_ARRANGE)],
    day: Annotated[bodies.Day | None, Blank] = None,
    page: int = 1,
) -> Response:
    """Sittings to choose from, and the caller's batches: being prepared, ready, or to be begun again."""
    now = clock.now()
    by = Narrowing(day=day, period=Period.UPCOMING)
    found: PageOf[bodies.SittingShape] = calendar.listed(session, actor, by, max(1, page), now=now)
    context = {
        "found": found,
        "query": {"day": day or ""},
        "batches": [PrintShape.of(one, now) for one in prints.own(session, actor.person_id or 0)],
        "states": {state.value: name for state, name in STATE_NAMES.items()},
    }
    return rendering.page(request, "sittings/tickets.html", context, actor=actor)
