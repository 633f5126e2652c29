"""JSON routes of the allotment of proctors: a proposal by a drawn seed, and its acceptance."""

import secrets
from typing import Annotated

from fastapi import APIRouter, Query, Request

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading, Writing
from service.sittings.actions import allotting
from service.sittings.rules.allotting import SEEDS
from service.sittings.shapes import bodies
from service.sittings.shapes import scheduling as shapes

router = APIRouter()
Arranging = Annotated[Actor, may(Right.SITTINGS_ARRANGE)]


@router.get("/sittings/allotment")
def propose(
    request: Request,
    session: Reading,
    actor: Arranging,
    day: bodies.Day | None = None,
    sitting_id: Annotated[list[int] | None, Query(max_length=200)] = None,
    seed: Annotated[int | None, Query(ge=0, lt=SEEDS, description="Draws a proposal again.")] = None,
) -> shapes.AllotmentShape:
    """Proctors for the sittings of a local day, or for the ones named, with the reason for everybody excluded."""
    ids = sitting_id or allotting.open_on(session, day or clock.today(), now=clock.now())
    allotment = allotting.propose(
        session, actor, ids, secrets.randbelow(SEEDS) if seed is None else seed, now=clock.now()
    )
    return shapes.AllotmentShape.of(allotment, day, rendering.language_of(request))


@router.post("/sittings/allotment")
def accept(body: shapes.AcceptAllotment, session: Writing, actor: Arranging) -> dict[str, int]:
    """Assign everybody whom the proposal names, if it still is the one that was shown."""
    done = allotting.accept(session, actor, body.sitting_ids, body.seed, body.digest, now=clock.now())
    return {"assigned": done}
