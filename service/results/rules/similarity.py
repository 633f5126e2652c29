"""Pairs in a room whose answers agree more than chance allows: cases for a person to look at, and never a verdict.

The generalised binomial test of van der Linden and Sotaridona (2006): how often two people would agree on each item is
computed from how able both are, how hard the item is, and how often each wrong answer is given; the number of
agreements then has a generalised binomial distribution. Two who are both good agree often, and are not named for it.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations

import numpy as np

from service.bank.rules import filling
from service.bank.rules.items import Kind
from service.kernel.decision import ALLOWED, Decision, not_now
from service.results.rules import Scored
from service.results.rules.item_statistics import Asked, Floats

# How often an honest room may have anybody named at all; over the pairs of a room it is divided (Bonferroni).
# A setting of ours, unconfirmed: whoever is named is looked at by people.
ALARM = 0.05
# With fewer sheets of a form it is not known how often a wrong answer is given.
LEAST = 20
# The wrong answers there are beside none at all: of one letter out of four, of two letters and more, of two words. What
# can be typed has no end, but most who are wrong say one of a few things; a low number names fewer pairs.
WRONG = {Kind.SINGLE: 3, Kind.MULTIPLE: 10, Kind.TRUE_FALSE: 1, Kind.FILL_IN: 3}
# What no answer can be, for all right ones.
_RIGHT = "\0"
_ROUNDS = 30


@dataclass(frozen=True, slots=True)
class Pair:
    """Two seats that agree ``same`` times, ``same_wrong`` times in a wrong answer, where ``expected`` were likely.

    ``chance`` is the probability of so many agreements or more, for this pair alone.
    """

    seats: tuple[int, int]
    same: int
    same_wrong: int
    expected: float
    chance: float


def may_screen(sheets: int) -> Decision:
    """Whether so many sheets of a form say how often an answer is given."""
    if sheets >= LEAST:
        return ALLOWED
    return not_now(
        "too_few_to_compare", "本卷只有{number}份答卷，少于{least}份，不能比较雷同。", number=sheets, least=LEAST
    )


def screened(
    asked: Sequence[Asked], sheets: dict[int, dict[int, Scored]], rooms: Sequence[Sequence[int]]
) -> list[Pair]:
    """The pairs that agree too often, the least likely first; ``rooms`` are the seats that sat together.

    ``sheets`` are all of a form by seat, those of other rooms too: from all of them the chances are known.
    """
    seats = sorted(sheets)
    right = np.array([[_right(sheets[seat][one.position]) for one in asked] for seat in seats], dtype=np.float64)
    said = [_coded([_said(one, sheets[seat][one.position]) for seat in seats]) for one in asked]
    codes = np.array(said, dtype=np.int64).T
    chances, places = chances_of(right), {seat: place for place, seat in enumerate(seats)}
    agree_wrong = np.array([_agree_wrong(one, [sheets[seat][one.position] for seat in seats]) for one in asked])
    found = []
    for room in rooms:
        together = list(combinations(sorted(seat for seat in room if seat in places), 2))
        if together:
            found += _of_room(together, places, right, codes, chances, agree_wrong)
    return sorted(found, key=lambda one: (one.chance, one.seats))


def _of_room(
    together: list[tuple[int, int]],
    places: dict[int, int],
    right: Floats,
    codes: np.ndarray,
    chances: Floats,
    agree_wrong: Floats,
) -> list[Pair]:
    one, other = (np.array([places[pair[side]] for pair in together]) for side in (0, 1))
    likely = chances[one] * chances[other] + (1 - chances[one]) * (1 - chances[other]) * agree_wrong
    same = codes[one] == codes[other]
    wrong = same & (right[one] < 1)
    tails = at_least(likely, same.sum(axis=1))
    return [
        Pair(pair, int(same[at].sum()), int(wrong[at].sum()), float(likely[at].sum()), float(tails[at]))
        for at, pair in enumerate(together)
        if tails[at] <= ALARM / len(together)
    ]


def _right(scored: Scored) -> bool:
    return scored.points == scored.of


def _said(asked: Asked, scored: Scored) -> str:
    """What two people can agree in. Of typed answers all that are right are the same, and so are wrong ones that differ
    in width, letter case or spaces only."""
    if asked.kind is not Kind.FILL_IN:
        return scored.choice
    return _RIGHT if _right(scored) else filling.fold(scored.choice)


def _coded(choices: Sequence[str]) -> list[int]:
    """Equal choices as equal numbers; nobody agrees with anybody in having left out an item."""
    known = {choice: number for number, choice in enumerate(sorted(set(choices)))}
    return [known[choice] if choice else -1 - place for place, choice in enumerate(choices)]


def _agree_wrong(asked: Asked, scored: Sequence[Scored]) -> float:
    """The probability that two who are both wrong give the same answer.

    Every wrong answer is counted once more than it was given, so that a few answers do not pass for a rule.
    """
    given = Counter(_said(asked, one) for one in scored if not _right(one))
    blank = given.pop("", 0)
    kinds = max(WRONG[asked.kind], len(given))
    whole = sum(given.values()) + blank + kinds + 1
    seen = sum(((number + 1) / whole) ** 2 for number in given.values())
    return float(seen + (kinds - len(given)) / whole**2)


def chances_of(right: Floats) -> Floats:
    """How likely everybody was to get each item right, by the Rasch model fitted to both margins.

    Nobody is thought to be perfect and no item impossible: half an answer is kept back at either end.
    """
    people, items = right.shape
    by_person = np.clip(right.sum(axis=1), 0.5, items - 0.5)
    by_item = np.clip(right.sum(axis=0), 0.5, people - 0.5)
    ability: Floats = np.log(by_person / (items - by_person))
    easiness: Floats = np.log(by_item / (people - by_item))
    easiness -= easiness.mean()
    for _ in range(_ROUNDS):
        chances = _curve(ability, easiness)
        ability += np.clip((by_person - chances.sum(axis=1)) / (chances * (1 - chances)).sum(axis=1), -1, 1)
        chances = _curve(ability, easiness)
        easiness += np.clip((by_item - chances.sum(axis=0)) / (chances * (1 - chances)).sum(axis=0), -1, 1)
    return _curve(ability, easiness)


def _curve(ability: Floats, easiness: Floats) -> Floats:
    found: Floats = 1 / (1 + np.exp(-(ability[:, None] + easiness[None])))
    return np.clip(found, 1e-6, 1 - 1e-6)


def at_least(likely: Floats, same: np.ndarray) -> Floats:
    """The probability of so many agreements or more, for each row of chances: the generalised binomial's upper tail."""
    rows, items = likely.shape
    mass = np.zeros((rows, items + 1))
    mass[:, 0] = 1.0
    for item in range(items):
        one = likely[:, item : item + 1]
        mass[:, 1:] = mass[:, 1:] * (1 - one) + mass[:, :-1] * one
        mass[:, 0] *= 1 - one[:, 0]
    tails = np.cumsum(mass[:, ::-1], axis=1)[:, ::-1]
    found: Floats = tails[np.arange(rows), same]
    return found
