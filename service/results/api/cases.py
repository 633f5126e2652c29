"""JSON routes of cases of answers alike."""

from typing import Annotated

from fastapi import APIRouter

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database, errors
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.programme.tables import TrainingClass
from service.results.actions import cases
from service.results.shapes.cases import Closing, NewCase, SimilarityCaseShape

router = APIRouter(prefix="/results/statistics")


@router.get("/{class_id}/similarity/cases")
def list_cases(
    class_id: Identifier, session: Reading, actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]
) -> list[SimilarityCaseShape]:
    """The cases of a class that people have opened, the newest first."""
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()
    return [SimilarityCaseShape.of(one) for one in cases.of_class(session, actor, class_id)]


@router.post("/{class_id}/similarity/cases", status_code=201)
def open_case(
    class_id: Identifier, body: NewCase, actor: Annotated[Actor, may(Right.RESULTS_CONFIRM)]
) -> dict[str, int]:
    """Open a case on a pair that the screen names now; nothing else follows from it."""
    with database.reading(still=True) as session:
        pair = cases.find(session, actor, class_id, (body.seat, body.other), now=clock.now())
    with database.writing() as session:
        return {"case_id": cases.open_case(session, actor, class_id, pair, body.reason, now=clock.now()).id or 0}


@router.post("/cases/{case_id}/closing")
def close_case(
    case_id: Identifier, body: Closing, session: Writing, actor: Annotated[Actor, may(Right.RESULTS_PUBLISH)]
) -> dict[str, str]:
    """Close a case with what was found; another person than who opened it does, and no result changes by it."""
    case = cases.close_case(session, actor, case_id, body.finding, body.answer, now=clock.now())
    return {"finding": case.finding or ""}
