"""The sums of item analysis against published figures and against kept libraries, and what they ask somebody to see.

The figures to sixteen digits are those of pingouin 0.7.0 (``cronbach_alpha``) and SciPy 1.17.1 (``pointbiserialr``,
``pearsonr``, ``binom.sf``), run once on the same data.
"""

from collections.abc import Sequence

import numpy as np
import pytest

from service.bank.rules.items import Kind
from service.results.rules import Scored, item_statistics, paper_statistics
from service.results.rules.item_statistics import FEW, Asked, Flag, Floats, ItemStatistics
from tests.results import lsat

POINTS = (2, 2, 2, 3, 3, 1, 1, 2)


def weighted() -> Floats:
    """Forty people, eight items of unequal points, made by a rule."""
    return np.array(
        [
            [of if (who * 31 + item * 17) % 23 < 4 + who // 2 - item else 0 for item, of in enumerate(POINTS)]
            for who in range(40)
        ],
        dtype=np.float64,
    )


def analysed(points: Floats, maxima: Sequence[int]) -> list[ItemStatistics]:
    """The statistics of items with two choices, of which A is right."""
    asked = [Asked(at, f"I{at}", at, Kind.SINGLE, ("A", "B")) for at in range(1, len(maxima) + 1)]
    sheets = [
        {at: Scored("A" if got else "B", int(got), of) for at, (got, of) in enumerate(zip(row, maxima, strict=True), 1)}
        for row in points
    ]
    return item_statistics.of_items(asked, sheets)


# --- figures of others ---


def test_the_law_school_data_has_the_published_figures() -> None:
    points = lsat.answers()

    found = analysed(points, [1] * 5)

    # As ltm prints them: descript(LSAT).
    assert [round(one.facility, 3) for one in found] == [0.924, 0.709, 0.553, 0.763, 0.870]
    assert [round(one.discrimination or 0, 4) for one in found] == [0.1128, 0.1532, 0.1728, 0.1444, 0.1216]
    assert round(paper_statistics.alpha(points) or 0, 3) == 0.295


@pytest.mark.parametrize(
    ("points", "maxima", "alpha", "discriminations"),
    [
        pytest.param(
            lsat.answers(),
            [1] * 5,
            0.294997192215944,
            [0.11283268892234168, 0.15317812011652954, 0.17277894329109053, 0.1444280952470936, 0.12159640254709636],
            id="right or wrong: KR-20",
        ),
        pytest.param(
            weighted(),
            POINTS,
            0.5264434391144729,
            [
                *(0.4620966072426984, -0.13280038681367023, 0.4067383950429791, 0.4372182130985466),
                *(0.1165199321744028, 0.3268662379333628, 0.38446975457415794, 0.3074202732048657),
            ],
            id="unequal points: alpha",
        ),
    ],
)
def test_figures_agree_with_the_libraries(
    points: Floats, maxima: Sequence[int], alpha: float, discriminations: list[float]
) -> None:
    found = analysed(points, maxima)

    assert paper_statistics.alpha(points) == pytest.approx(alpha, abs=1e-9)
    assert [one.discrimination for one in found] == pytest.approx(discriminations, abs=1e-9)


def test_the_paper_as_a_whole_agrees_with_the_libraries() -> None:
    found = paper_statistics.of_paper(lsat.answers(), np.ones(5), 4)

    assert found is not None
    assert (found.sat, found.items, found.least, found.most) == (1000, 5, 0, 5)
    assert found.mean == pytest.approx(3.819, abs=1e-9)
    assert found.deviation == pytest.approx(1.035041211889802, abs=1e-9)
    assert found.error == pytest.approx(0.8690666123933061, abs=1e-9)
    # √(4 · 1 / 4) · √((1 − KR-20) / (1 − KR-21)), of the two reliabilities above.
    assert found.error_at_pass == pytest.approx(0.9372845885523406, abs=1e-9)
    assert (found.consistency, found.kappa) == pytest.approx((0.5831979205064031, 0.06923099642711247), abs=1e-9)


# --- by hand ---


def test_the_groups_are_as_many_above_as_below() -> None:
    assert item_statistics.groups(np.arange(10.0)) == ([9, 8, 7], [2, 1, 0])
    assert item_statistics.groups(np.array([5.0])) == ([], [])


def test_distractors_are_told_of_without_their_letters() -> None:
    asked = [Asked(1, "I1", 7, Kind.MULTIPLE, ("A", "B", "C", "D")), Asked(2, "I2", 8, Kind.SINGLE, ("A", "B"))]
    choices = [("AB", 2, 5), ("AB", 2, 4), ("ABC", 0, 3), ("CD", 0, 2), ("", 0, 1)]
    sheets = [{1: Scored(choice, points, 2), 2: Scored("A", rest, 5)} for choice, points, rest in choices]

    first = item_statistics.of_items(asked, sheets)[0]

    assert (first.facility, first.omitted, first.upper_lower) == (0.4, 0.2, 1.0)
    # C was taken by two of five and by one of the two worst, D by one; A and B are right.
    assert [(one.share, one.upper, one.lower) for one in first.distractors] == [(0.4, 0.0, 0.5), (0.2, 0.0, 0.5)]
    assert first.flags == (Flag.FEW,)


TYPED = [
    pytest.param([("甲", 6), ("乙", 5), ("丙", 4)], [("甲", 0.4), ("乙", 5 / 15)], id="as many as count, most first"),
    pytest.param([("甲", 3), (" 甲", 1), ("甲\u3000", 2)], [("甲", 1.0)], id="spaces make no other text"),
    pytest.param([("ab", 2), ("ＡＢ", 3)], [("ＡＢ", 1.0)], id="width and case make none, in the spelling of most"),
    pytest.param([("甲", 4)], [], id="four could point at a person"),
    pytest.param([("", 9)], [], id="nothing typed"),
    pytest.param([(sign, 5) for sign in "甲乙丙丁戊己"], [(sign, 1 / 6) for sign in "丁丙乙己戊"], id="five at most"),
]


@pytest.mark.parametrize(("typed", "told"), TYPED)
def test_wrong_texts_are_told_where_many_typed_them(
    typed: list[tuple[str, int]], told: list[tuple[str, float]]
) -> None:
    asked = [Asked(1, "I1", 7, Kind.FILL_IN, ()), Asked(2, "I2", 8, Kind.SINGLE, ("A", "B"))]
    said = [text for text, times in typed for _ in range(times)]
    sheets = [{1: Scored(text, 0, 2), 2: Scored("A", 5, 5)} for text in said]

    first = item_statistics.of_items(asked, sheets)[0]

    assert [(one.text, one.share) for one in first.texts] == told
    assert first.distractors == ()


def test_what_was_right_is_no_wrong_text_and_a_written_answer_has_none() -> None:
    for kind in (Kind.FILL_IN, Kind.WRITTEN):
        asked = [Asked(1, "I1", 7, kind, ()), Asked(2, "I2", 8, Kind.SINGLE, ("A", "B"))]
        sheets = [{1: Scored("甲", points, 2), 2: Scored("A", 5, 5)} for points in [2] * 6 + [0] * 6]

        texts = item_statistics.of_items(asked, sheets)[0].texts

        assert [(one.text, one.share) for one in texts] == ([("甲", 0.5)] if kind is Kind.FILL_IN else [])


def test_the_best_agreeing_on_a_text_that_is_not_accepted_asks_for_a_look() -> None:
    asked = [Asked(1, "I1", 7, Kind.FILL_IN, ()), Asked(2, "I2", 8, Kind.SINGLE, ("A", "B"))]
    said = ["每秒4米"] * 45 + ["4m/s"] * 55
    sheets = [
        {1: Scored(text, int(text == "4m/s"), 1), 2: Scored("A", len(said) - place, 200)}
        for place, text in enumerate(said)
    ]

    assert Flag.WRONG_KEY in item_statistics.of_items(asked, sheets)[0].flags


def answered(right: int, wrong: Sequence[tuple[str, int]], best: str = "A") -> tuple[Flag, ...]:
    """The flags of an item that so many got right; the first of the sheets are the best ones.

    ``best`` is what the best took: the key A, or another letter, which ``wrong`` then counts first.
    """
    taken = "A" * right + "".join(letter * times for letter, times in wrong)
    if best != "A":
        taken = taken[right:] + taken[:right]
    asked = [Asked(1, "I1", 7, Kind.SINGLE, ("A", "B", "C", "D")), Asked(2, "I2", 8, Kind.SINGLE, ("A", "B"))]
    sheets = [
        {1: Scored(letter, int(letter == "A"), 1), 2: Scored("A", len(taken) - place, 200)}
        for place, letter in enumerate(taken)
    ]
    return item_statistics.of_items(asked, sheets)[0].flags


@pytest.mark.parametrize(
    ("right", "wrong", "best", "flags"),
    [
        pytest.param(60, [("B", 20), ("C", 10), ("D", 10)], "A", (), id="nothing to see"),
        pytest.param(20, [("B", 3), ("C", 3), ("D", 3)], "A", (Flag.FEW,), id="29 are too few"),
        pytest.param(97, [("B", 3)], "A", (Flag.EASY,), id="too easy, and not dead beside"),
        pytest.param(25, [("B", 25), ("C", 25), ("D", 25)], "A", (Flag.HARD,), id="too hard"),
        pytest.param(60, [("B", 30), ("C", 10)], "A", (Flag.DEAD,), id="nobody took D"),
        pytest.param(
            55, [("B", 30), ("C", 8), ("D", 7)], "B", (Flag.NEGATIVE, Flag.WRONG_KEY), id="the best agree on B"
        ),
    ],
)
def test_flags(right: int, wrong: list[tuple[str, int]], best: str, flags: tuple[Flag, ...]) -> None:
    assert answered(right, wrong, best) == flags


def test_a_withdrawn_item_says_so_and_counts_for_no_other() -> None:
    asked = [Asked(at, f"I{at}", at, Kind.SINGLE, ("A", "B")) for at in (1, 2, 3)]
    rows = [(int(at % 3 > 0), int(at % 2), int(at % 5 > 1)) for at in range(FEW)]
    sheets = [{at: Scored("AB"[1 - got], got, 1) for at, got in enumerate(row, 1)} for row in rows]

    kept, without = item_statistics.of_items(asked, sheets), item_statistics.of_items(asked, sheets, frozenset({3}))

    assert Flag.WITHDRAWN in without[2].flags and Flag.WITHDRAWN not in kept[2].flags
    alone = item_statistics.of_items(asked[:2], sheets)
    assert [one.discrimination for one in without[:2]] == [one.discrimination for one in alone]


@pytest.mark.parametrize(
    "points",
    [
        pytest.param(np.array([[1.0, 0.0]]), id="one person"),
        pytest.param(np.ones((40, 3)), id="all right"),
        pytest.param(np.zeros((40, 3)), id="all wrong"),
        pytest.param(np.array([[1.0], [0.0]]), id="one item"),
    ],
)
def test_what_cannot_be_told_is_left_out(points: Floats) -> None:
    found = paper_statistics.of_paper(points, np.ones(points.shape[1]), 1)

    assert found is not None
    assert (found.alpha, found.error, found.error_at_pass, found.consistency, found.kappa) == (None,) * 5
    assert all(one.discrimination is None for one in analysed(np.ones((40, 3)), [1, 1, 1]))


def test_nobody_sat() -> None:
    assert paper_statistics.of_paper(np.zeros((0, 3)), np.ones(3), 1) is None
    assert item_statistics.of_items([], []) == []


def test_withdrawn_points_are_given_to_everybody() -> None:
    whole = paper_statistics.of_paper(weighted(), np.array(POINTS), 8)
    given = paper_statistics.of_paper(weighted(), np.array(POINTS), 18, granted=10)

    assert whole is not None and given is not None
    assert given.mean == pytest.approx(whole.mean + 10)
    assert (given.passed, given.alpha, given.consistency) == (whole.passed, whole.alpha, whole.consistency)
