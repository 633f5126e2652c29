"""JSON and file routes of the list of papers, and of what was opened outside the usual way."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions.exporting import Table
from service.access.rules.policy import Actor, Right
from service.access.shapes import exports, may
from service.kernel import describing, rendering
from service.kernel.database import Reading
from service.papers.actions import listing, looking
from service.papers.shapes import papers as shapes
from service.papers.shapes.listing import Asked

router = APIRouter()
Viewing = Annotated[Actor, may(Right.PAPERS_VIEW)]


@router.get("/papers")
def list_papers(session: Reading, actor: Viewing, asked: Asked) -> list[shapes.PaperShape]:
    """Papers without their content, newest first: all, or those that are looked for."""
    return [shapes.PaperShape.of(line.paper) for line in listing.lines(session, actor, asked)]


@router.get("/papers.csv", **describing.a_file("text/csv"))
def export_papers(request: Request, session: Reading, actor: Viewing, asked: Asked) -> Response:
    """The same list for a spreadsheet program; it says nothing of any item, and goes on record, so this GET writes."""
    head, *rows = listing.table(session, listing.lines(session, actor, asked), rendering.language_of(request))
    return exports.as_csv(actor, "papers", Table.PAPERS, head, rows, "papers")


@router.get("/papers/break-glass")
def list_break_glass(session: Reading, _: Annotated[Actor, may(Right.PAPERS_SEEN)]) -> list[shapes.BreakGlassShape]:
    """Every opening outside the usual way, of all papers, those that nobody finished included, newest first."""
    return [shapes.BreakGlassShape.of(*one) for one in looking.all_broken(session)]
