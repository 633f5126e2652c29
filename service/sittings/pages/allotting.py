"""HTML route for the allotment of proctors: a proposal for a day or a sitting, with the reason for who is excluded."""

import secrets
from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from fastapi.responses import RedirectResponse, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.kernel.paging import Blank
from service.sittings.actions import allotting
from service.sittings.rules.allotting import SEEDS
from service.sittings.shapes.bodies import Day
from service.sittings.shapes.scheduling import AllotmentShape

router = APIRouter(include_in_schema=False)


@router.get("/sittings/allotment")
def allotment(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.SITTINGS_ARRANGE)],
    day: Annotated[Day | None, Blank] = None,
    sitting_id: Annotated[int | None, Blank] = None,
    seed: Annotated[int | None, Blank, Query(ge=0, lt=SEEDS)] = None,
) -> Response:
    """A proposal; without a seed one is drawn and put into the address, so that loading again shows the same."""
    now = clock.now()
    wanted = day or clock.today()
    ids = [sitting_id] if sitting_id is not None else allotting.open_on(session, wanted, now=now)
    if ids and seed is None:
        asked: dict[str, object] = {"sitting_id": sitting_id} if sitting_id is not None else {"day": wanted}
        return RedirectResponse(f"?{urlencode({**asked, 'seed': secrets.randbelow(SEEDS)})}", status_code=303)
    found = allotting.propose(session, actor, ids, seed or 0, now=now) if ids else None
    context = {
        "day": wanted,
        "sitting_id": sitting_id,
        "allotment": AllotmentShape.of(found, wanted, rendering.language_of(request)) if found else None,
    }
    return rendering.page(request, "sittings/allotment.html", context, actor=actor)
