"""Results obtained elsewhere: files with their rows, the form that brings one, and what waits for another person."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.access.actions import using
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import language, rendering, sheets
from service.kernel.bounds import BIGGEST
from service.kernel.database import Reading
from service.kernel.paging import Blank, page_of
from service.programme.queries import classes as programme
from service.results.queries import elsewhere as queries
from service.results.queries.elsewhere import FileLine
from service.results.rules import STANDING_NAMES, VERDICT_NAMES, Verdict
from service.results.rules.elsewhere import FILE_NAMES, SOURCE_NAMES, FileState
from service.results.rules.elsewhere.lines import Column
from service.results.shapes.elsewhere import ExternalFileShape

router = APIRouter(include_in_schema=False)
Id = Annotated[int | None, Query(ge=0, le=BIGGEST), Blank]
SHEET = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


@router.get("/results/elsewhere")
def external_results(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)],
    class_id: Id = None,
    state: Annotated[FileState | None, Blank] = None,
    page: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    """The files of all classes or of one, the newest first; who may bring one finds the form above them."""
    tongue = rendering.language_of(request)
    near = using.classes_near(session, actor)
    found = page_of(session, queries.listing(class_id=class_id, state=state, apart_from=near), page)
    files = [FileLine(*row) for row in found.rows]
    rows = queries.lines(session, [one.file.id or 0 for one in files])
    context = {
        "found": found,
        "files": [ExternalFileShape.of(one, rows.get(one.file.id or 0, [])) for one in files],
        "classes": [
            one.training_class for one in programme.visible(session, actor) if one.training_class.id not in near
        ],
        "sources": SOURCE_NAMES,
        "states": FILE_NAMES,
        "verdicts": VERDICT_NAMES,
        "standings": STANDING_NAMES,
        "columns": list(Column),
        "brings": holds(actor, Right.RESULTS_CONFIRM),
        "decides": holds(actor, Right.RESULTS_PUBLISH),
        "words": {one.value: language.say(tongue, VERDICT_NAMES[one]) for one in (Verdict.PASSED, Verdict.FAILED)},
        "query": {
            "class_id": class_id if class_id is not None else "",
            "state": state.value if state is not None else "",
        },
    }
    return rendering.page(request, "results/external_results.html", context, actor=actor)


@router.get("/results/elsewhere/template.xlsx")
def template(_: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)]) -> Response:
    """An empty sheet with the header that a file must have; the header is the same in every language."""
    headers = {"Content-Disposition": 'attachment; filename="external-results.xlsx"'}
    return Response(sheets.xlsx_of([[column.value for column in Column]]), media_type=SHEET, headers=headers)
