"""The page of a class's resits: who may sit again, and the sittings where they can be seated."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.people import ROLE_NAMES
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.bounds import Identifier
from service.kernel.database import Reading
from service.programme.actions import viewing
from service.results.actions import resitting
from service.sittings import queries as sittings

router = APIRouter(include_in_schema=False)


@router.get("/results/classes/{class_id}/resits")
def resits(
    request: Request, class_id: Identifier, session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
) -> Response:
    """Everybody of the class with the decision, and a button for each coming sitting on a form that may be used."""
    now = clock.now()
    coming = [view for view in sittings.views(session, class_id=class_id) if view.sitting.starts_at > now]
    context = {
        "line": viewing.view_class(session, actor, class_id),
        "roles": ROLE_NAMES,
        "candidates": resitting.candidates(session, actor, class_id),
        "places": [(view, resitting.judge_form(session, view.sitting)) for view in coming],
    }
    return rendering.page(request, "results/resits.html", context, actor=actor)
