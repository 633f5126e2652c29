"""HTML routes of papers: blueprints, jobs, the list of papers, one paper with its proof, and its forms."""

from fastapi import APIRouter

from service.papers.pages import blueprints, jobs, marks, papers, proofs

router = APIRouter(include_in_schema=False)
# Before a single paper, whose address would swallow theirs.
for part in (blueprints, jobs, marks, papers, proofs):
    router.include_router(part.router)
