"""JSON and file routes of namesakes: the auditors' list and findings, and the outcome for who takes duties away."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions.exporting import Table
from service.access.rules.policy import Actor, Right
from service.access.shapes import exports, may
from service.kernel import clock, describing, rendering
from service.kernel.database import Reading, Writing
from service.oversight.actions import namesakes
from service.oversight.rules.namesakes import Pair
from service.oversight.shapes import namesakes as shapes
from service.oversight.shapes.namesakes import Asked, Judging, Lines, Page, PairList, PairShape, Taking

router = APIRouter()


@router.get("/namesakes")
def list_namesakes(actor: Judging, asked: Asked, found: Lines, session: Writing, page: Page = 1) -> PairList:
    """Persons of one name under several citizen ids who could not be one; looking goes on record, so this GET writes.

    Likely slips come first: ids that differ in one digit or by two that are swapped.
    """
    namesakes.note(session, actor, asked, len(found), now=clock.now())
    shown = shapes.page_of(found, page)
    rows = [PairShape.of(line) for line in shown.rows]
    return PairList(total=shown.total, page=shown.number, pages=shown.pages, pairs=rows)


@router.get("/namesakes.csv", **describing.a_file("text/csv"))
def export_namesakes(request: Request, actor: Taking, found: Lines) -> Response:
    """The same list for a spreadsheet program, with masked ids; it goes on record, so this GET writes."""
    head, *rows = shapes.table(found, rendering.language_of(request))
    return exports.as_csv(actor, "namesakes", Table.NAMESAKES, head, rows, "namesakes")


@router.post("/namesakes/findings", status_code=201)
def judge(body: shapes.NewFinding, session: Writing, actor: Judging) -> PairShape:
    """Put down whether two of one name are one human; the pair leaves the open list."""
    pair = Pair(*sorted((body.person_id, body.other_id)))
    return PairShape.of(namesakes.judge(session, actor, pair, body.finding, body.reason, now=clock.now()))


@router.get("/same-persons")
def list_same_persons(session: Reading, actor: Annotated[Actor, may(Right.DUTIES_GRANT)]) -> list[PairShape]:
    """Who auditors found to be one human under two ids, and still holds what one may not hold."""
    return [PairShape.of(line) for line in namesakes.handed_over(session, actor)]
