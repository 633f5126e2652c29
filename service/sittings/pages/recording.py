"""The page of a room record: to read on a tablet after the exam, and to confirm."""

from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.access.rules.policy import Actor, Right, touches
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.sittings import queries
from service.sittings.actions import recording
from service.sittings.queries import happenings, signing
from service.sittings.rules.recording import WORDS
from service.sittings.shapes import recording as shapes

router = APIRouter(include_in_schema=False)


@router.get("/proctor/sittings/{sitting_id}/record")
def room_record(
    request: Request, sitting_id: int, session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_RECORD)]
) -> HTMLResponse:
    """The room record as it stands; proctors of the sitting confirm it here, the desk notes who cannot any more."""
    found = recording.read(session, actor, sitting_id, now=clock.now())
    sitting = queries.sitting(session, sitting_id)
    assert sitting is not None, "its record has just been read"
    context = {
        "record": shapes.RecordShape.of(found, actor, rendering.language_of(request)),
        "content": found.content,
        "proctoring": touches(actor, Right.SITTINGS_PROCTOR, queries.subject(session, sitting_id)),
        "words": WORDS,
        "pictures": happenings.photo_ids(session, sitting_id),
        "lacking": signing.absentees(session, found.missing),
        "class_id": sitting.class_id,
    }
    return rendering.page(request, "sittings/room_record.html", context, actor=actor)
