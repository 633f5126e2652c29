"""How hard items are on a scale that does not depend on who answered them, with standard errors.

The one-parameter logistic model by marginal maximum likelihood (Bock and Aitkin 1981): abilities are N(0, 1), all
items tell candidates apart equally well, and what was not asked of somebody is missing and says nothing. Newton's
steps use the exact observed information (Louis 1982), which gives the standard errors as well. No kept library fits:
girth (0.8.0, of 2021) gives no standard errors, and needs SciPy and numba.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from service.results.rules.item_statistics import Floats

# Abilities from −6 to 6 by 0.2: for the normal curve this sum is exact to far more digits than anybody reports.
NODES: Floats = np.linspace(-6, 6, 61)
_WEIGHTS: Floats = np.exp(-(NODES**2) / 2) / np.exp(-(NODES**2) / 2).sum()
_STEPS, _SMALL = 100, 1e-9
# Beyond this many logits numbers of this length know no difference from certainty.
FAR = 30.0

Answered = NDArray[np.bool_]


class UnsettledError(Exception):
    """The answers do not settle the values: too few of them, or they do not hang together."""


@dataclass(frozen=True, slots=True)
class Fit:
    """The common discrimination and every item's difficulty, in logits, with standard errors."""

    discrimination: float
    discrimination_error: float
    difficulties: tuple[float, ...]
    errors: tuple[float, ...]
    log_likelihood: float


def fit(right: Floats, answered: Answered | None = None) -> Fit:
    """The values of candidates × items, 1 where right; ``answered`` is false where somebody was not asked.

    Raises:
        UnsettledError: an item was answered all right or all wrong, or no finite values fit best.
    """
    asked = np.ones(right.shape, dtype=np.bool_) if answered is None else answered
    values = start(right, asked)
    height, slope, information = _surface(values, right, asked)
    for _ in range(_STEPS):
        step = _solved(information, slope)
        values, (height, slope, information) = _climbed(values, step, height, right, asked)
        if float(np.abs(step).max()) < _SMALL:
            return _told(values, information, height)
    raise UnsettledError("no convergence")


def start(right: Floats, asked: Answered) -> Floats:
    """Discrimination 1, and each item as easy as its share of right answers says."""
    if not right.size:
        raise UnsettledError("no answers")
    share = (right * asked).sum(axis=0) / np.maximum(asked.sum(axis=0), 1)
    if ((share <= 0) | (share >= 1)).any():
        raise UnsettledError("all right or all wrong")
    easiness: Floats = 1.2 * np.log(share / (1 - share))
    return np.concatenate([[1.0], easiness])


def _surface(values: Floats, right: Floats, asked: Answered) -> tuple[float, Floats, Floats]:
    """The marginal log-likelihood at (discrimination, easiness of each item), its slope, the observed information."""
    chances = curve(values[0] * NODES[:, None] + values[None, 1:])
    height, posterior = likely(chances, right * asked, asked)

    # The slope of each person's complete likelihood at each ability; what varies of it is not known to us.
    size = len(values)
    slopes, complete, missing = np.zeros((len(right), size)), np.zeros((size, size)), np.zeros((size, size))
    for place, ability in enumerate(NODES):
        share = posterior[:, place]
        residual = (right - chances[place]) * asked
        one = np.column_stack([ability * residual.sum(axis=1), residual])
        weighted = one * share[:, None]
        slopes += weighted
        missing += one.T @ weighted
        curved = chances[place] * (1 - chances[place]) * (share @ asked)
        complete[0, 0] += ability**2 * curved.sum()
        complete[0, 1:] += ability * curved
        complete[np.arange(1, size), np.arange(1, size)] += curved
    complete[1:, 0] = complete[0, 1:]
    return height, slopes.sum(axis=0), complete - (missing - slopes.T @ slopes)


def curve(logits: Floats) -> Floats:
    """The chance of a right answer; far out it is kept from being certain, which nothing could be taken off again."""
    chances: Floats = 1 / (1 + np.exp(-np.clip(logits, -FAR, FAR)))
    return chances


def likely(chances: Floats, known: Floats, asked: Answered) -> tuple[float, Floats]:
    """The marginal log-likelihood, and for everybody how likely each ability is after their answers."""
    joint = known @ np.log(chances).T + (asked - known) @ np.log1p(-chances).T + np.log(_WEIGHTS)
    top = joint.max(axis=1, keepdims=True)
    shares = np.exp(joint - top)
    whole = shares.sum(axis=1, keepdims=True)
    return float((np.log(whole) + top).sum()), shares / whole


def _solved(information: Floats, slope: Floats) -> Floats:
    try:
        step: Floats = np.linalg.solve(information, slope).astype(np.float64)
    except np.linalg.LinAlgError as error:
        raise UnsettledError("the values are not determined") from error
    return step


def _climbed(
    values: Floats, step: Floats, height: float, right: Floats, asked: Answered
) -> tuple[Floats, tuple[float, Floats, Floats]]:
    """The next values: the whole step, or the largest half of halves of it that does not lead down."""
    for halving in range(40):
        tried: Floats = values + step / 2**halving
        if tried[0] > 0:
            found = _surface(tried, right, asked)
            # Far from the top the information may point the wrong way; then no part of the step leads up.
            if found[0] >= height - 1e-9:
                return tried, found
    raise UnsettledError("no way up")


def _told(values: Floats, information: Floats, height: float) -> Fit:
    """Difficulty is −easiness over discrimination; its error by the delta method."""
    slope, easiness = float(values[0]), values[1:]
    covariance = np.linalg.inv(information)
    if slope < 1e-3 or (np.diag(covariance) <= 0).any():
        raise UnsettledError("no maximum")
    by_slope = easiness / slope**2
    variances = (
        by_slope**2 * covariance[0, 0] - 2 * by_slope / slope * covariance[0, 1:] + np.diag(covariance)[1:] / slope**2
    )
    return Fit(
        discrimination=slope,
        discrimination_error=float(covariance[0, 0] ** 0.5),
        difficulties=tuple(float(one) for one in -easiness / slope),
        errors=tuple(float(one) for one in variances**0.5),
        log_likelihood=height,
    )
