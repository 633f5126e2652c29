"""How much two questions have in common: the pairs of characters that both say, by all that either says (Jaccard).

Exact, and no sketch of it: for every pair the texts that say it are known, and how many a question shares with each
of them is counted at once on arrays of numbers. Twenty thousand are compared with each other in seconds.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.bank.rules.exchange import words

# Likeness in thousandths. From here on two questions are shown beside each other; from NEAR on they are probably one
# question twice. Both are our own figures, set on the shipped bank: its nearest honest neighbours lie below.
SHOWN, NEAR = 300, 600
# So many neighbours are shown of one question.
MOST = 3
# Signs say nothing of what is asked.
_SIGNS = re.compile(r"[\W_]+")
# A character has 21 bits, so a pair has 42; with the place of its text it is still one number that can be sorted.
_BITS = 21
_PLACE, _GRAM = (1 << _BITS) - 1, (1 << 2 * _BITS) - 1
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A question that is like another one: its place among those compared with, and how like, in thousandths."""

    place: int
    likeness: int


def asked(stem: str, options: Mapping[str, str]) -> str:
    """What an item asks in one spelling: stem and options in the order of their words, without signs and spaces.

    By words only: nothing here sees what a picture shows. Two questions about two pictures may be as like as one.
    """
    said = [stem, *sorted(options.values())]
    return "\n".join(_SIGNS.sub("", words.fold(one)) for one in said)


def pairs(texts: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Every pair of neighbours in every text, as often as it stands there: the place of the text, and the pair as one
    number."""
    whole = "".join(f"{text}\n" for text in texts)
    characters = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
    places = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    breaks = characters == ord("\n")
    inside = ~(breaks[:-1] | breaks[1:])
    return places[:-1][inside], ((characters[:-1] << _BITS) | characters[1:])[inside]


def _different(numbers: Numbers) -> Numbers:
    """The numbers in order, each once; sorting is forty times as fast as ``np.unique``, which hashes them."""
    ordered = np.sort(numbers)
    fresh: Numbers = ordered[np.diff(ordered, prepend=-1) != 0]
    return fresh


class Index:
    """Texts that others are compared with: for every pair the places of the texts that say it, in order."""

    def __init__(self, texts: Sequence[str]) -> None:
        places, grams = pairs(texts)
        found = _different((grams << _BITS) | places)
        self.places = (found & _PLACE).astype(np.int32)
        self.sizes = np.bincount(self.places, minlength=len(texts))
        said = found >> _BITS
        self.starts = np.flatnonzero(np.diff(said, prepend=-1))
        self.ends = np.append(self.starts[1:], len(said))
        self.known = said[self.starts]

    def nearest(self, texts: Sequence[str], least: int = SHOWN, most: int = MOST) -> Iterator[tuple[Neighbour, ...]]:
        """Of every text in turn the nearest of those known, from ``least`` on, nearest first."""
        places, grams = pairs(texts)
        found = _different((places << 2 * _BITS) | grams)
        places, grams = found >> 2 * _BITS, found & _GRAM
        slots = np.minimum(np.searchsorted(self.known, grams), max(0, len(self.known) - 1))
        here = self.known[slots] == grams if len(self.known) else np.zeros(len(grams), dtype=bool)
        sizes = np.bincount(places, minlength=len(texts))
        bounds = np.concatenate([[0], np.cumsum(sizes)])
        for place, size in enumerate(sizes):
            mine = slice(bounds[place], bounds[place + 1])
            yield self._nearest(slots[mine][here[mine]], int(size), least, most)

    def _nearest(self, slots: Numbers, size: int, least: int, most: int) -> tuple[Neighbour, ...]:
        """Shared pairs are counted for all texts at once; who shares too few is passed over before anything else."""
        if not size or not len(slots):
            return ()
        said = np.concatenate([self.places[self.starts[slot] : self.ends[slot]] for slot in slots])
        shared = np.bincount(said, minlength=len(self.sizes))
        near = np.flatnonzero(1000 * shared >= max(1, least * size))
        likeness = 1000 * shared[near] // (size + self.sizes[near] - shared[near])
        near, likeness = near[likeness >= least], likeness[likeness >= least]
        first = np.lexsort((near, -likeness))[:most]
        return tuple(Neighbour(int(near[one]), int(likeness[one])) for one in first)


def spread(likenesses: Sequence[int], marks: Sequence[int] = (900, NEAR, SHOWN)) -> Mapping[int, int]:
    """How many are at least so like, by mark."""
    return {mark: sum(one >= mark for one in likenesses) for mark in marks}
