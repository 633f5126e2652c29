"""HTML routes of the readiness check of machines: choosing a room, checking a machine in it, the list of a room."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import errors, rendering
from service.kernel.database import Reading
from service.kernel.paging import Blank
from service.sittings import queries as sittings
from service.sittings.queries import machines, places
from service.sittings.rules import machines as rules

router = APIRouter(include_in_schema=False)
Viewing = Annotated[Actor, may(Right.SITTINGS_VIEW)]


@router.get("/exam/machine-check")
def machine_check(
    request: Request, session: Reading, actor: Viewing, room: Annotated[int | None, Blank] = None
) -> Response:
    """On the machine itself: what it can do, measured in its browser. Without a room, where to go."""
    found = places.place(session, room) if room is not None else None
    if room is not None and found is None:
        raise errors.NotFound()
    rooms = [] if found is not None else sittings.exam_points(session)
    context = {
        "place": found,
        "rooms": rooms,
        "tallies": machines.tallies(session, [one.id or 0 for _, one in rooms]),
        "may_check": rules.may_check(
            arranges=holds(actor, Right.SITTINGS_ARRANGE), proctors=holds(actor, Right.SITTINGS_PROCTOR)
        ),
        "fitness_names": rules.FITNESS_NAMES,
        "engine_names": rules.ENGINE_NAMES,
        "oldest": rules.OLDEST,
        "grave": sorted(rules.GRAVE),
    }
    return rendering.page(request, "sittings/machine_check.html", context, actor=actor)


@router.get("/exam/machine-check/rooms/{room_id}")
def room_machines(request: Request, room_id: int, session: Reading, actor: Viewing) -> Response:
    """The machines of a room, newest check each: green, amber or red, with words."""
    found = places.place(session, room_id)
    if found is None:
        raise errors.NotFound()
    context = {
        "place": found,
        "lines": machines.machines(session, room_id),
        "tally": machines.tallies(session, [room_id])[room_id],
        "fitness_names": rules.FITNESS_NAMES,
        "fault_names": rules.FAULT_NAMES,
        "arranging": holds(actor, Right.SITTINGS_ARRANGE),
    }
    return rendering.page(request, "sittings/machines.html", context, actor=actor)
