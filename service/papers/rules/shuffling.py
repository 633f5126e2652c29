"""In which order a seat sees its paper: a function of the seed that was sealed with the form, and of the seat.

So a reload or another machine changes nothing, neighbours differ, and anybody can repeat it once the form is open.
Positions and letters stay those of the form: what is saved and marked does not know of any order.
"""

import hashlib
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from service.papers.rules import answers


@dataclass(frozen=True, slots=True)
class Shuffle:
    """The seed of a form, and what its blueprint has put in another order for each seat."""

    seed: str
    items: bool
    options: bool


def laid_out(
    shuffle: Shuffle,
    seat_id: int,
    items: Sequence[tuple[int, str, Sequence[str]]],
    cased: Collection[int] = frozenset(),
) -> list[tuple[int, tuple[str, ...]]]:
    """The items of a form as one seat sees them, as (position, letters); ``items`` are (position, kind, letters).

    Kinds stay together, and the two words of a true-false item stay as they are. The positions in ``cased`` are of
    items of cases: they stand behind the others as they stand on the form, for a case is read in its order.
    """
    drawn = {position: _draw(shuffle.seed, seat_id, position) for position, _, _ in items}

    def place(item: tuple[int, str, Sequence[str]]) -> tuple[int, str, int]:
        position, kind, _ = item
        if position in cased:
            return len(answers.ORDER), "", position
        return answers.ORDER.index(kind), drawn[position][:32] if shuffle.items else "", position

    return [
        (position, _mixed(letters, drawn[position]) if _mixes(shuffle, kind) else tuple(letters))
        for position, kind, letters in sorted(items, key=place)
    ]


def _draw(seed: str, seat_id: int, position: int) -> str:
    # One digest says where the item stands (its first half) and how its options do (its last quarter).
    return hashlib.sha256(f"{seed}/{seat_id}/{position}".encode()).hexdigest()


def _mixes(shuffle: Shuffle, kind: str) -> bool:
    return shuffle.options and kind in answers.OF_LETTERS


def _mixed(letters: Sequence[str], drawn: str) -> tuple[str, ...]:
    """One of the orders of these letters, each as likely as any other (to one part in 10¹⁷)."""
    number, left, chosen = int(drawn[48:], 16), list(letters), []
    while left:
        number, place = divmod(number, len(left))
        chosen.append(left.pop(place))
    return tuple(chosen)
