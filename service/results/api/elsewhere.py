"""JSON routes of results obtained elsewhere: bringing a file, deciding it, and voiding by two."""

from typing import Annotated, Any

from fastapi import APIRouter, Form, Query, Request, Response, UploadFile

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.kernel.paging import page_of
from service.programme.actions import spreadsheet
from service.results.actions import elsewhere, elsewhere_voiding
from service.results.actions.elsewhere import Origin
from service.results.queries import elsewhere as queries
from service.results.queries.elsewhere import FileLine
from service.results.rules.elsewhere import FileState, Platform
from service.results.shapes.elsewhere import (
    ExternalFileShape,
    ExternalProposal,
    ExternalReport,
    FileDecision,
    NewExternals,
    Short,
)
from service.results.shapes.voiding import Ruling

router = APIRouter()
Confirming = Annotated[Actor, may(Right.RESULTS_CONFIRM)]
Publishing = Annotated[Actor, may(Right.RESULTS_PUBLISH, fresh=True)]
FAULTY: dict[int | str, dict[str, Any]] = {422: {"model": ExternalReport}}
LONGEST_NAME = 200


@router.get("/results/elsewhere")
def list_files(
    session: Reading,
    actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)],
    class_id: Identifier | None = None,
    state: FileState | None = None,
    page: Annotated[int, Query(ge=1)] = 1,
) -> list[ExternalFileShape]:
    """The files of results from elsewhere, the newest first, fifty at a time, with every row."""
    near = using.classes_near(session, actor)
    found = page_of(session, queries.listing(class_id=class_id, state=state, apart_from=near), page)
    files = [FileLine(*row) for row in found.rows]
    rows = queries.lines(session, [one.file.id or 0 for one in files])
    return [ExternalFileShape.of(one, rows.get(one.file.id or 0, [])) for one in files]


@router.post("/results/classes/{class_id}/elsewhere", responses=FAULTY)
def bring_file(
    request: Request,
    response: Response,
    class_id: Identifier,
    file: UploadFile,
    source: Annotated[Platform, Form()],
    reference: Annotated[Short, Form(min_length=1)],
    session: Writing,
    actor: Confirming,
    source_words: Annotated[Short, Form()] = "",
    dry_run: Annotated[bool, Form()] = False,
) -> ExternalReport:
    """Bring an xlsx file of results, whole or not at all; 422 with the report where faults kept it out."""
    # One byte more than allowed is enough to refuse the file without reading the rest.
    content = elsewhere.read((file.filename or "")[:LONGEST_NAME], file.file.read(spreadsheet.MOST_BYTES + 1))
    origin = Origin(source, source_words.strip(), reference.strip())
    report = elsewhere.bring(session, actor, class_id, origin, content, dry_run=dry_run, now=clock.now())
    response.status_code = 422 if report.faults and not dry_run else 200
    return ExternalReport.of(rendering.language_of(request), report)


@router.post("/results/classes/{class_id}/elsewhere/rows", responses=FAULTY)
def bring_rows(
    request: Request,
    response: Response,
    class_id: Identifier,
    body: NewExternals,
    session: Writing,
    actor: Confirming,
) -> ExternalReport:
    """The same as JSON; the first result is row 2 in the report, as beneath the header of a sheet."""
    report = elsewhere.bring(
        session, actor, class_id, body.origin(), body.content(), dry_run=body.dry_run, now=clock.now()
    )
    response.status_code = 422 if report.faults and not body.dry_run else 200
    return ExternalReport.of(rendering.language_of(request), report)


@router.post("/results/elsewhere/{file_id}/decision")
def decide_file(file_id: Identifier, body: FileDecision, session: Writing, actor: Publishing) -> dict[str, str]:
    """Confirm a file that another person brought, or refuse it; what is confirmed counts from now on."""
    file = elsewhere.decide(session, actor, file_id, confirm=body.confirm, note=body.note, now=clock.now())
    return {"state": file.state}


@router.post("/results/elsewhere/results/{external_id}/voidings", status_code=201)
def propose_external_voiding(
    external_id: Identifier, body: ExternalProposal, session: Writing, actor: Confirming
) -> dict[str, int]:
    """Propose that a result from elsewhere be void, or valid again."""
    made = elsewhere_voiding.propose(session, actor, external_id, body.wanted, body.reason, now=clock.now())
    return {"voiding_id": made.id or 0}


@router.post("/results/elsewhere/voidings/{voiding_id}/decision")
def decide_external_voiding(
    voiding_id: Identifier, body: Ruling, session: Writing, actor: Publishing
) -> dict[str, str]:
    """Decide what another person proposed; what is upheld brings a new edition."""
    made = elsewhere_voiding.decide(session, actor, voiding_id, uphold=body.uphold, note=body.note, now=clock.now())
    return {"state": made.state}
