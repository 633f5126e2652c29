"""Pictures of an item: one at its stem and one at each of its options, each with words for whoever cannot see it.

A version names a picture by the SHA-256 of its bytes, so a version never changes even though the bytes lie elsewhere.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from service.kernel.pictures import Limits

# Our own figures: a photograph that fills a screen of 1280 pixels is about 150 KB, and a room of thirty loads all
# pictures of a paper in the same minute.
LIMITS = Limits(200 * 1024, 1600)
STEM = "stem"
PLACES = (STEM, "A", "B", "C", "D")
PLACE_NAMES = {STEM: "题干图片", "A": "选项A图片", "B": "选项B图片", "C": "选项C图片", "D": "选项D图片"}
SHORTEST_WORDS, LONGEST_WORDS = 2, 200
_DIGEST = re.compile(r"[0-9a-f]{64}")
_UNPRINTABLE = re.compile(r"[\x00-\x1f\x7f]")
WORDLESS = "图片须有2至200个字的文字说明：看不到图的考生、朗读和印得不清楚时都靠它。"
ELSEWHERE = "图片只能放在题干和该题已有的选项上"
UNNAMED = "图片没有上传成功，请重新选择图片文件"


@dataclass(frozen=True, slots=True)
class Pictured:
    """A picture at its place: SHA-256 of its bytes, and the words that describe it."""

    digest: str
    words: str


Pictures = Mapping[str, Pictured]


def faults(pictures: Pictures, options: Mapping[str, str]) -> Iterator[tuple[str, str]]:
    """(place, what is wrong there) of an item with these options."""
    for place, one in pictures.items():
        if place != STEM and place not in options:
            yield place, ELSEWHERE
        elif not _DIGEST.fullmatch(one.digest):
            yield place, UNNAMED
        elif not SHORTEST_WORDS <= len(one.words.strip()) <= LONGEST_WORDS or _UNPRINTABLE.search(one.words):
            yield place, WORDLESS


def stored(pictures: Pictures) -> dict[str, dict[str, str]]:
    """As a version and a draft keep them, in the order of the page."""
    return {
        place: {"digest": pictures[place].digest, "words": pictures[place].words}
        for place in PLACES
        if place in pictures
    }


def taken(found: Mapping[str, Any]) -> dict[str, Pictured]:
    """What was stored, as values; places that are none are left out."""
    return {place: Pictured(found[place]["digest"], found[place]["words"]) for place in PLACES if place in found}


def told(pictures: Pictures) -> dict[str, list[str]]:
    """What of them goes into the digest of a version: the bytes by their digest, and the words."""
    return {place: [one.digest, one.words] for place, one in sorted(pictures.items())}
