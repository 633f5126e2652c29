"""JSON routes for candidates after publication: their own result."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors, language, problems, rendering
from service.kernel.database import Writing
from service.results.actions import looking
from service.results.shapes.own import OwnKey, OwnResultShape

router = APIRouter()


@router.post("/results/own", response_model=OwnResultShape)
def own_result(
    request: Request, body: OwnKey, session: Writing, _: Annotated[Actor, may(Right.PUBLIC)]
) -> Response | OwnResultShape:
    """One's own published result by ticket number and the last six characters of the citizen id.

    Whatever is wrong, the answer is the same; five wrong guesses shut a ticket number for a quarter of an hour.
    """
    found = looking.look(session, body.key(), now=clock.now())
    return refused(request, found) if isinstance(found, errors.ServiceError) else OwnResultShape.of(found)


def refused(request: Request, error: errors.ServiceError) -> Response:
    """A refusal that is returned, so that what was counted is committed."""
    detail = language.say(rendering.language_of(request), error.detail, error.values)
    return problems.render(request, error.status, error.code, detail)
