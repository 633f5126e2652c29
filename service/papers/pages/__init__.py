"""HTML routes of papers: blueprints, the list of papers, one paper with its proof, and a form for its approver."""

from fastapi import APIRouter

from service.papers.pages import blueprints, papers

router = APIRouter(include_in_schema=False)
# Before a single paper, whose address would swallow theirs.
for part in (blueprints, papers):
    router.include_router(part.router)
