"""HTML routes of rehearsals and of individual arrangements: asking for them, and deciding."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.kernel.paging import Blank, PageOf, page_of
from service.programme.queries import classes as programme
from service.sittings import queries as sittings
from service.sittings.queries import SittingView, rehearsals
from service.sittings.queries import granting as queries
from service.sittings.queries.granting import GrantLine
from service.sittings.rules import granting as rules
from service.sittings.rules.calendar import SHOWN_NAMES
from service.sittings.rules.granting import GRANT_STATE_NAMES, MOST_EXTRA_MINUTES, GrantState
from service.sittings.rules.rehearsing import DEFAULT_MINUTES, LONGEST_MINUTES, SHORTEST_MINUTES
from service.sittings.shapes import calendar
from service.sittings.shapes.granting import ArrangementShape, conflicts_of

router = APIRouter(include_in_schema=False)
Arranging = Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
PageNumber = Annotated[int, Query(ge=1)]


@router.get("/exam-points/rehearsals")
def list_rehearsals(request: Request, session: Reading, actor: Arranging, page: PageNumber = 1) -> Response:
    """All rehearsals, and planning one: from this minute on."""
    found = page_of(session, rehearsals.listing(), page)
    views = [SittingView(*row) for row in found.rows]
    context = {
        "found": found,
        "rows": calendar.shapes_of(session, views, clock.now()),
        "states": SHOWN_NAMES,
        "shown": calendar.shown,
        "rooms": sittings.exam_points(session),
        "classes": [line for line in programme.visible(session, actor) if line.enrolled],
        "minutes": {"default": DEFAULT_MINUTES, "least": SHORTEST_MINUTES, "most": LONGEST_MINUTES},
    }
    return rendering.page(request, "sittings/rehearsals.html", context, actor=actor)


@router.get("/arrangements")
def arrangements(
    request: Request,
    session: Reading,
    actor: Arranging,
    class_id: Annotated[int | None, Blank] = None,
    state: Annotated[GrantState | None, Blank] = None,
    page: PageNumber = 1,
) -> Response:
    """Individual arrangements of all classes or of one, and asking for a new one there."""
    classes = [line.training_class for line in programme.visible(session, actor)]
    chosen = next((one for one in classes if one.id == class_id), None)
    context = {
        "deciding": False,
        "classes": classes,
        "chosen": chosen,
        "trainees": _trainees(session, chosen.id or 0) if chosen is not None else [],
        **_listed(request, session, queries.listing(class_id=class_id, state=state), page, class_id, state),
    }
    return rendering.page(request, "sittings/arrangements.html", context, actor=actor)


@router.get("/arrangements/approval")
def approval(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.SITTINGS_APPROVE)],
    state: Annotated[GrantState | None, Blank] = None,
    page: PageNumber = 1,
) -> Response:
    """What waits for a decision, with the reason given; and what has been decided."""
    context = {
        "deciding": True,
        "classes": [],
        "chosen": None,
        "trainees": [],
        **_listed(request, session, queries.listing(state=state), page, None, state),
    }
    return rendering.page(request, "sittings/arrangements.html", context, actor=actor)


def _listed(
    request: Request, session: Session, statement: Any, number: int, class_id: int | None, state: GrantState | None
) -> dict[str, object]:
    found: PageOf[Any] = page_of(session, statement, number)
    tongue, now = rendering.language_of(request), clock.now()
    lines = [GrantLine(*row) for row in found.rows]
    return {
        "found": found,
        "rows": [ArrangementShape.of(line, conflicts_of(session, line.arrangement, tongue, now)) for line in lines],
        "own": {line.arrangement.id: line.arrangement.proposed_by for line in lines},
        "states": GRANT_STATE_NAMES,
        "query": {"class_id": class_id or "", "state": state.value if state is not None else ""},
        "most_extra_minutes": MOST_EXTRA_MINUTES,
        "waiting": queries.waiting(session),
    }


def _trainees(session: Session, class_id: int) -> list[tuple[Any, GrantState | None]]:
    """The roster of a class, with the state of each one's arrangement where there is one."""
    states = {
        GrantLine(*row).arrangement.trainee_id: rules.state(GrantLine(*row).arrangement.approved)
        for row in session.execute(queries.listing(class_id=class_id))
    }
    return [(line, states.get(line.trainee.id or 0)) for line in programme.roster(session, class_id)]
