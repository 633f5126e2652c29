"""What is told of those from elsewhere: nobody who may not see persons can compute a count of few people from it.

The attacker here knows everything that linear algebra can make of an answer: of every sum of parts whether the numbers
that are told determine it.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import product

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from service.oversight import rules
from service.oversight.rules import Heads, PassRate, definitions, small, untold
from service.oversight.rules.definitions import SMALL, Answer, Cell, Imported, Question, Rate
from service.results.rules.counting import Axis, Counts

LEAST = 5


@dataclass(frozen=True)
class Told:
    """People of each group from elsewhere and from here as they are, and of which groups the parts are told."""

    parts: list[tuple[int, int]]
    named: list[bool]
    total_named: bool


def computable(told: Told, more: Sequence[Sequence[int]] = ()) -> list[int]:
    """The sizes of all sets of parts whose sum follows from what is told: every group, the named parts, the total, and
    ``more`` sums."""
    number = len(told.parts)
    known = [[int(place // 2 == group) for place in range(2 * number)] for group in range(number)]
    known += [[int(place == 2 * group) for place in range(2 * number)] for group in range(number) if told.named[group]]
    known += [list(one) for one in more]
    if told.total_named:
        known.append([1 - place % 2 for place in range(2 * number)])
    rank = np.linalg.matrix_rank(np.array(known))
    sizes = [size for both in told.parts for size in both]
    found = []
    for chosen in product((0, 1), repeat=2 * number):
        if any(chosen) and np.linalg.matrix_rank(np.array([*known, chosen])) == rank:
            found.append(sum(size for size, taken in zip(sizes, chosen, strict=True) if taken))
    return found


def rates_of(parts: Sequence[tuple[int, int]]) -> Told:
    """Of an answer about rates as of a version."""
    cells = [
        Cell(str(place), "", Counts(enrolled=away + here), elsewhere=Counts(enrolled=away))
        for place, (away, here) in enumerate(parts)
    ]
    merged = definitions.merge_small(cells, LEAST)
    shown, total = untold.without_few(merged, definitions.total_of(merged), LEAST, paged=False)
    truly = [one.elsewhere.enrolled if one.elsewhere else 0 for one in merged]
    both = [(away, one.counts.enrolled - away) for away, one in zip(truly, merged, strict=True)]
    return Told(both, [one.elsewhere is not None for one in shown], total.elsewhere is not None)


def pass_rates_of(parts: Sequence[tuple[int, int]]) -> Told:
    """Of an answer about pass rates by the day."""
    groups = [
        PassRate(str(place), "", *[away + here] * 3, 0, elsewhere=Heads(away))
        for place, (away, here) in enumerate(parts)
    ]
    merged, shown = rules.merge_small(groups, LEAST), rules.told(groups, LEAST)
    truly = [one.elsewhere.enrolled if one.elsewhere else 0 for one in merged]
    both = [(away, one.enrolled - away) for away, one in zip(truly, merged, strict=True)]
    return Told(both, [one.elsewhere is not None for one in shown.groups], shown.total.elsewhere is not None)


PART = st.one_of(st.just(0), st.integers(1, LEAST + 2))


@pytest.mark.parametrize("tell", [rates_of, pass_rates_of])
@given(parts=st.lists(st.tuples(PART, PART), min_size=1, max_size=4))
def test_no_count_of_few_people_follows_from_what_is_told(
    tell: Callable[[Sequence[tuple[int, int]]], Told], parts: list[tuple[int, int]]
) -> None:
    told = tell(parts)
    everybody = sum(map(sum, parts))

    assert [size for size in computable(told) if 0 < size < LEAST and size != everybody] == []


@given(parts=st.lists(st.tuples(PART, PART), min_size=1, max_size=9))
def test_only_what_has_to_be_stays_untold(parts: list[tuple[int, int]]) -> None:
    """No group in vain: without any one of those that joined, the rest could be computed."""
    splits = [(away, away + here) for away, here in parts]
    found = small.unnamed(splits, LEAST)

    bare = {place for place, one in enumerate(splits) if not small.may_tell(*one, LEAST)}
    assert bare <= found and (bare or not found)
    last = max(found - bare, key=lambda one: (splits[one][1], one), default=None)
    if last is not None:
        away, whole = (sum(splits[one][at] for one in found - {last}) for at in (0, 1))
        assert not small.may_tell(away, whole, LEAST)
    away, whole = (sum(splits[one][at] for one in found) for at in (0, 1))
    if small.may_tell(sum(away for away, _ in splits), sum(whole for _, whole in splits), LEAST):
        assert small.may_tell(away, whole, LEAST), "what the total is short of, all are"


@pytest.mark.parametrize(
    ("parts", "named", "total"),
    [
        pytest.param([(1, 29)], [False], False, id="one person of thirty"),
        pytest.param([(29, 1)], [False], False, id="all but one"),
        pytest.param([(0, 30), (6, 24)], [True, True], True, id="nobody, and enough of both"),
        pytest.param([(30, 0), (0, 9)], [True, True], True, id="everybody, and nobody"),
        pytest.param([(1, 29), (0, 40), (6, 30), (8, 30)], [False, True, False, True], True, id="another one joins"),
        pytest.param([(2, 20), (3, 20), (0, 30)], [False, False, True], True, id="enough together"),
        pytest.param([(2, 20), (2, 20), (0, 30)], [False, False, True], False, id="not even together"),
    ],
)
def test_what_is_told_case_by_case(parts: list[tuple[int, int]], named: list[bool], total: bool) -> None:
    for tell in (rates_of, pass_rates_of):
        told = tell(parts)
        assert dict(zip(told.parts, told.named, strict=True)) == dict(zip(parts, named, strict=True))
        assert told.total_named is total


def asked_apart(
    parts: Sequence[tuple[int, int]],
) -> tuple[Told, dict[Imported, list[tuple[set[int], Cell]]], list[Cell]]:
    """What is told of all, and each cell of the two answers about one origin, with the groups that it stands for; of
    every group somebody passed who is here and somebody who is elsewhere, as far as there is anybody."""
    cells = [
        Cell(
            str(place),
            "",
            Counts(enrolled=away + here, passed=min(away, 1) + min(here, 1)),
            elsewhere=Counts(enrolled=away, passed=min(away, 1)),
        )
        for place, (away, here) in enumerate(parts)
    ]
    told = rates_of(parts)
    merged = definitions.merge_small(cells, LEAST)
    shown, total = untold.without_few(merged, definitions.total_of(merged), LEAST, paged=False)
    hidden = {place for place, one in enumerate(shown) if one.elsewhere is None}
    heap = {place for place, one in enumerate(shown) if one.key == SMALL}
    found = {}
    for imported in (Imported.WITHOUT, Imported.ONLY):
        alone, _ = untold.apart(shown, total, imported)
        places = {one.key: {place} for place, one in enumerate(shown)} | {SMALL: hidden | heap if hidden else heap}
        found[imported] = [(places[one.key], one) for one in alone]
    return told, found, list(merged)


@given(parts=st.lists(st.tuples(PART, PART), min_size=1, max_size=4))
def test_nothing_more_follows_from_asking_for_either_origin_alone(parts: list[tuple[int, int]]) -> None:
    """The attacker has all three answers and subtracts whatever they like."""
    whole = Cell(
        "total", "", Counts(enrolled=sum(map(sum, parts))), elsewhere=Counts(enrolled=sum(a for a, _ in parts))
    )
    told, answers, merged = asked_apart(parts)
    if not untold.may_ask_apart(whole, LEAST).allowed:
        # Refused: then there is the answer about both alone, which the property above is about.
        assert not told.total_named
        return

    for imported, found in answers.items():
        for places, cell in found:
            both = [(merged[at].elsewhere or Counts(), merged[at].counts) for at in places]
            truly = [away if imported is Imported.ONLY else counts - away for away, counts in both]
            assert (cell.counts.enrolled, cell.counts.passed) == (
                sum(one.enrolled for one in truly),
                sum(one.passed for one in truly),
            )
            assert cell.counts.enrolled >= LEAST or cell.counts.enrolled == sum(map(sum, parts))
        assert sum(cell.counts.enrolled for _, cell in found) == (
            whole.elsewhere.enrolled if imported is Imported.ONLY else (whole.counts - whole.elsewhere).enrolled
        ), "nobody is lost"
    more = [
        [int(place // 2 in places and place % 2 == (imported is Imported.WITHOUT)) for place in range(2 * len(merged))]
        for imported, found in answers.items()
        for places, _ in found
    ]
    assert [size for size in computable(told, more) if 0 < size < LEAST and size != sum(map(sum, parts))] == []


def test_of_an_answer_in_pages_the_total_tells_only_nobody_or_everybody() -> None:
    for away, told in ((0, True), (30, True), (12, False)):
        total = Cell("total", "", Counts(enrolled=30), elsewhere=Counts(enrolled=away))
        assert (untold.without_few([], total, LEAST, paged=True)[1].elsewhere is not None) is told


def test_digests_say_nothing_of_what_is_untold_and_stay_what_they_were_where_all_is_told() -> None:
    """A digest over one person's verdict would be guessed at once."""
    digests = []
    for passed in (0, 1):
        cell = Cell("1", "", Counts(enrolled=30, passed=25), elsewhere=Counts(enrolled=1, passed=passed))
        cells, total = untold.without_few([cell], definitions.total_of([cell]), LEAST, paged=False)
        given_ = Answer(Question(Rate.PASS, Axis.COUNTY), 1, None, cells, total)
        digests.append((given_.digest, given_.full_digest))
        open_ = replace(given_, cells=(cell,), total=definitions.total_of([cell]))
        assert (open_.digest, open_.full_digest != given_.full_digest) == (given_.digest, True)
    assert digests[0] == digests[1]
    large = Cell("1", "", Counts(enrolled=30), elsewhere=Counts(enrolled=10))
    asked = Answer(Question(Rate.PASS, Axis.COUNTY), 1, None, (large,), definitions.total_of([large]))
    cells, total = untold.without_few([large], definitions.total_of([large]), LEAST, paged=False)
    assert replace(asked, cells=cells, total=total).full_digest == asked.full_digest
    assert asked.full_digest == "f8bdb8d59add4b1c608886c47d6f7f41b3f8091d0202399318244f860e788572"
