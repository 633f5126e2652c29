"""Photographs of trainees, by which a proctor recognises them (五(三) 实名制)."""

from service.kernel.pictures import MAGIC, type_of
from service.kernel.pictures import PictureType as PhotoType

__all__ = ["MAGIC", "MOST_BYTES", "MOST_BYTES_AT_THE_DOOR", "PhotoType", "type_of"]

# A 358 × 441 identity photograph is about 40 KB; the database keeps them, so the limit is a generous multiple.
MOST_BYTES = 200 * 1024
# A photograph beyond this does not travel to the tablets at the door: a room of thirty would take too long over a weak
# signal (our choice). The page makes photographs small before it sends them.
MOST_BYTES_AT_THE_DOOR = 60 * 1024
