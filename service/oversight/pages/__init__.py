"""HTML routes of oversight: everybody's first page, pass rates, and the record."""

from fastapi import APIRouter

from service.oversight.pages import disposing, heads, home, journal, namesakes, pass_rates, rates, seen, separation

router = APIRouter(include_in_schema=False)
router.include_router(home.router)
router.include_router(pass_rates.router)
router.include_router(rates.router)
router.include_router(journal.router)
router.include_router(heads.router)
router.include_router(seen.router)
router.include_router(separation.router)
router.include_router(disposing.router)
router.include_router(namesakes.router)
