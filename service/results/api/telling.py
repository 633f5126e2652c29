"""JSON routes of what items and papers tell."""

from typing import Annotated

from fastapi import APIRouter

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database
from service.kernel.bounds import Identifier
from service.kernel.database import Reading
from service.results.actions import calibrating, comparing, telling
from service.results.shapes.telling import CalibratedShape, ComparedShape, FormStatisticsShape

router = APIRouter(prefix="/results/statistics")


@router.get("/{class_id}")
def statistics(
    class_id: Identifier, session: Reading, actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]
) -> list[FormStatisticsShape]:
    """What the answers of a class say of every form and item that they are answers to."""
    return [FormStatisticsShape.of(one) for one in telling.statistics(session, actor, class_id, now=clock.now())]


@router.get("/{class_id}/similarity")
def similarity(
    class_id: Identifier, session: Reading, actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]
) -> list[ComparedShape]:
    """Pairs in a room whose answers agree more than chance allows: cases for a person, and no verdict."""
    return [ComparedShape.of(one) for one in comparing.compare(session, actor, class_id, now=clock.now())]


@router.post("/{class_id}/calibration", status_code=201)
def calibrate(class_id: Identifier, actor: Annotated[Actor, may(Right.RESULTS_PUBLISH)]) -> CalibratedShape:
    """Hand the difficulty and discrimination of a class's items, by all published answers to them, to the bank.

    Where every item has enough answers each has a discrimination of its own (``2pl``), else all have one (``1pl``).
    """
    with database.reading(still=True) as session:
        measured = calibrating.measure(session, actor, class_id)
    with database.writing() as session:
        return CalibratedShape.of(calibrating.calibrate(session, actor, measured, now=clock.now()))
