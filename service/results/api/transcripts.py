"""JSON routes of copying answer sheets: what waits, an empty sheet, entering, comparing, settling, and pictures."""

from typing import Annotated

from fastapi import APIRouter, File, Request, Response, UploadFile
from sqlmodel import Session

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.results.actions import sheet_desks, transcribing
from service.results.actions.transcribing import Ruling
from service.results.shapes.transcripts import (
    ComparisonShape,
    EnterSheet,
    SettleSheet,
    SheetDeskShape,
    WaitingShape,
)
from service.sittings.rules.room import PHOTO_BYTES
from service.sittings.rules.transcribing import Entry
from service.sittings.shapes.minding import PhotoShape

router = APIRouter(prefix="/results/transcriptions")
Transcribing = Annotated[Actor, may(Right.RESULTS_TRANSCRIBE)]
PICTURES: dict[int | str, dict[str, object]] = {200: {"content": {"image/jpeg": {}, "image/png": {}}}}
# What a sheet is not ready for is a conflict, also where it is only looked at.
CONFLICT: dict[int | str, dict[str, object]] = {409: {"description": "Not in this state."}}


@router.get("")
def list_sheets(request: Request, session: Reading, actor: Transcribing) -> list[WaitingShape]:
    """The answer sheets within reach, what waits for a third person first, the settled ones last."""
    tongue = rendering.language_of(request)
    return [WaitingShape.of(tongue, one, actor.person_id) for one in sheet_desks.queue(session, actor)]


@router.get("/photos/{sheet_photo_id}", responses=CONFLICT | PICTURES)
def show_photo(sheet_photo_id: Identifier, session: Reading, actor: Transcribing) -> Response:
    """A picture of an answer sheet."""
    row, content = sheet_desks.photo(session, actor, sheet_photo_id)
    return Response(content, media_type=row.media_type, headers={"Cache-Control": "no-store"})


@router.get("/{sheet_id}", responses=CONFLICT)
def show_sheet(request: Request, sheet_id: Identifier, session: Reading, actor: Transcribing) -> SheetDeskShape:
    """An empty sheet to be copied: numbers, kinds and letters."""
    return _desk(request, session, actor, sheet_id)


@router.post("/{sheet_id}/entries")
def enter(
    request: Request, sheet_id: Identifier, body: EnterSheet, session: Writing, actor: Transcribing
) -> SheetDeskShape:
    """Enter what one reads on the sheet, as the first or the second of two; the same nonce is the same entry."""
    typed = Entry(body.copy_number, body.answers)
    transcribing.enter(session, actor, sheet_id, typed, body.nonce, now=clock.now())
    return _desk(request, session, actor, sheet_id)


@router.post("/{sheet_id}/withdrawal")
def withdraw(request: Request, sheet_id: Identifier, session: Writing, actor: Transcribing) -> SheetDeskShape:
    """Take one's own entry back, as long as no second one was compared with it."""
    transcribing.withdraw(session, actor, sheet_id, now=clock.now())
    return _desk(request, session, actor, sheet_id)


@router.post("/{sheet_id}/comparison")
def compare(request: Request, sheet_id: Identifier, session: Writing, actor: Transcribing) -> ComparisonShape:
    """Both entries beside each other, for a third person; looking goes on record."""
    found = sheet_desks.compare(session, actor, sheet_id, now=clock.now())
    return ComparisonShape.of(rendering.language_of(request), found, actor.person_id)


@router.post("/{sheet_id}/decision")
def settle(
    request: Request, sheet_id: Identifier, body: SettleSheet, session: Writing, actor: Transcribing
) -> SheetDeskShape:
    """Settle as a third person what two others have read differently; the sheet is marked at once."""
    ruling = Ruling(Entry(body.copy_number, body.answers), body.note)
    transcribing.decide(session, actor, sheet_id, ruling, now=clock.now())
    return _desk(request, session, actor, sheet_id)


@router.post("/{sheet_id}/photos", status_code=201)
def add_photo(
    sheet_id: Identifier,
    file: Annotated[UploadFile, File(description="A JPEG or PNG picture.")],
    session: Writing,
    actor: Transcribing,
) -> PhotoShape:
    """Add a picture of the sheet, one a request; the same picture again is harmless."""
    # One byte more than allowed is enough to know.
    photo = sheet_desks.add_photo(session, actor, sheet_id, file.file.read(PHOTO_BYTES + 1), now=clock.now())
    return PhotoShape(id=photo.id or 0, digest=photo.digest)


def _desk(request: Request, session: Session, actor: Actor, sheet_id: int) -> SheetDeskShape:
    found = sheet_desks.desk(session, actor, sheet_id)
    return SheetDeskShape.of(rendering.language_of(request), found, actor.person_id)
