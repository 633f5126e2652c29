"""HTML routes of papers: blueprints and their editor, jobs, papers with their proofs, and their forms."""

from fastapi import APIRouter

from service.papers.pages import blueprints, covering, drafting, jobs, listing, marks, papers, proofs

router = APIRouter(include_in_schema=False)
# Before a single paper or version, whose address would swallow theirs.
for part in (covering, drafting, blueprints, jobs, listing, marks, papers, proofs):
    router.include_router(part.router)
