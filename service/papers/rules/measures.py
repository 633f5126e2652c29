"""What an item is expected to yield: estimates of difficulty, expected scores and information, the spread of scores.

The model is the two-parameter logistic one. All is counted in integers and in elementary operations in a fixed order:
the logistic curve comes from a table that decimal arithmetic fills, so every machine gets the same numbers to the last
digit. Abilities are in thousandths of a logit, scores in millionths of a point, and reported in thousandths.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Context, Decimal
from enum import StrEnum
from functools import lru_cache
from math import isqrt

import numpy as np
from numpy.typing import NDArray

MILLION = 1_000_000
Integers = NDArray[np.int64]

# Abilities at which forms are matched, in thousandths of a logit; the pass mark's is added for each target.
ABILITIES = (-2000, -1000, 0, 1000, 2000)
INFORMED = (-1000, 0, 1000)

# The curve is tabled every 0.004 logits up to 16, in thousandths of a millionth; between, it is a straight line,
# which is wrong by less than 0.2 millionths.
_STEP, _REACH, _UNIT = 4000, 16 * MILLION, 1_000_000_000
_EXACT = Context(prec=20)
# The population N(0,1) as weights on a grid from −5 to 5 by a quarter: exact to far more digits than are reported.
_GRID = tuple(range(-5000, 5001, 250))


class Source(StrEnum):
    """Where an estimate comes from."""

    AUTHOR = "author"
    MEASURED = "measured"


@dataclass(frozen=True, slots=True)
class Estimate:
    """What is known of an item, in thousandths: discrimination, difficulty in logits, and its standard error."""

    discrimination_milli: int
    difficulty_milli: int
    error_milli: int
    answers: int = 0
    source: Source = Source.AUTHOR


@dataclass(frozen=True, slots=True)
class Prior:
    """What an author's rating from 1 to 5 says, in thousandths of a logit: the middle rating, a step, the error.

    A setting, unconfirmed. From the reference's experiment (assembly §2.8, difficulties N(−0.7, 1), experts' ratings
    correlated 0.7 with the truth): 0.7 of a logit per standard deviation of five equally frequent ratings, which is
    0.5 a rating; what the rating leaves open is √(1 − 0.7²) = 0.714.
    """

    middle_milli: int = -700
    step_milli: int = 500
    error_milli: int = 714
    discrimination_milli: int = 1000


PRIOR = Prior()


def estimate_of(difficulty: int, prior: Prior = PRIOR) -> Estimate:
    """The estimate that an author's difficulty from 1 to 5 stands for."""
    milli = prior.middle_milli + prior.step_milli * (difficulty - 3)
    return Estimate(prior.discrimination_milli, milli, prior.error_milli)


