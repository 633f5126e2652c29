"""Photographs of trainees, by which a proctor recognises them (五(三) 实名制)."""

from service.kernel import pictures
from service.kernel.pictures import MAGIC, Picture
from service.kernel.pictures import PictureType as PhotoType

__all__ = [
    "LONGEST_SIDE",
    "MAGIC",
    "MOST_BYTES",
    "MOST_BYTES_AS_IT_COMES",
    "MOST_BYTES_AT_THE_DOOR",
    "PhotoType",
    "fitting",
]

# What a telephone makes; the page makes photographs small before it sends them, and a program may not.
MOST_BYTES_AS_IT_COMES = 3 * 1024 * 1024
LONGEST_SIDE = 6000
# What was kept before photographs were made to fit, and the database still takes.
MOST_BYTES = 200 * 1024
# A photograph beyond this does not travel to the tablets at the door: a room of thirty would take too long over a weak
# signal (our choice). An identity photograph of 358 × 441 pixels is about 40 KB.
MOST_BYTES_AT_THE_DOOR = 60 * 1024
BOX = (480, 640)


def fitting(content: bytes) -> Picture:
    """A photograph as it is kept: upright, small enough for the tablets at the door, without place or camera.

    Raises:
        Malformed: neither JPEG nor PNG, broken, animated, or too large to be taken at all.
    """
    return pictures.fitted(content, LONGEST_SIDE, MOST_BYTES_AT_THE_DOOR, BOX)
