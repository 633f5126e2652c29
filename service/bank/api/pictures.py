"""JSON routes of pictures: uploading one, and the bytes of one for whoever may read the words beside it."""

from typing import Annotated

from fastapi import APIRouter, Depends, File, Path, Response, UploadFile

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank.actions import picturing
from service.bank.rules.pictures import LIMITS
from service.bank.shapes import Place
from service.bank.shapes.pictures import PictureShape
from service.kernel import clock, describing
from service.kernel.database import Reading, Writing
from service.kernel.pictures import Picture

router = APIRouter()
Author = Annotated[Actor, may(Right.BANK_AUTHOR)]
SHOWN = describing.a_file("image/jpeg", "image/png")
# A shared machine keeps no picture of the bank.
UNKEPT = {"Cache-Control": "no-store"}


Uploaded = Annotated[UploadFile, File(description="A JPEG or PNG picture, up to 200 KB and 1600 pixels a side.")]


def uploaded(_: Author, file: Uploaded) -> Picture:
    """The uploaded picture, for nobody but an author, read before any turn to write."""
    # One byte more than allowed is enough to refuse the file without reading the rest.
    return picturing.read(file.file.read(LIMITS.most_bytes + 1))


@router.post("/pictures", status_code=201)
def keep_picture(actor: Author, picture: Annotated[Picture, Depends(uploaded)], session: Writing) -> PictureShape:
    """Keep a picture for an item, without whatever else the file says; the same again is harmless."""
    return PictureShape.of(picturing.keep(session, actor, picture, now=clock.now()))


@router.get("/pictures/{digest}", **SHOWN)
def chosen_picture(digest: Annotated[str, Path(pattern="^[0-9a-f]{64}$")], actor: Author, session: Reading) -> Response:
    """A picture that one has chosen for what one is writing."""
    found = picturing.show_chosen(session, actor, digest)
    return Response(found.content, media_type=found.media_type, headers=UNKEPT)


@router.get("/versions/{version_id}/pictures/{place}", **SHOWN)
def picture_of_version(
    version_id: int, place: Place, actor: Annotated[Actor, may(Right.BANK_READ)], session: Reading
) -> Response:
    """The picture at a place of a version, for whoever may read its words."""
    found = picturing.show(session, actor, version_id, place)
    return Response(found.content, media_type=found.media_type, headers=UNKEPT)
