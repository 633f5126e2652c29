"""What the answers to one form say of its items: how hard they were, whom they tell apart, which choices drew nobody,
and what many typed that was not accepted.

The classical sums of item analysis (Crocker & Algina 1986, chapter 14). They are counted on the marks as they were
given at hand-in: what is decided later about a person says nothing of the item.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import ceil

import numpy as np
from numpy.typing import NDArray

from service.bank.rules import filling
from service.bank.rules.items import Kind
from service.results.rules import Scored

Floats = NDArray[np.float64]

# With fewer answers no figure of an item is stable enough to act on (Nunnally 1978; Linacre 1994: 30 give ±1 logit).
FEW = 30
# The upper and lower groups (Kelley 1939): the share that tells two normal groups apart best.
GROUP = 0.27
# A distractor that fewer take does no work (Haladyna & Downing 1993).
DEAD = 0.05
# Our choice, unconfirmed: what nearly all or hardly more than guessers get right tells nobody apart.
EASY, HARD = 0.95, 0.30
# Our choices, unconfirmed: a typed text that fewer gave could point at a person, and the first few say what the matter
# is.
LEAST_ALIKE, MOST_TEXTS = 5, 5


class Flag(StrEnum):
    """Why somebody should look at an item."""

    FEW = "few_answers"
    NEGATIVE = "negative_discrimination"
    WRONG_KEY = "possible_wrong_key"
    DEAD = "dead_distractor"
    EASY = "too_easy"
    HARD = "too_hard"
    WITHDRAWN = "withdrawn"


FLAG_NAMES = {
    Flag.FEW: "人数太少，不足为凭",
    Flag.NEGATIVE: "区分度为负",
    Flag.WRONG_KEY: "答案可能有误",
    Flag.DEAD: "有无人问津的干扰项",
    Flag.EASY: "过易",
    Flag.HARD: "过难",
    Flag.WITHDRAWN: "已撤销",
}


@dataclass(frozen=True, slots=True)
class Asked:
    """What was asked at a position: which version of which item, of what kind, with which letters to choose from."""

    position: int
    code: str
    version_id: int
    kind: Kind
    letters: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Distractor:
    """A wrong choice, without its letter: the share of all, of the upper and of the lower group who took it."""

    share: float
    upper: float
    lower: float


@dataclass(frozen=True, slots=True)
class WrongText:
    """What at least ``LEAST_ALIKE`` people typed and was wrong, in the spelling that most of them used; shares as of a
    :class:`Distractor`."""

    text: str
    share: float
    upper: float
    lower: float


@dataclass(frozen=True, slots=True)
class ItemStatistics:
    """``discrimination`` is the point-biserial correlation with the points of the other items, ``upper_lower`` the
    difference of the facilities of the best and the worst 27 %; neither exists where everybody did equally well.
    """

    asked: Asked
    answers: int
    facility: float
    discrimination: float | None
    upper_lower: float | None
    omitted: float
    distractors: tuple[Distractor, ...]
    texts: tuple[WrongText, ...]
    flags: tuple[Flag, ...]


def of_items(
    asked: Sequence[Asked], sheets: Sequence[dict[int, Scored]], withdrawn: frozenset[int] = frozenset()
) -> list[ItemStatistics]:
    """The statistics of every position, in the order of ``asked``; nothing where nobody answered.

    Withdrawn items are told of as well, but do not count among the other items of anybody.
    """
    if not sheets:
        return []
    points = np.array([[sheet[one.position].points for one in asked] for sheet in sheets], dtype=np.float64)
    counts = np.array([one.position not in withdrawn for one in asked], dtype=np.float64)
    totals: Floats = points @ counts
    upper, lower = groups(totals)
    return [
        _of_item(
            one,
            [sheet[one.position] for sheet in sheets],
            totals - points[:, place] * counts[place],
            (upper, lower),
            one.position in withdrawn,
        )
        for place, one in enumerate(asked)
    ]


def groups(totals: Floats) -> tuple[list[int], list[int]]:
    """The places of the upper and lower 27 %, as many in each; equals in the order of the sheets."""
    size = min(max(1, ceil(GROUP * len(totals))), len(totals) // 2)
    order = [int(place) for place in np.argsort(-totals, kind="stable")]
    return order[:size], order[len(order) - size :]


def correlation(one: Floats, other: Floats) -> float | None:
    """Pearson's correlation; none where one of them does not vary."""
    first, second = one - one.mean(), other - other.mean()
    spread = float((first @ first) * (second @ second))
    return float(first @ second) / spread**0.5 if spread > 0 else None


