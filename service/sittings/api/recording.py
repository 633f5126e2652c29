"""JSON routes of the room record, and its PDF."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database, describing, rendering
from service.kernel.database import Reading, Writing
from service.sittings.actions import documents, recording
from service.sittings.actions.documents import Document
from service.sittings.shapes import recording as shapes

router = APIRouter()
Viewing = Annotated[Actor, may(Right.SITTINGS_RECORD)]


@router.get("/sittings/{sitting_id}/record")
def read_record(request: Request, sitting_id: int, session: Reading, actor: Viewing) -> shapes.RecordShape:
    """The room record as it stands, with its digest, the journal's head and who has confirmed it."""
    found = recording.read(session, actor, sitting_id, now=clock.now())
    return shapes.RecordShape.of(found, actor, rendering.language_of(request))


@router.get(
    "/sittings/{sitting_id}/record.pdf", response_class=Response, responses={200: {"content": {"application/pdf": {}}}}
)
def print_record(sitting_id: int, session: Reading, actor: Viewing) -> Response:
    """The room record as PDF; printing goes on record."""
    pdf = recording.print_record(session, actor, sitting_id, now=clock.now())
    # Setting takes a second, and nobody who writes has to wait for it.
    with database.writing() as noting:
        documents.note_print(noting, actor, Document.ROOM_RECORD, sitting_id, pdf, now=clock.now())
    headers = {
        "Content-Disposition": f'inline; filename="room-record-{sitting_id}.pdf"',
        "Cache-Control": "no-store",
    }
    return Response(pdf, media_type="application/pdf", headers=headers)


@router.post("/sittings/{sitting_id}/record/confirmation")
def confirm_record(
    request: Request,
    sitting_id: int,
    body: shapes.Confirmation,
    session: Writing,
    actor: Annotated[Actor, may(Right.SITTINGS_PROCTOR)],
) -> shapes.RecordShape:
    """A proctor of the sitting confirms the record; again where it has changed since."""
    found = recording.confirm(session, actor, sitting_id, body.remark.strip(), body.digest, now=clock.now())
    return shapes.RecordShape.of(found, actor, rendering.language_of(request))


@router.post("/sittings/{sitting_id}/record/excuses", status_code=201)
def excuse_signature(
    request: Request,
    sitting_id: int,
    body: shapes.Excuse,
    session: Writing,
    actor: Annotated[Actor, may(Right.SITTINGS_ARRANGE)],
) -> shapes.RecordShape:
    """Note why a proctor cannot sign the record any more; it stands for the signature."""
    found = recording.excuse(session, actor, sitting_id, body.person_id, body.reason, now=clock.now())
    return shapes.RecordShape.of(found, actor, rendering.language_of(request))


@router.get("/sittings/incidents/photos/{photo_id}", **describing.a_file("image/jpeg", "image/png"))
def photo(photo_id: int, session: Reading, actor: Viewing) -> Response:
    """A picture of an incident, for whoever may read the record."""
    found = recording.photo(session, actor, photo_id, now=clock.now())
    return Response(found[0], media_type=found[1], headers={"Cache-Control": "no-store"})
