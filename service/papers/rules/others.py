"""A paper beside the other papers of the programme: how far expected scores lie apart, and which items are shared."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from itertools import combinations
from math import isqrt
from typing import Any

from service.papers.rules.proving import SURE_MILLI


@dataclass(frozen=True, slots=True)
class Spread:
    """Of all forms of all papers of one blueprint: the largest believed difference of two expected scores, and how far
    apart any two are with 95 % certainty at most; both in milli-points.
    """

    papers: int
    forms: int
    believed_milli: int
    reach_milli: int


def spread(proofs: Sequence[Mapping[str, Any]]) -> Spread:
    """Compare every form with every other, by the proofs of their papers.

    The errors of two forms are taken as independent: where they share items the true reach is smaller.
    """
    forms = [(one["expected_milli"], one["error_milli"]) for proof in proofs for one in proof["forms"].values()]
    expected = [milli for milli, _ in forms]
    apart = (
        abs(here - there) + isqrt(one * one + other * other) * SURE_MILLI // 1000
        for (here, one), (there, other) in combinations(forms, 2)
    )
    return Spread(
        papers=len(proofs),
        forms=len(forms),
        believed_milli=max(expected, default=0) - min(expected, default=0),
        reach_milli=max(apart, default=0),
    )


@dataclass(frozen=True, slots=True)
class Shared:
    """How many items two papers have in common: in whichever forms, and in the two A forms, which classes sit first."""

    anywhere: int
    first: int


def shared(one: Mapping[str, Collection[int]], other: Mapping[str, Collection[int]]) -> Shared:
    """Compare two papers by the items in their forms, by letter."""
    anywhere = set[int]().union(*one.values()) & set[int]().union(*other.values())
    return Shared(len(anywhere), len(set(one.get("A", ())) & set(other.get("A", ()))))
