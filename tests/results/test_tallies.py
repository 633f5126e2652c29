"""Sums by one axis and by two: against a recount of every cell, and back to nothing when all is taken back."""

from collections import defaultdict
from itertools import permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from service.results.rules.counting import PEOPLE_AXES, Counts, Group
from service.results.rules.tallies import PAIRED, Key, Taught, tallied

TAUGHT = st.builds(
    Taught,
    st.integers(1, 3),
    st.sampled_from(["team_leader", "safety_officer"]),
    st.integers(1, 2),
    st.integers(2024, 2025),
    st.sampled_from([(), (1,), (1, 2)]),
)
GROUPS = st.builds(
    Group, st.integers(1, 3), st.sampled_from(["甲", "乙"]), st.sampled_from(["2026-11", "2026-12"]), st.booleans()
)
COUNTS = st.builds(Counts, enrolled=st.integers(1, 9), passed=st.integers(-3, 9))
EDITIONS = st.lists(st.tuples(TAUGHT, st.dictionaries(GROUPS, COUNTS, max_size=3)), max_size=4)

Sums = dict[Key, Counts]


def added(editions: list[tuple[Taught, dict[Group, Counts]]]) -> Sums:
    """What the table holds after these editions; rows of nothing left out."""
    sums: Sums = defaultdict(Counts)
    for taught, counts in editions:
        for key, one in tallied(taught, counts).items():
            sums[key] += one
    return {key: one for key, one in sums.items() if one}


def keys(taught: Taught, group: Group, axis: str) -> list[str]:
    """Under what a group stands on an axis; where there is no second axis, under nothing."""
    return {
        "": [""],
        "class": [str(taught.class_id)],
        "role": [taught.role],
        "institution": [str(taught.institution_id)],
        "lecturer": [str(one) for one in taught.lecturers],
        "enterprise": [str(group.enterprise_id)],
        "county": [group.county],
        "month": [group.month],
        "plan_year": [str(taught.plan_year)],
    }[axis]


def recount(editions: list[tuple[Taught, dict[Group, Counts]]], axis: str, across: str) -> Sums:
    """Every cell of these axes over each span, counted by itself."""
    sums: Sums = defaultdict(Counts)
    for taught, counts in editions:
        for group, one in counts.items():
            spans = {("", 0), ("", taught.plan_year), (group.month, taught.plan_year)}
            for (month, year), key, other in product(spans, keys(taught, group, axis), keys(taught, group, across)):
                sums[Key(axis, across, month, year, key, other, group.imported)] += one
    return {key: one for key, one in sums.items() if one}


@settings(max_examples=25)
@given(EDITIONS)
def test_every_axis_and_every_two_hold_what_a_recount_finds(
    editions: list[tuple[Taught, dict[Group, Counts]]],
) -> None:
    found = added(editions)

    pairs = [(str(one), str(other)) for one, other in permutations(PAIRED, 2)]
    for axis, across in [*((str(axis), "") for axis in PEOPLE_AXES), *pairs]:
        cells = {key: one for key, one in found.items() if (key.axis, key.across) == (axis, across)}
        assert cells == recount(editions, axis, across)


@settings(max_examples=25)
@given(EDITIONS)
def test_what_is_taken_back_leaves_every_sum_as_it_was(editions: list[tuple[Taught, dict[Group, Counts]]]) -> None:
    back = [(taught, {group: Counts() - one for group, one in counts.items()}) for taught, counts in editions]

    assert added([*editions, *reversed(back)]) == {}
    assert added([*editions, *back, *editions]) == added(editions)
