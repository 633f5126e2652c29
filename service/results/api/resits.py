"""JSON routes of resits, for those who arrange exams."""

from typing import Annotated

from fastapi import APIRouter, Request

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.results.actions import resitting
from service.results.shapes.resits import ResitShape

router = APIRouter()


@router.get("/results/classes/{class_id}/resits")
def list_resits(
    request: Request, class_id: Identifier, session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
) -> list[ResitShape]:
    """Everybody of a class, and whether they may sit again, by published results alone."""
    tongue = rendering.language_of(request)
    return [ResitShape.of(one, tongue) for one in resitting.candidates(session, actor, class_id)]


@router.post("/results/sittings/{sitting_id}/resits", status_code=201)
def enrol_resits(
    sitting_id: Identifier, session: Writing, actor: Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
) -> dict[str, int]:
    """Give everybody who may sit again a seat in this sitting, which must be on a form that nobody has sat."""
    return {"seats": len(resitting.enrol(session, actor, sitting_id, now=clock.now()))}
