"""Passwords that everybody tries first: a Bloom filter over a public list, asked without any network.

``common.bloom`` holds about 115,000 leaked passwords of ten characters and more, in small letters; one in some seven
thousand that are not in the list is taken for one that is, and its owner chooses another. ``SOURCE.md`` says where the
list comes from and under which licence; ``scripts/breached`` makes the file anew.
"""

import hashlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path

PLACE = Path(__file__).with_name("common.bloom")
BITS = 1 << 21
HASHES = 13
# What people put behind a word so that it counts as a password.
TAILS = "!@#$%&*.?~_-+= "


def is_common(password: str) -> bool:
    """Whether a password, or what is left of it without the signs at its end, is on the list."""
    lowered = password.lower()
    return any(_holds(_filter(), text) for text in {lowered, lowered.rstrip(TAILS)})


def places(text: str) -> Iterator[int]:
    """The bits that stand for a text: double hashing over the two halves of its SHA-256 (Kirsch and Mitzenmacher)."""
    digest = hashlib.sha256(text.encode()).digest()
    first, second = int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:16], "big") | 1
    return ((first + number * second) % BITS for number in range(HASHES))


def _holds(bits: bytes, text: str) -> bool:
    return all(bits[place >> 3] & 1 << (place & 7) for place in places(text))


@lru_cache(maxsize=1)
def _filter() -> bytes:
    return PLACE.read_bytes()
