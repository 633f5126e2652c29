"""The page that proves to an official that both forms of a paper are equally hard."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import errors, rendering
from service.kernel.database import Reading
from service.papers import queries
from service.papers.actions import others, proof_sheets
from service.papers.rules import blueprint
from service.programme.tables import TrainingClass

router = APIRouter()


@router.get("/papers/{paper_id}/proof")
def proof(
    request: Request, paper_id: int, session: Reading, actor: Annotated[Actor, may(Right.PAPERS_VIEW)]
) -> Response:
    """The proof in words, tables and two small charts; the same as the PDF."""
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()
    row = queries.blueprint_by_id(session, paper.blueprint_id)
    tongue, training_class = rendering.language_of(request), session.get_one(TrainingClass, paper.class_id)
    beside = others.beside(session, actor, paper)
    sheet = proof_sheets.sheet(paper, training_class, row, blueprint.parse(row.body), beside, tongue)
    return rendering.page(request, "papers/proof.html", {"paper": paper, "sheet": sheet}, actor=actor)
