"""The order in which a seat sees its paper: drawn from a sealed seed, its own, the same after a reload, and of no
consequence to marks."""

from itertools import groupby

import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.bank.rules.items import ASKED, Kind
from service.papers.rules import answers, shuffling
from service.papers.rules.shuffling import Shuffle
from service.results.rules import scoring

LETTERS = {Kind.SINGLE: "ABCD", Kind.MULTIPLE: "ABCD", Kind.TRUE_FALSE: "TF"}
ITEMS = st.lists(st.sampled_from(ASKED), max_size=60).map(
    lambda kinds: [(place, str(kind), tuple(LETTERS.get(kind, ""))) for place, kind in enumerate(kinds, start=1)]
)
SHUFFLES = st.builds(Shuffle, st.text("0123456789abcdef", min_size=32, max_size=32), st.booleans(), st.booleans())


@given(SHUFFLES, st.integers(1, 10**6), ITEMS)
def test_a_seat_sees_every_item_and_every_option_once_with_kinds_together(
    shuffle: Shuffle, seat_id: int, items: list[tuple[int, str, tuple[str, ...]]]
) -> None:
    seen = shuffling.laid_out(shuffle, seat_id, items)
    kind = {position: name for position, name, _ in items}

    assert sorted(position for position, _ in seen) == [position for position, _, _ in items]
    assert {position: tuple(sorted(letters)) for position, letters in seen} == {
        position: tuple(sorted(letters)) for position, _, letters in items
    }
    together = [name for name, _ in groupby(kind[position] for position, _ in seen)]
    assert together == [name for name in answers.ORDER if name in kind.values()]
    assert shuffling.laid_out(shuffle, seat_id, items[::-1]) == seen, "a reload changes nothing"
    assert all(letters == ("T", "F") for position, letters in seen if kind[position] == Kind.TRUE_FALSE)


SINGLES = [(place, str(Kind.SINGLE), tuple("ABCD")) for place in range(1, 21)]


@pytest.mark.parametrize(("items", "options"), [(True, True), (True, False), (False, True), (False, False)], ids=str)
def test_only_what_the_blueprint_shuffles_is_shuffled(items: bool, options: bool) -> None:
    seats = [shuffling.laid_out(Shuffle("s", items, options), seat_id, SINGLES) for seat_id in range(1, 31)]

    orders = {tuple(position for position, _ in seen) for seen in seats}
    letters = {dict(seen)[1] for seen in seats}

    assert len(orders) == (30 if items else 1)
    assert (len(letters) > 10) is options
    if not items:
        assert orders == {tuple(range(1, 21))}
    if not options:
        assert letters == {tuple("ABCD")}


def test_the_order_hangs_on_the_seed() -> None:
    drawn = {seed: tuple(shuffling.laid_out(Shuffle(seed, True, True), 7, SINGLES)) for seed in ("0", "1", "2")}
    assert len(set(drawn.values())) == 3


def test_every_order_of_four_options_comes_about_equally_often() -> None:
    seen: dict[tuple[str, ...], int] = {}
    for seat_id in range(1, 1201):
        for _, letters in shuffling.laid_out(Shuffle("s", True, True), seat_id, SINGLES):
            seen[letters] = seen.get(letters, 0) + 1

    # 24,000 drawings in 24 orders: five standard deviations are about 155.
    assert len(seen) == 24
    assert all(abs(times - 1000) < 160 for times in seen.values())


@given(SHUFFLES, st.integers(1, 10**6), st.sets(st.sampled_from("ABCD"), min_size=1), st.sets(st.sampled_from("ABCD")))
def test_marks_are_the_same_in_whatever_order_the_options_stood(
    shuffle: Shuffle, seat_id: int, right: set[str], pressed: set[str]
) -> None:
    """The page keeps the letters of the form, sorted: pressing the same words gives the same mark to every seat."""
    item = (1, str(Kind.MULTIPLE), tuple("ABCD"))
    [(_, letters)] = shuffling.laid_out(shuffle, seat_id, [item])
    choice = "".join(sorted(letter for letter in letters if letter in pressed))
    key = "".join(sorted(right))

    assert answers.well_formed(Kind.MULTIPLE, choice)
    assert scoring.score(Kind.MULTIPLE, key, choice, 2) == (2 if pressed == right else 0)
