"""JSON routes of mending a paper: marks on items, swaps, answers, and handing it in again."""

from typing import Annotated

from fastapi import APIRouter

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock
from service.kernel.database import Writing
from service.papers.actions import mending, pictured
from service.papers.shapes import marks as shapes
from service.papers.shapes.papers import PaperShape

router = APIRouter()
Assembling = Annotated[Actor, may(Right.PAPERS_ASSEMBLE)]


@router.post("/papers/{paper_id}/return")
def send_back(
    paper_id: int, body: shapes.SendBack, session: Writing, actor: Annotated[Actor, may(Right.PAPERS_APPROVE)]
) -> PaperShape:
    """Send an assembled paper back with marks on single items."""
    marks = [mending.Marked(one.letter, one.position, one.reason) for one in body.marks]
    return PaperShape.of(mending.send_back(session, actor, paper_id, marks, now=clock.now()))


@router.get("/papers/marks/{mark_id}")
def suggestions(mark_id: int, session: Writing, actor: Assembling) -> shapes.SuggestionsShape:
    """A marked item and what could take its place; the reading goes on record, so this GET writes."""
    marked, found = mending.suggestions(session, actor, mark_id, now=clock.now())
    sources = pictured.sources(session, [marked, *(one.text for one in found)])
    return shapes.SuggestionsShape.of(marked, found, sources)


@router.post("/papers/marks/{mark_id}/swap")
def swap(mark_id: int, body: shapes.Swap, session: Writing, actor: Assembling) -> PaperShape:
    """Put another item in the place of a marked one; the proof is counted anew."""
    return PaperShape.of(mending.swap(session, actor, mark_id, body.rank, now=clock.now()))


@router.post("/papers/marks/{mark_id}/answer")
def answer(mark_id: int, body: shapes.Answer, session: Writing, actor: Assembling) -> PaperShape:
    """Keep a marked item, and say why."""
    return PaperShape.of(mending.answer(session, actor, mark_id, body.answer, now=clock.now()))


@router.post("/papers/{paper_id}/resubmission")
def resubmit(paper_id: int, session: Writing, actor: Assembling) -> PaperShape:
    """Hand a mended paper to the approver again."""
    return PaperShape.of(mending.resubmit(session, actor, paper_id, now=clock.now()))
