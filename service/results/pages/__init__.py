"""HTML routes of results: the classes with their state, one class, and certificates for anybody."""

from fastapi import APIRouter

from service.results.pages import certificates, classes

router = APIRouter(include_in_schema=False)
router.include_router(classes.router)
router.include_router(certificates.router)
