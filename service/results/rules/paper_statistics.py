"""What the answers to one form say of the form: how sure its points and its verdicts are.

Reliability is Cronbach's alpha, which is KR-20 where all items have the same points. The error at the pass mark is
Lord's binomial one with Keats' correction, and the consistency of the verdict is Subkoviak's (1976): both need one
administration only.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, comb

import numpy as np

from service.results.rules.item_statistics import FEW, Floats


@dataclass(frozen=True, slots=True)
class PaperStatistics:
    """Points as they are given; ``alpha`` and what rests on it is missing where the points do not vary.

    ``consistency``: the share of candidates who would get the same verdict on a parallel form; ``kappa``: how far that
    is beyond chance.
    """

    sat: int
    items: int
    mean: float
    deviation: float
    least: int
    most: int
    pass_points: int
    passed: float
    alpha: float | None
    error: float | None
    error_at_pass: float | None
    consistency: float | None
    kappa: float | None

    @property
    def few(self) -> bool:
        """Whether too few sat for any of this to be judged by."""
        return self.sat < FEW


def of_paper(points: Floats, maxima: Floats, pass_points: int, granted: int = 0) -> PaperStatistics | None:
    """The statistics of candidates × items; nothing where nobody sat or nothing was asked.

    ``granted`` are the points of withdrawn items, which everybody has and which are not among ``points``.
    """
    if not points.size:
        return None
    sat, items = points.shape
    totals: Floats = points.sum(axis=1)
    reliability = alpha(points)
    cut = pass_points - granted
    deviation = float(totals.std(ddof=1)) if sat > 1 else 0.0
    same = _consistency(totals / maxima.sum(), items, cut / float(maxima.sum()), reliability)
    return PaperStatistics(
        sat=sat,
        items=items,
        mean=float(totals.mean()) + granted,
        deviation=deviation,
        least=int(totals.min()) + granted,
        most=int(totals.max()) + granted,
        pass_points=pass_points,
        passed=float((totals >= cut).mean()),
        alpha=reliability,
        error=None if reliability is None else deviation * max(0.0, 1 - reliability) ** 0.5,
        error_at_pass=_error_at(totals, maxima, cut, reliability),
        consistency=same[0] if same else None,
        kappa=same[1] if same else None,
    )


def alpha(points: Floats) -> float | None:
    """Cronbach's alpha of candidates × items; none where the totals do not vary."""
    sat, items = points.shape
    if sat < 2 or items < 2:
        return None
    spread = float(points.sum(axis=1).var(ddof=1))
    if spread <= 0:
        return None
    return float(items / (items - 1) * (1 - float(points.var(axis=0, ddof=1).sum()) / spread))


def kr21(totals: Floats, items: int) -> float | None:
    """KR-21 of numbers right: the reliability if all items were equally hard."""
    mean, spread = float(totals.mean()), float(totals.var(ddof=1))
    return items / (items - 1) * (1 - mean * (items - mean) / (items * spread)) if spread > 0 else None


def _error_at(totals: Floats, maxima: Floats, cut: float, reliability: float | None) -> float | None:
    """Lord's standard error at the pass mark in points, times √((1 − KR-20) / (1 − KR-21)) (Keats 1957)."""
    items, whole = len(maxima), float(maxima.sum())
    level = cut / whole
    if reliability is None or not 0 < level < 1:
        return None
    simple = kr21(totals / whole * items, items)
    if simple is None or simple >= 1:
        return None
    # With equal points this is √(x(n − x)/(n − 1)); items of more points weigh more.
    binomial = (level * (1 - level) * float(maxima @ maxima) * items / (items - 1)) ** 0.5
    return float(binomial * (max(0.0, 1 - reliability) / (1 - simple)) ** 0.5)


def _consistency(shares: Floats, items: int, cut: float, reliability: float | None) -> tuple[float, float] | None:
    """Subkoviak's coefficient of agreement and its kappa, as of items of equal points.

    Everybody's true share is estimated by regression to the mean; a parallel form gives binomial numbers right.
    """
    if reliability is None or not 0 < cut <= 1:
        return None
    steady = min(max(reliability, 0.0), 1.0)
    true = steady * shares + (1 - steady) * shares.mean()
    # A cut that is a whole number of items must not be missed for the sake of a last digit.
    passing = np.array([_at_least(ceil(cut * items - 1e-9), items, float(one)) for one in true])
    agreed = float((passing**2 + (1 - passing) ** 2).mean())
    chance = float(passing.mean() ** 2 + (1 - passing.mean()) ** 2)
    return agreed, (agreed - chance) / (1 - chance) if chance < 1 else 1.0


def _at_least(number: int, items: int, share: float) -> float:
    """The probability of so many right or more."""
    return sum(_terms(number, items, min(max(share, 0.0), 1.0)))


def _terms(number: int, items: int, share: float) -> Sequence[float]:
    return [comb(items, right) * share**right * (1 - share) ** (items - right) for right in range(number, items + 1)]
