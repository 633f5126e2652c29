"""Pictures that people upload: PNG and JPEG, known by their content and never by their name.

What is kept is written anew from its pixels, so that nothing travels with a picture that is not the picture: no place
where it was taken, no camera, no thumbnail of what was cut away, no second file behind it. Pillow reads and writes;
here stands only what may come in and what leaves.
"""

import hashlib
import io
import re
import struct
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from enum import StrEnum

from PIL import ExifTags, Image, ImageOps

from service.kernel import errors


class PictureType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"


MAGIC = {PictureType.JPEG: b"\xff\xd8\xff", PictureType.PNG: b"\x89PNG\r\n\x1a\n"}
ENDINGS = {PictureType.JPEG: "jpg", PictureType.PNG: "png"}
# How Pillow names them; it is asked for no other, so that no other decoder of it is ever reached.
_NAMES = {PictureType.JPEG: "JPEG", PictureType.PNG: "PNG"}
# Grey, or three colours; four are made for printing presses, and every program shows them otherwise.
_COLOURS_OF_JPEG = frozenset({"L", "RGB"})
# What Pillow raises over a file that is not as its standard has it; of a palette that is missing it only finds out as
# it converts or writes the picture, by an assertion or a name that was never set.
_UNREADABLE = (
    *(OSError, SyntaxError, ValueError, TypeError, EOFError, IndexError, struct.error, zlib.error),
    *(AssertionError, UnboundLocalError, KeyError, AttributeError),
)
# The quality at which a JPEG is written that had to be turned: no loss that a reader would see.
_QUALITY = 92
# A photograph that is too many bytes loses quality first and then size: part of the box, quality.
_STEPS = ((1, 88), (1, 75), (1, 60), (2, 75), (2, 50))
# Sides are judged here before a pixel is unpacked, so Pillow need neither warn of many pixels nor refuse them.
Image.MAX_IMAGE_PIXELS = None


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a picture may be: in bytes as it comes and as it is kept, and in pixels a side."""

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
    """An uploaded picture, upright, without all that is not picture.

    A baseline JPEG that is nothing but a picture stays byte for byte: written again it would lose a little each time,
    and what was exported would not be the same picture when it comes back.

    Raises:
        Malformed: too large, of another type, broken, animated, or in the colours of a printing press.
    """
    _within(content, limits)
    with opened(content, limits.longest_side) as (kind, image):
        if kind == PictureType.JPEG and _nothing_else(content):
            return Picture(content, kind, *image.size)
        upright = _upright(image)
        written = _written(upright, kind)
        _within(written, limits)
        return Picture(written, kind, *upright.size)


def fitted(content: bytes, longest_side: int, most_bytes: int, box: tuple[int, int]) -> Picture:
    """A photograph as a JPEG of at most so many bytes, upright, no larger than a box of pixels.

    Raises:
        Malformed: of another type, broken, animated, or of more pixels a side than can be taken.
    """
    with opened(content, longest_side, box) as (kind, image):
        fits = len(content) <= most_bytes and image.width <= box[0] and image.height <= box[1]
        if fits and kind == PictureType.JPEG and _nothing_else(content):
            return Picture(content, kind, *image.size)
        upright = _upright(image)
        # What shines through becomes white: a JPEG knows no transparency, and black would hide a face.
        ground = Image.new("RGB", upright.size, "white")
        ground.paste(upright, mask=upright.convert("RGBA").getchannel("A"))
        for part, quality in _STEPS:
            ground.thumbnail((box[0] // part, box[1] // part))
            written = _saved(ground, "JPEG", quality=quality)
            if len(written) <= most_bytes:
                break
        return Picture(written, PictureType.JPEG, *ground.size)


@contextmanager
def opened(
    content: bytes, longest_side: int, box: tuple[int, int] | None = None
) -> Iterator[tuple[PictureType, Image.Image]]:
    """A picture whose pixels have been read; its size is judged before they are. What fails within is the picture's.

    Of a JPEG that is to fit a box of pixels no more are unpacked than are needed for it.

    Raises:
        Malformed: see ``taken``.
    """
    kind = type_of(content)
    if kind is None:
        raise errors.Malformed("picture_type", "图片应为JPEG或PNG格式（按内容判断，与文件名无关）。")
    try:
        image = Image.open(io.BytesIO(content), formats=[_NAMES[kind]])
    except _UNREADABLE:
        raise _broken() from None
    with image:
        _judge(kind, image, longest_side)
        try:
            if box is not None:
                image.draft(None, box)
            image.load()
            yield kind, image
        except _UNREADABLE:
            raise _broken() from None


def _judge(kind: PictureType, image: Image.Image, longest_side: int) -> None:
    width, height = image.size
    if max(width, height) > longest_side:
        reason = "图片为{width}×{height}像素，每边不能超过{most}像素。请缩小后再上传。"
        raise errors.Malformed("picture_sides", reason, width=width, height=height, most=longest_side)
    if getattr(image, "is_animated", False):
        raise errors.Malformed("picture_animated", "不能用会动的图片。请另存为不会动的PNG或JPEG图片。")
    if kind == PictureType.JPEG and image.mode not in _COLOURS_OF_JPEG:
        reason = "图片用的是印刷用的四色（CMYK）。请另存为RGB颜色的图片后再上传。"
        raise errors.Malformed("picture_colours", reason)


def _upright(image: Image.Image) -> Image.Image:
    """The picture as its metadata say it is held; metadata that cannot be read say nothing."""
    try:
        turned = image.getexif().get(ExifTags.Base.Orientation, 1) != 1
        return ImageOps.exif_transpose(image) if turned else image
    except _UNREADABLE:
        return image


def _within(content: bytes, limits: Limits) -> None:
    if len(content) > limits.most_bytes:
        reason = "图片不能超过{most}KB。请缩小后再上传。"
        raise errors.Malformed("picture_large", reason, most=limits.most_bytes // 1024)


def _broken() -> errors.Malformed:
    return errors.Malformed("picture_broken", "图片不完整或已损坏，无法读取。请重新保存或导出后再上传。")


def _written(image: Image.Image, kind: PictureType) -> bytes:
    if kind == PictureType.JPEG and image.format:
        # As it was packed: its own tables lose least, and it grows no larger.
        return _saved(image, "JPEG", quality="keep", optimize=True)
    if kind == PictureType.JPEG:
        return _saved(image, "JPEG", quality=_QUALITY, optimize=True)
    return _saved(image, "PNG", optimize=True)


def _saved(image: Image.Image, name: str, **how: int | str) -> bytes:
    """Only pixels, their palette and what shines through; whatever else Pillow read of the file is let go first."""
    image.info = {key: value for key, value in image.info.items() if key == "transparency"}
    image.getexif().clear()
    out = io.BytesIO()
    image.save(out, name, **how)
    return out.getvalue()


# The segments of a JPEG that a program writes who has only a picture to write (ITU-T T.81, table B.1): the head of
# JFIF without a thumbnail, which of the colours are meant, quantisation, a baseline frame, codes, restarts.
_PLAIN = {0xE0: 16, 0xEE: 14, 0xDB: None, 0xC0: None, 0xC4: None, 0xDD: None}
_SCAN = 0xDA
# A scan and the end, and nothing behind it: within a scan 0xFF is followed by zero or a restart (B.1.1.5).
_TO_THE_END = re.compile(rb"[^\xff]*(?:\xff[\x00\xd0-\xd7][^\xff]*)*\xff\xd9", re.DOTALL)


def _nothing_else(content: bytes) -> bool:
    """Whether a JPEG is its tables, one scan and the end, so that it carries nothing but the picture."""
    place = 2
    while content[place : place + 1] == b"\xff" and place + 4 <= len(content):
        marker, length = content[place + 1], int.from_bytes(content[place + 2 : place + 4], "big")
        if marker == _SCAN:
            return _TO_THE_END.fullmatch(content, place + 2 + length) is not None
        if marker not in _PLAIN or _PLAIN[marker] not in {None, length}:
            return False
        place += 2 + length
    return False
