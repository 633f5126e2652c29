"""JSON routes of papers: blueprints, the work that assembles, and the papers that are assembled from them."""

from fastapi import APIRouter

from service.papers.api import blueprints, jobs, listing, marks, papers

router = APIRouter(prefix="/api/v1", tags=["papers"])
# Before a single paper, whose address would swallow theirs.
for part in (blueprints, jobs, listing, marks, papers):
    router.include_router(part.router)
