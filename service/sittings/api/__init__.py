"""JSON routes of the exam day, in its order."""

from fastapi import APIRouter

from service.sittings.api import (
    allotting,
    arranging,
    breaking,
    door,
    exam,
    granting,
    locking_down,
    minding,
    on_paper,
    paper_prints,
    pictures,
    places,
    printing,
    recording,
    room,
    switching,
    trying_machines,
)

router = APIRouter(prefix="/api/v1", tags=["sittings"])
PARTS = (
    places,
    trying_machines,
    granting,
    arranging,
    locking_down,
    allotting,
    printing,
    door,
    room,
    breaking,
    switching,
    paper_prints,
    on_paper,
    minding,
    recording,
    exam,
    pictures,
)
for part in PARTS:
    router.include_router(part.router)
