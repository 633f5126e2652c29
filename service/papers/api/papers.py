"""JSON routes of one paper. Opening is not here: it belongs to the sitting whose proctors do it."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, describing, errors, rendering
from service.kernel.database import Reading, Writing
from service.papers import queries
from service.papers.actions import judging, others, pictured, proof_sheets, sealing, seeds
from service.papers.rules import blueprint
from service.papers.rules.states import Form
from service.papers.shapes import papers as shapes
from service.programme.tables import TrainingClass

router = APIRouter()


@router.get("/papers/{paper_id}")
def read_paper(paper_id: int, session: Reading, _: Annotated[Actor, may(Right.PAPERS_VIEW)]) -> shapes.PaperShape:
    """One paper without its content: state, recipe, proof."""
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()
    return shapes.PaperShape.of(paper)


@router.get("/papers/{paper_id}/proof.pdf", **describing.a_file("application/pdf"))
def proof_pdf(
    paper_id: int, request: Request, session: Reading, actor: Annotated[Actor, may(Right.PAPERS_VIEW)]
) -> Response:
    """The proof that both forms are equally hard, on paper."""
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()
    row = queries.blueprint_by_id(session, paper.blueprint_id)
    training_class, tongue = session.get_one(TrainingClass, paper.class_id), rendering.language_of(request)
    beside = others.beside(session, actor, paper)
    sheet = proof_sheets.sheet(paper, training_class, row, blueprint.parse(row.body), beside, tongue)
    headers = {"Cache-Control": "no-store", "Content-Disposition": f'inline; filename="proof-{paper_id}.pdf"'}
    return Response(proof_sheets.pdf(sheet), media_type="application/pdf", headers=headers)


@router.get("/papers/{paper_id}/seed")
def read_seed(paper_id: int, session: Reading, _: Annotated[Actor, may(Right.PAPERS_VIEW)]) -> shapes.SeedShape:
    """The seed of papers assembled together, once every form of them is open, with the parts they committed to."""
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()
    return shapes.SeedShape.of(seeds.reveal(session, paper))


@router.get("/papers/{paper_id}/forms/{letter}")
def read_form(
    paper_id: int, letter: Form, session: Writing, actor: Annotated[Actor, may(Right.PAPERS_APPROVE)]
) -> shapes.FormShape:
    """The items of an unsealed form, for the approver; the reading goes on record, so this GET writes."""
    items = judging.read_form(session, actor, paper_id, letter, now=clock.now())
    sources = pictured.sources(session, [text for _, _, text in items])
    return shapes.FormShape(letter=letter, items=[shapes.FormItemShape.of(*item, sources) for item in items])


@router.post("/papers/{paper_id}/judgement")
def judge(
    paper_id: int, body: shapes.Judge, session: Writing, actor: Annotated[Actor, may(Right.PAPERS_APPROVE)]
) -> shapes.PaperShape:
    """Approve an assembled paper or send it back; refused to whoever assembled it."""
    paper = judging.judge_paper(session, actor, paper_id, approve=body.approve, reason=body.reason, now=clock.now())
    return shapes.PaperShape.of(paper)


@router.post("/papers/{paper_id}/seal")
def seal(paper_id: int, session: Writing, actor: Annotated[Actor, may(Right.PAPERS_APPROVE)]) -> shapes.PaperShape:
    """Seal an approved paper: from now on its content is ciphertext."""
    return shapes.PaperShape.of(sealing.seal_paper(session, actor, paper_id, now=clock.now()))
