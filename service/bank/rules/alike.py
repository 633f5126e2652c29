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
# A character has 21 bits, so a pair has 42, and the place of its text stands before it in one number.
_BITS = 21
Numbers = NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Neighbour:
    """A question that is like another one: its place among those compared with, and how like, in thousandths."""

    place: int
    likeness: int


def asked(stem: str, options: Mapping[str, str]) -> str:
    """What an item asks in one spelling: stem and options in the order of their words, without signs and spaces."""
    said = [stem, *sorted(options.values())]
    return "\n".join(_SIGNS.sub("", words.fold(one)) for one in said)


def pairs(texts: Sequence[str]) -> tuple[Numbers, Numbers]:
    """Every different pair of characters of every text: the place of the text, and the pair as one number."""
    whole = "".join(f"{text}\n" for text in texts)
    characters = np.frombuffer(whole.encode("utf-32-le", "surrogatepass"), dtype=np.uint32).astype(np.int64)
    breaks = characters == ord("\n")
    lengths = np.array([len(text) + 1 for text in texts], dtype=np.int64)
    places = np.repeat(np.arange(len(texts), dtype=np.int64), lengths)
    inside = ~(breaks[:-1] | breaks[1:])
    keys = (places[:-1] << 2 * _BITS) | (characters[:-1] << _BITS) | characters[1:]
    found = np.unique(keys[inside])
    return found >> 2 * _BITS, found & ((1 << 2 * _BITS) - 1)


class Index:
    """Texts that others are compared with."""

    def __init__(self, texts: Sequence[str]) -> None:
        places, grams = pairs(texts)
        self.sizes = np.bincount(places, minlength=len(texts))
        self.known, numbers = np.unique(grams, return_inverse=True)
        order = np.argsort(numbers, kind="stable")
        self.places = places[order].astype(np.int32)
        counts = np.bincount(numbers, minlength=len(self.known))
        self.ends = np.cumsum(counts)
        self.starts = self.ends - counts

    def nearest(self, texts: Sequence[str], least: int = SHOWN, most: int = MOST) -> Iterator[tuple[Neighbour, ...]]:
        """Of every text in turn the nearest of those known, from ``least`` on, nearest first."""
        places, grams = pairs(texts)
        sizes = np.bincount(places, minlength=len(texts))
        slots = np.searchsorted(self.known, grams)
        slots[slots == len(self.known)] = 0
        here = self.known[slots] == grams if len(self.known) else np.zeros(len(grams), dtype=bool)
        bounds = np.concatenate([[0], np.cumsum(sizes)])
        for place, size in enumerate(sizes):
            mine = slice(bounds[place], bounds[place + 1])
            yield self._nearest(slots[mine][here[mine]], int(size), least, most)

    def _nearest(self, slots: Numbers, size: int, least: int, most: int) -> tuple[Neighbour, ...]:
        """Shared pairs are counted for all texts at once; who shares too few is passed over before anything else."""
        if not size or not len(slots):
            return ()
        shared = np.bincount(self._said(slots), minlength=len(self.sizes))
        near = np.flatnonzero(1000 * shared >= least * size)
        likeness = 1000 * shared[near] // (size + self.sizes[near] - shared[near])
        near, likeness = near[likeness >= least], likeness[likeness >= least]
        first = np.lexsort((near, -likeness))[:most]
        return tuple(Neighbour(int(near[one]), int(likeness[one])) for one in first)

    def _said(self, slots: Numbers) -> NDArray[np.int32]:
        """The places of all texts that say these pairs, each as often as it says one."""
        runs = [self.places[self.starts[slot] : self.ends[slot]] for slot in slots]
        return np.concatenate(runs)


def spread(likenesses: Sequence[int], marks: Sequence[int] = (900, NEAR, SHOWN)) -> Mapping[int, int]:
    """How many are at least so like, by mark."""
    return {mark: sum(one >= mark for one in likenesses) for mark in marks}
