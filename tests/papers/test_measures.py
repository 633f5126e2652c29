"""Measures: the curve is the logistic one, the same everywhere; scores are distributed as counting says."""

import itertools
import math

import numpy as np
import pytest

from service.papers.rules import measures
from service.papers.rules.measures import MILLION, Estimate, Scores, Source

EASY, HARD = Estimate(1200, -1500, 100), Estimate(800, 600, 100)


def test_the_curve_is_the_logistic_function_to_the_last_digit_that_is_kept() -> None:
    places = np.arange(-17_000_000, 17_000_000, 12_347)
    exact = MILLION / (1 + np.exp(-places / MILLION))

    assert np.abs(measures.logistic(places) - exact).max() < 0.8
    assert measures.logistic(np.array([0, 16 * MILLION, -16 * MILLION])).tolist() == [500_000, MILLION, 0]


def test_known_values_are_the_same_on_every_machine() -> None:
    assert measures.chances([EASY, HARD], (-2000, 0, 2000)).tolist() == [
        [354344, 858149, 985226],
        [111056, 382252, 753989],
    ]
    assert measures.information([EASY, HARD]).tolist() == [[329448, 175289, 65053], [108941, 151126, 155972]]


@pytest.mark.parametrize(("difficulty", "milli"), [(1, -1700), (3, -700), (5, 300)])
def test_an_authors_rating_becomes_an_estimate_with_its_error(difficulty: int, milli: int) -> None:
    assert measures.estimate_of(difficulty) == Estimate(1000, milli, 714, 0, Source.AUTHOR)


def test_the_distribution_of_scores_is_what_counting_every_outcome_gives() -> None:
    estimates, points = [EASY, HARD, EASY, HARD], [2, 3, 1, 2]
    weights = {theta / 1000: math.exp(-((theta / 1000) ** 2) / 2) for theta in range(-5000, 5001, 250)}
    whole, chance = sum(weights.values()), [0.0] * 9
    for theta, weight in weights.items():
        right = [
            1 / (1 + math.exp(-a.discrimination_milli / 1000 * (theta - a.difficulty_milli / 1000))) for a in estimates
        ]
        for outcome in itertools.product((0, 1), repeat=4):
            odds = math.prod(p if hit else 1 - p for p, hit in zip(right, outcome, strict=True))
            chance[sum(worth for worth, hit in zip(points, outcome, strict=True) if hit)] += odds * weight / whole
    mean = sum(score * one for score, one in enumerate(chance))
    spread = math.sqrt(sum(score * score * one for score, one in enumerate(chance)) - mean**2)

    found = measures.scores(estimates, points, 5)

    assert found == Scores(round(1000 * mean), round(1000 * spread), round(100_000 * sum(chance[5:])))
    assert abs(int(measures.expected(estimates) @ np.array(points)) / MILLION - mean) < 0.0001


def test_the_slope_is_how_much_harder_items_lower_the_expected_score() -> None:
    harder = Estimate(EASY.discrimination_milli, EASY.difficulty_milli + 10, 0)
    fallen = measures.expected([EASY])[0] - measures.expected([harder])[0]

    assert abs(int(measures.slopes([EASY])[0]) - 100 * int(fallen)) < 400


def test_the_ability_of_a_mark_is_where_it_is_expected() -> None:
    at = measures.ability_at([EASY, HARD], [1, 1], MILLION)

    assert measures.chances([EASY, HARD], [at]).sum() >= MILLION > measures.chances([EASY, HARD], [at - 1]).sum()
    assert measures.ability_at([EASY], [1], 2 * MILLION) == 4000, "out of reach is the end of the scale"