def _of_item(
    asked: Asked, scored: Sequence[Scored], rest: Floats, group: tuple[list[int], list[int]], withdrawn: bool
) -> ItemStatistics:
    earned: Floats = np.array([one.points / one.of for one in scored])
    upper, lower = group
    apart = float(earned[upper].mean() - earned[lower].mean()) if upper else None
    facility, telling = float(earned.mean()), correlation(earned, rest)
    wrong, texts = _distractors(asked, scored, group), _texts(asked, scored, group)
    best = float(earned[upper].mean()) if upper else 1.0
    return ItemStatistics(
        asked=asked,
        answers=len(scored),
        facility=facility,
        discrimination=telling,
        upper_lower=apart,
        omitted=sum(not one.choice for one in scored) / len(scored),
        distractors=wrong,
        texts=texts,
        flags=_flags(len(scored), facility, telling, best, (wrong, texts), withdrawn),
    )


def _distractors(asked: Asked, scored: Sequence[Scored], group: tuple[list[int], list[int]]) -> tuple[Distractor, ...]:
    """The wrong letters by how many took them. Which were right is known by whoever got the points."""
    right = next((one.choice for one in scored if one.points == one.of), "")
    upper, lower = group

    def share(letter: str, places: Sequence[int]) -> float:
        return sum(letter in scored[place].choice for place in places) / len(places) if places else 0.0

    everybody = range(len(scored))
    found = [
        Distractor(share(letter, everybody), share(letter, upper), share(letter, lower))
        for letter in asked.letters
        if letter not in right
    ]
    return tuple(sorted(found, key=lambda one: (-one.share, -one.upper, -one.lower)))


def _texts(asked: Asked, scored: Sequence[Scored], group: tuple[list[int], list[int]]) -> tuple[WrongText, ...]:
    """The wrong texts that many typed, most often first; spellings that count as the same are one."""
    if asked.kind is not Kind.FILL_IN:
        return ()
    wrong = [filling.fold(one.choice) if one.points < one.of else "" for one in scored]
    upper, lower = group

    def share(folded: str, places: Sequence[int]) -> float:
        return sum(wrong[place] == folded for place in places) / len(places) if places else 0.0

    found = []
    for folded, number in sorted(Counter(filter(None, wrong)).items(), key=lambda one: (-one[1], one[0]))[:MOST_TEXTS]:
        if number >= LEAST_ALIKE:
            spelt = Counter(one.choice for one, said in zip(scored, wrong, strict=True) if said == folded)
            text = min(spelt, key=lambda one: (-spelt[one], one))
            found.append(WrongText(text, number / len(scored), share(folded, upper), share(folded, lower)))
    return tuple(found)


def _flags(
    answers: int,
    facility: float,
    telling: float | None,
    best: float,
    taken: tuple[Sequence[Distractor], Sequence[WrongText]],
    withdrawn: bool,
) -> tuple[Flag, ...]:
    """What is to be looked at; of a few answers only that they are few, for all else would be chance."""
    if answers < FEW:
        return (Flag.WITHDRAWN, Flag.FEW) if withdrawn else (Flag.FEW,)
    wrong, texts = taken
    apart: list[Distractor | WrongText] = [*wrong, *texts]
    found = {
        Flag.WITHDRAWN: withdrawn,
        Flag.NEGATIVE: telling is not None and telling < 0,
        # The best candidates agree on an answer that the key calls wrong (our choice of a sign, unconfirmed).
        Flag.WRONG_KEY: any(one.upper > best and one.upper > one.lower for one in apart),
        Flag.DEAD: facility <= EASY and any(one.share < DEAD for one in wrong),
        Flag.EASY: facility > EASY,
        Flag.HARD: facility < HARD,
    }
    return tuple(flag for flag, raised in found.items() if raised)
