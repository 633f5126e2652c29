"""The JSON route of printing a paper: the PDF of an open one, and of a sealed one to the second of two custodians."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database, language, problems, rendering
from service.kernel.database import Writing
from service.sittings.actions import paper_prints
from service.sittings.actions.paper_prints import Prepared
from service.sittings.shapes import paper_prints as shapes

router = APIRouter()
Printing = Annotated[Actor, may(Right.PAPERS_PRINT)]
HEADERS = {"Cache-Control": "no-store", "Content-Disposition": 'attachment; filename="paper.pdf"'}


def _prepared(sitting_id: int, body: shapes.PrintPaper, actor: Printing) -> Prepared:
    """The intent, on record by itself, and then passwords and typesetting: slow, so before the turn to write."""
    with database.writing() as session:
        paper_prints.intend(session, actor, sitting_id, now=clock.now())
    with database.reading() as session:
        return paper_prints.prepare(session, actor, sitting_id, body.copies, body.password, now=clock.now())


@router.post(
    "/sittings/{sitting_id}/paper-prints",
    response_model=shapes.PrintHand,
    responses={200: {"content": {"application/pdf": {}}}},
)
def print_paper(
    request: Request,
    sitting_id: int,
    prepared: Annotated[Prepared, Depends(_prepared)],
    session: Writing,
    actor: Printing,
) -> Response | shapes.PrintHand:
    """Print numbered copies for a room without machines; of a sealed paper, the second of two hands gets them."""
    decision, row = paper_prints.lay(session, actor, sitting_id, prepared, now=clock.now())
    if not decision.allowed:
        # A returned refusal commits: the attempt must stay in the journal.
        detail = language.say(rendering.language_of(request), decision.reason, decision.values)
        return problems.render(request, decision.status, decision.code, detail, source=decision.source)
    if row is None:
        return shapes.PrintHand(printed=False, hands=1)
    return Response(prepared.pdf, media_type="application/pdf", headers=HEADERS)
