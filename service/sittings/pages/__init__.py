"""HTML routes of sittings: arranging them at a desk, and the exam day on tablets and machines."""

from fastapi import APIRouter

from service.sittings.pages import arranging, exam_day

router = APIRouter(include_in_schema=False)
router.include_router(arranging.router)
router.include_router(exam_day.router)
