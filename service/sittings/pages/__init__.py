"""HTML routes of sittings: arranging them at a desk, and the exam day on tablets and machines."""

from fastapi import APIRouter

from service.sittings.pages import (
    allotting,
    arranging,
    cases,
    door,
    exam_day,
    granting,
    on_paper,
    overview,
    paper_prints,
    places,
    printing,
    proctoring,
    recording,
    switching,
    tablet,
    trying_machines,
)

router = APIRouter(include_in_schema=False)
# Before the page of one exam point, whose address would swallow theirs.
router.include_router(granting.router)
router.include_router(places.router)
router.include_router(trying_machines.router)
# Before the page of one sitting, whose address would swallow theirs.
router.include_router(switching.router)
router.include_router(paper_prints.router)
router.include_router(on_paper.router)
router.include_router(allotting.router)
router.include_router(printing.router)
router.include_router(arranging.router)
router.include_router(exam_day.router)
router.include_router(proctoring.router)
router.include_router(overview.router)
router.include_router(cases.router)
router.include_router(recording.router)
router.include_router(door.router)
router.include_router(tablet.router)