@lru_cache(maxsize=1)
def _curve() -> Integers:
    one = Decimal(1)
    powers = (_EXACT.exp(_EXACT.divide(Decimal(-place * _STEP), Decimal(MILLION))) for place in range(_REACH // _STEP))
    rising = [int(_EXACT.divide(_UNIT * one, one + power).to_integral_value()) for power in powers]
    return np.array([*rising, _UNIT, _UNIT], dtype=np.int64)


def logistic(millionths: Integers) -> Integers:
    """1 / (1 + exp(−x)) in millionths, of x in millionths; the same on every machine."""
    size = np.minimum(np.abs(millionths), _REACH)
    place, rest = size // _STEP, size % _STEP
    curve = _curve()
    high = curve[place] + (curve[place + 1] - curve[place]) * rest // _STEP
    rounded = (high + 500) // 1000
    return np.asarray(np.where(millionths < 0, MILLION - rounded, rounded), dtype=np.int64)


def chances(estimates: Sequence[Estimate], abilities: Sequence[int]) -> Integers:
    """Items × abilities: the chance to answer right, in millionths."""
    steep, hard = _columns(estimates)
    thetas = np.array(abilities, dtype=np.int64)
    return logistic(steep[:, None] * (thetas[None, :] - hard[:, None]))


def information(estimates: Sequence[Estimate], abilities: Sequence[int] = INFORMED) -> Integers:
    """Items × abilities: Fisher information in millionths."""
    right = chances(estimates, abilities)
    steep, _ = _columns(estimates)
    return (right * (MILLION - right) // MILLION) * (steep * steep)[:, None] // MILLION


def _columns(estimates: Sequence[Estimate]) -> tuple[Integers, Integers]:
    steep = np.array([one.discrimination_milli for one in estimates], dtype=np.int64)
    hard = np.array([one.difficulty_milli for one in estimates], dtype=np.int64)
    return steep, hard


@lru_cache(maxsize=1)
def population() -> Integers:
    """The weights of the grid of abilities under N(0,1), in millionths of a thousandth; they add up to one."""
    heights = [_EXACT.exp(Decimal(-theta * theta) / Decimal(2 * MILLION)) for theta in _GRID]
    whole = sum(heights, Decimal(0))
    weights = [int((_UNIT * height / whole).to_integral_value()) for height in heights]
    weights[len(weights) // 2] += _UNIT - sum(weights)
    return np.array(weights, dtype=np.int64)


def expected(estimates: Sequence[Estimate]) -> Integers:
    """The chance of each item over the population N(0,1), in millionths."""
    return _averaged(chances(estimates, _GRID))


def slopes(estimates: Sequence[Estimate]) -> Integers:
    """How much the expected chance of each item falls as its difficulty rises by one logit, in millionths."""
    right = chances(estimates, _GRID)
    steep, _ = _columns(estimates)
    return _averaged(right * (MILLION - right) // MILLION) * steep // 1000


def _averaged(table: Integers) -> Integers:
    """Items × grid, averaged over the population."""
    return np.asarray((table * population()).sum(axis=1) // _UNIT, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Scores:
    """The scores of a form over the population, in thousandths of a point; ``passing`` in thousandths of a percent."""

    expected_milli: int
    spread_milli: int
    passing_milli: int


def scores(estimates: Sequence[Estimate], points: Sequence[int], pass_points: int) -> Scores:
    """The exact distribution of the score of a form (Lord–Wingersky, whole points) over the population N(0,1)."""
    right = chances(estimates, _GRID) / MILLION
    density = np.zeros((len(_GRID), sum(points) + 1))
    density[:, 0] = 1.0
    for row, worth in zip(right, points, strict=True):
        hit = density * row[:, None]
        density -= hit
        density[:, worth:] += hit[:, : density.shape[1] - worth]
    # One after the other, so that the order of adding is the same everywhere.
    overall = np.zeros(density.shape[1])
    for weight, row in zip(population().tolist(), density, strict=True):
        overall += row * (weight / _UNIT)
    chance = [round(one * _UNIT) for one in overall.tolist()]
    whole = sum(chance)
    mean = sum(score * one for score, one in enumerate(chance)) * MILLION // whole
    square = sum(score * score * one for score, one in enumerate(chance)) * MILLION // whole
    variance = max(0, square * MILLION - mean * mean)
    passing = sum(chance[pass_points:]) * 100_000
    return Scores(_rounded(mean, 1000), _rounded(isqrt(variance), 1000), _rounded(passing, whole))


def ability_at(estimates: Sequence[Estimate], weights: Sequence[int] | Integers, millionths: int) -> int:
    """The ability, in thousandths, at which weighted items are expected to yield this many millionths; −4 to 4."""
    low, high = -4000, 4000
    weighed = np.array(weights, dtype=np.int64)
    while low < high:
        middle = (low + high) // 2
        reached = int((chances(estimates, [middle])[:, 0] * weighed).sum())
        low, high = (middle + 1, high) if reached < millionths else (low, middle)
    return low


def _rounded(number: int, unit: int) -> int:
    return (2 * number + unit) // (2 * unit)
