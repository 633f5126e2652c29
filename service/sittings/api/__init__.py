"""JSON routes of the exam day, in its order."""

from fastapi import APIRouter

from service.sittings.api import arranging, door, exam, room

router = APIRouter(prefix="/api/v1", tags=["sittings"])
for part in (arranging, door, room, exam):
    router.include_router(part.router)
