"""What crosses HTTP of a picture besides its bytes, and the pictures of a form that no script has taken over."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated

from fastapi import Depends, Request
from pydantic import BaseModel
from starlette.datastructures import UploadFile

from service.bank.actions import picturing
from service.bank.rules.pictures import LIMITS, PLACES, Pictured
from service.bank.tables import Picture
from service.kernel import errors, pictures


class PictureShape(BaseModel):
    """A picture that was kept; its digest is how an item names it."""

    digest: str
    media_type: str
    width: int
    height: int

    @classmethod
    def of(cls, picture: Picture) -> "PictureShape":
        return cls.model_validate(picture, from_attributes=True)


@dataclass(frozen=True, slots=True)
class Sent:
    """The pictures of a form: what stands at each place, and the files that were chosen for some of them."""

    named: Mapping[str, Pictured]
    files: Mapping[str, bytes]


@dataclass(frozen=True, slots=True)
class Chosen:
    """The same once the files have been read; a file that is no picture is told of, and the rest stays."""

    named: Mapping[str, Pictured]
    fresh: Mapping[str, pictures.Picture]
    refusal: errors.ServiceError | None = None


async def sent(request: Request) -> Sent:
    """What a form says of pictures; a box that is ticked takes one away, a file takes the place of another."""
    form = await request.form()
    named, files = {}, {}
    for place in PLACES:
        digest, words = str(form.get(f"picture_{place}") or ""), str(form.get(f"picture_words_{place}") or "")
        file = form.get(f"picture_file_{place}")
        if isinstance(file, UploadFile) and file.filename:
            files[place] = await file.read(LIMITS.most_bytes + 1)
        if (digest or place in files or words.strip()) and not form.get(f"picture_drop_{place}"):
            named[place] = Pictured(digest[:64], words.strip()[:1000])
    return Sent(named, {place: content for place, content in files.items() if place in named})


def chosen(found: Annotated[Sent, Depends(sent)]) -> Chosen:
    """The pictures of a form; in a thread of its own, for reading a picture takes a moment."""
    fresh: dict[str, pictures.Picture] = {}
    refusal: errors.ServiceError | None = None
    for place, content in found.files.items():
        try:
            fresh[place] = picturing.read(content)
        except errors.ServiceError as fault:
            refusal = refusal or fault
    named = {
        place: Pictured(fresh[place].digest, one.words) if place in fresh else one for place, one in found.named.items()
    }
    return Chosen(named, fresh, refusal)
