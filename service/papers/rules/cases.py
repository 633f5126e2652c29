"""Cases on papers: taken whole or not at all, behind everything else, each in the order of its sub-questions.

A case is whole for a blueprint where every one of its sub-questions may be asked: of this role, in these cells, now.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from service.kernel.decision import ALLOWED, Decision, not_now
from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate, usable


@dataclass(frozen=True, slots=True)
class CasePart:
    """What a candidate reads above a sub-question: which case of the paper it belongs to, counted from 1, which of its
    sub-questions it is, and the text."""

    number: int
    place: int
    size: int
    text: str


def usable_places(blueprint: Blueprint, candidates: Sequence[Candidate]) -> list[int]:
    """The places of all items that a form may hold, by code; those of a case only where it is whole."""
    order = sorted(range(len(candidates)), key=lambda place: candidates[place].code)
    found = [place for place in order if usable(blueprint, candidates[place])]
    taken = {place for places in whole(candidates, found).values() for place in places}
    return [place for place in found if not candidates[place].case or place in taken]


def whole(candidates: Sequence[Candidate], places: Iterable[int]) -> Mapping[str, tuple[int, ...]]:
    """Of the items at these places, the cases that are there with all their sub-questions, in their order, by code."""
    groups: defaultdict[str, dict[int, int]] = defaultdict(dict)
    for place in places:
        if candidates[place].case:
            groups[candidates[place].case][candidates[place].case_place] = place
    return {
        code: tuple(place for _, place in sorted(parts.items()))
        for code, parts in sorted(groups.items())
        if parts.keys() == set(range(1, candidates[next(iter(parts.values()))].case_size + 1))
    }


def torn(chosen: Sequence[Candidate]) -> list[str]:
    """The cases of a form that it does not hold whole, or not together and in order; for a proof."""
    found = whole(chosen, range(len(chosen)))
    named = dict.fromkeys(one.case for one in chosen if one.case)
    in_order = (code in found and list(found[code]) == _run(found[code][0], len(found[code])) for code in named)
    return [code for code, kept in zip(named, in_order, strict=True) if not kept]


def _run(first: int, length: int) -> list[int]:
    return list(range(first, first + length))


def may_swap(case: str) -> Decision:
    """Whether another item may be put in the place of one of this case alone; empty, if it is of none."""
    if not case:
        return ALLOWED
    return not_now(
        "item_of_a_case",
        "这一题是案例分析中的一问，案例要么整个保留，要么整个不用，不能单独换一问。"
        "请写明保留的理由；非换不可的，请审批人退回整份试卷，重新组卷。",
    )


def takes(blueprints: Iterable[Blueprint]) -> bool:
    """Whether any of these blueprints asks for cases."""
    return any(one.cases.most for one in blueprints)
