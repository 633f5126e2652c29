"""JSON routes for candidates after publication: their own result."""

from typing import Annotated

from fastapi import APIRouter, Request

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database
from service.results.actions import looking
from service.results.shapes.own import OwnKey, OwnResultShape, entered

router = APIRouter()


@router.post("/results/own")
def own_result(request: Request, body: OwnKey, _: Annotated[Actor, may(Right.PUBLIC)]) -> OwnResultShape:
    """One's own published result by ticket number and the last six characters of the citizen id.

    Whatever is wrong, the answer is the same. After five wrong guesses from one address it waits, longer each time;
    other addresses do not.
    """
    seat = entered(request, body.key())
    with database.writing() as session:
        return OwnResultShape.of(looking.look(session, seat, now=clock.now()))
