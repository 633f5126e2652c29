"""HTML routes of results: the classes with their state, one class, late answers, marking, certificates for anybody."""

from fastapi import APIRouter

from service.results.pages import (
    certificates,
    classes,
    correcting,
    elsewhere,
    late_answers,
    own,
    payment,
    reopening,
    resits,
    scripts,
    telling,
    transcripts,
)

router = APIRouter(include_in_schema=False)
router.include_router(classes.router)
router.include_router(late_answers.router)
router.include_router(elsewhere.router)
router.include_router(certificates.router)
router.include_router(own.router)
router.include_router(correcting.router)
router.include_router(resits.router)
router.include_router(reopening.router)
router.include_router(payment.router)
router.include_router(telling.router)
router.include_router(scripts.router)
router.include_router(transcripts.router)
