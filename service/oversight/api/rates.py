"""JSON routes of rates: their definitions, and answers that are the same for ever for the same version."""

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.kernel import clock
from service.kernel.database import Writing
from service.oversight.actions import answering
from service.oversight.queries import rates
from service.oversight.rules.definitions import Answer
from service.oversight.shapes.asking import Answered, Asking
from service.oversight.shapes.rates import AnswerShape, RateShape, definitions

router = APIRouter()


@router.get("/statistics/definitions")
def list_definitions(_: Asking) -> list[RateShape]:
    """Every rate that may be asked for, with what it counts over what, and its source."""
    return definitions()


@router.get(
    "/statistics/rates",
    response_model=AnswerShape,
    responses={304: {"description": "Unchanged since ``If-None-Match``."}},
)
def read_rates(
    request: Request, response: Response, actor: Asking, given: Answered, session: Writing
) -> Response | AnswerShape:
    """A rate by one axis or across two, of a version of the published results; reading goes on record, so this writes.

    Groups come in pages, for there may be thousands. Programs and others who may not see persons find small groups of
    a page put together, and no small part of a group told apart; sums are the same for everybody. Asking for those
    with results from elsewhere alone, or for the others alone, tells them no more: where either are few it is refused.
    """
    answering.note(session, actor, given, now=clock.now())
    tag = f'"{given.full_digest}"'
    if tag in request.headers.get("if-none-match", ""):
        return Response(status_code=304, headers={"ETag": tag})
    response.headers["ETag"], response.headers["Cache-Control"] = tag, "private, no-cache"
    return shape_of(session, given)


def shape_of(session: Session, given: Answer) -> AnswerShape:
    """An answer with the names that its keys have today."""
    question = given.question
    names = rates.names(session, question.by, [one.key for one in given.cells])
    across = question.across
    others = rates.names(session, across, [one.across for one in given.cells]) if across is not None else {}
    return AnswerShape.of(given, names, others)
