"""How hard each item is and how well it tells candidates apart, each with its standard error.

The two-parameter logistic model by marginal maximum likelihood (Bock and Aitkin 1981), with abilities from N(0, 1) and
what was not asked left out, as in :mod:`rasch`: Newton's steps on the exact observed information (Louis 1982). It asks
for more answers than one discrimination for all; where there are fewer, its values would only look more exact.
"""

from dataclasses import dataclass

import numpy as np

from service.results.rules import rasch
from service.results.rules.item_statistics import Floats
from service.results.rules.rasch import Answered, UnsettledError

_STEPS, _NEAR, _SMALL = 100, 1e-3, 1e-8


@dataclass(frozen=True, slots=True)
class Fit:
    """Every item's discrimination and difficulty, in logits, with standard errors."""

    discriminations: tuple[float, ...]
    discrimination_errors: tuple[float, ...]
    difficulties: tuple[float, ...]
    errors: tuple[float, ...]
    log_likelihood: float


def fit(right: Floats, answered: Answered | None = None) -> Fit:
    """The values of candidates × items, 1 where right; ``answered`` is false where somebody was not asked.

    First steps use the people's own slopes for the information, which costs little, the last ones the exact one.

    Raises:
        UnsettledError: an item was answered all right or all wrong, or no finite values fit best.
    """
    asked = np.ones(right.shape, dtype=np.bool_) if answered is None else answered
    values: Floats = np.concatenate([np.ones(right.shape[1]), rasch.start(right, asked)[1:]])
    seen = _seen(values, right, asked)
    for _ in range(_STEPS):
        step = _upward(seen.slopes.T @ seen.slopes, seen.slopes.sum(axis=0))
        values, seen = _climbed(values, step, seen, right, asked)
        if float(np.abs(step).max()) < _NEAR:
            break
    for _ in range(_STEPS):
        information = _information(values, seen, right, asked)
        step = _upward(information, seen.slopes.sum(axis=0))
        values, seen = _climbed(values, step, seen, right, asked)
        if float(np.abs(step).max()) < _SMALL:
            return _told(values, information, seen.height)
    raise UnsettledError("no convergence")


@dataclass(frozen=True, slots=True)
class _Seen:
    """At some values: the marginal log-likelihood, everybody's slope of it, how likely each of their abilities is."""

    height: float
    slopes: Floats
    posterior: Floats
    chances: Floats


def _seen(values: Floats, right: Floats, asked: Answered) -> _Seen:
    items = right.shape[1]
    chances = rasch.curve(rasch.NODES[:, None] * values[None, :items] + values[None, items:])
    known = right * asked
    height, posterior = rasch.likely(chances, known, asked)
    abilities = posterior @ rasch.NODES
    by_slope = known * abilities[:, None] - asked * (posterior @ (rasch.NODES[:, None] * chances))
    by_easiness = known - asked * (posterior @ chances)
    return _Seen(height, np.column_stack([by_slope, by_easiness]), posterior, chances)


def _information(values: Floats, seen: _Seen, right: Floats, asked: Answered) -> Floats:
    """The observed information: what is seen of the complete one; what varies in each person's is not known to us."""
    items = len(values) // 2
    found = seen.slopes.T @ seen.slopes
    own, other = np.arange(items), np.arange(items, 2 * items)
    for place, ability in enumerate(rasch.NODES):
        share = seen.posterior[:, place]
        residual = (right - seen.chances[place]) * asked
        one = np.column_stack([ability * residual, residual])
        found -= one.T @ (one * share[:, None])
        curved = seen.chances[place] * (1 - seen.chances[place]) * (share @ asked)
        found[own, own] += ability**2 * curved
        found[own, other] += ability * curved
        found[other, own] += ability * curved
        found[other, other] += curved
    return found


def _upward(information: Floats, slope: Floats) -> Floats:
    """Newton's step; where the surface is not yet a hill, as long a one as its steepest parts allow."""
    lengths, ways = np.linalg.eigh(information)
    step: Floats = ways @ ((ways.T @ slope) / np.maximum(np.abs(lengths), 1e-3))
    return step


def _climbed(values: Floats, step: Floats, seen: _Seen, right: Floats, asked: Answered) -> tuple[Floats, _Seen]:
    """The next values: the whole step, or the largest half of halves of it that does not lead down."""
    for halving in range(40):
        tried: Floats = values + step / 2**halving
        if np.abs(tried).max() < rasch.FAR:
            found = _seen(tried, right, asked)
            if found.height >= seen.height - 1e-9:
                return tried, found
    raise UnsettledError("no way up")


def _told(values: Floats, information: Floats, height: float) -> Fit:
    """Difficulty is −easiness over discrimination; its error by the delta method."""
    items = len(values) // 2
    covariance = np.linalg.inv(information)
    variances = np.diag(covariance)
    slopes, easiness = values[:items], values[items:]
    if (variances <= 0).any() or (np.abs(slopes) < 1e-3).any():
        raise UnsettledError("no maximum")
    together = covariance[np.arange(items), np.arange(items, 2 * items)]
    by_slope = easiness / slopes**2
    spread = by_slope**2 * variances[:items] - 2 * by_slope / slopes * together + variances[items:] / slopes**2
    return Fit(
        discriminations=tuple(map(float, slopes)),
        discrimination_errors=tuple(map(float, variances[:items] ** 0.5)),
        difficulties=tuple(map(float, -easiness / slopes)),
        errors=tuple(map(float, spread**0.5)),
        log_likelihood=height,
    )
