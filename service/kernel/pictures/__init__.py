"""Pictures that people upload: PNG and JPEG, known by their content and never by their name.

What is kept is written anew from its parts, so that nothing travels with a picture that is not the picture: no place
where it was taken, no camera, no thumbnail of what was cut away, no second file behind it.
"""

import hashlib
from dataclasses import dataclass
from enum import StrEnum

from service.kernel import errors
from service.kernel.pictures import jpeg, png
from service.kernel.pictures.parts import Broken, Size


class PictureType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"


MAGIC = {PictureType.JPEG: b"\xff\xd8\xff", PictureType.PNG: b"\x89PNG\r\n\x1a\n"}
_READERS = {PictureType.JPEG: jpeg.cleaned, PictureType.PNG: png.cleaned}
ENDINGS = {PictureType.JPEG: "jpg", PictureType.PNG: "png"}


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a picture may be: in bytes as it comes, and in pixels a side."""

    most_bytes: int
    longest_side: int


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture that is nothing else: its bytes written anew, its type, and its size in pixels."""

    content: bytes
    media_type: PictureType
    width: int
    height: int

    @property
    def digest(self) -> str:
        """SHA-256 of its bytes."""
        return hashlib.sha256(self.content).hexdigest()


def type_of(content: bytes) -> PictureType | None:
    """What the first bytes say it is; a file's name and a request's header prove nothing."""
    return next((kind for kind, magic in MAGIC.items() if content.startswith(magic)), None)


def taken(content: bytes, limits: Limits) -> Picture:
    """An uploaded picture, read to its last byte, without all that is not picture.

    Raises:
        Malformed: too large, of another type, broken, animated, or with something else behind it.
    """
    if len(content) > limits.most_bytes:
        raise errors.Malformed(
            "picture_large", "图片不能超过{most}KB。请缩小后再上传。", most=limits.most_bytes // 1024
        )
    kind = type_of(content)
    if kind is None:
        raise errors.Malformed("picture_type", "图片应为JPEG或PNG格式（按内容判断，与文件名无关）。")
    try:
        clean, size = _READERS[kind](content, Size(limits.longest_side, limits.longest_side))
    except Broken as fault:
        raise errors.Malformed(fault.code, fault.reason, source="", **fault.values) from None
    return Picture(clean, kind, size.width, size.height)
