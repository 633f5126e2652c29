"""Photographs of trainees, by which a proctor recognises them (五(三) 实名制)."""

from enum import StrEnum


class PhotoType(StrEnum):
    JPEG = "image/jpeg"
    PNG = "image/png"


# A 358 × 441 identity photograph is about 40 KB; the database keeps them, so the limit is a generous multiple.
MOST_BYTES = 200 * 1024
# A photograph beyond this does not travel to the tablets at the door: a room of thirty would take too long over a weak
# signal (our choice). The page makes photographs small before it sends them.
MOST_BYTES_AT_THE_DOOR = 60 * 1024
MAGIC = {PhotoType.JPEG: b"\xff\xd8\xff", PhotoType.PNG: b"\x89PNG\r\n\x1a\n"}


def type_of(content: bytes) -> PhotoType | None:
    """What the first bytes say it is; a file's name and a request's header prove nothing."""
    return next((kind for kind, magic in MAGIC.items() if content.startswith(magic)), None)
