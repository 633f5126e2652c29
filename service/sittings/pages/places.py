"""HTML routes of exam points: the list, one of them with its rooms and checklist, and the rules of rooms."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from service.access import queries as access
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading
from service.kernel.paging import Blank, page_of
from service.sittings.actions import places as actions
from service.sittings.queries import machines
from service.sittings.queries import places as queries
from service.sittings.rules import places as rules
from service.sittings.rules.machines import FITNESS_NAMES
from service.sittings.rules.places import EQUIPMENT_NAMES, LARGEST_ROOM_EVER

router = APIRouter(include_in_schema=False)
Arranging = Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
LIMITS = {"largest": LARGEST_ROOM_EVER, "opens": actions.OPENS, "closes": actions.CLOSES}


@router.get("/exam-points")
def exam_points(
    request: Request,
    session: Reading,
    actor: Arranging,
    county: str = "",
    ready: Annotated[bool | None, Blank] = None,
    words: Annotated[str, Query(max_length=120)] = "",
    page: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    """All exam points: how far their checklists have come, and whether they are ready."""
    found = page_of(session, queries.listing(county=county, ready=ready, words=words.strip()), page)
    query = {"county": county, "ready": "" if ready is None else str(ready).lower(), "words": words}
    context = {
        **LIMITS,
        "found": found,
        "query": query,
        "narrowed": any(query.values()),
        "furnished": queries.furnishings(session, [point.id or 0 for point in found.rows]),
        "lines": len(EQUIPMENT_NAMES),
        "counties": queries.counties(session),
        "known_counties": _known_counties(session),
        "largest_now": queries.rules_on(session, clock.today()).largest_room,
    }
    return rendering.page(request, "sittings/points.html", context, actor=actor)


def _known_counties(session: Session) -> list[str]:
    """The counties whose bureaus the service knows, to choose from."""
    return sorted({body.county for body in access.organisations(session, OrganisationKind.COUNTY) if body.county})


@router.get("/exam-points/rules")
def room_rules(request: Request, session: Reading, actor: Arranging) -> Response:
    """The rules of rooms as dated data: those in force, those to come, and those that were."""
    today = clock.today()
    context = {
        **LIMITS,
        "rules": queries.room_rules(session),
        "in_force": queries.rules_on(session, today),
        "today": today,
    }
    return rendering.page(request, "sittings/room_rules.html", context, actor=actor)


@router.get("/exam-points/{exam_point_id}")
def exam_point(request: Request, exam_point_id: int, session: Reading, actor: Arranging) -> Response:
    """One exam point: its checklist, its rooms with their machines, and whether it is ready."""
    point = queries.exam_point(session, exam_point_id)
    if point is None:
        raise errors.NotFound()
    rooms = queries.rooms_of(session, exam_point_id)
    ready_by = access.people(session, [point.ready_by or 0]).get(point.ready_by or 0)
    context = {
        **LIMITS,
        "point": point,
        "rooms": rooms,
        "tallies": machines.tallies(session, [room.id or 0 for room in rooms]),
        "fitness_names": FITNESS_NAMES,
        "checklist": queries.checklist(session, exam_point_id),
        "equipment": EQUIPMENT_NAMES,
        "may_be_ready": rules.may_be_ready(
            queries.passed(session, exam_point_id), machines.unfit(session, exam_point_id)
        ),
        "aged": point.ready_at is not None and not rules.still_ready(point.ready_at, clock.now()),
        "ready_by": ready_by.name if ready_by is not None else "",
        "known_counties": _known_counties(session),
        "largest_now": queries.rules_on(session, clock.today()).largest_room,
    }
    return rendering.page(request, "sittings/point.html", context, actor=actor)
