"""The target that all forms of a role are matched to: fixed once per blueprint version, stored, used for every class.

A form's sums are compared with it at nine places: the expected score at five abilities and at the pass mark's, and the
information at three. A thousandth of a point and a thousandth of an information unit count the same.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np

from service.papers.rules import measures
from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate
from service.papers.rules.measures import ABILITIES, INFORMED, Integers

# How a target comes about; a later way gets a later number and leaves stored targets alone.
VERSION = 1
# A target's thousandths in the millionths of the sums.
FINE = 1000


@dataclass(frozen=True, slots=True)
class Target:
    """Sums to be met, in thousandths: expected points at each of ``ABILITIES`` and at ``pass_ability_milli``, and
    information at each of ``INFORMED``."""

    version: int
    pass_ability_milli: int
    expected_milli: tuple[int, ...]
    pass_expected_milli: int
    information_milli: tuple[int, ...]

    @classmethod
    def of(cls, raw: Mapping[str, Any]) -> "Target":
        """A target as it was stored by ``asdict``."""
        return cls(
            version=raw["version"],
            pass_ability_milli=raw["pass_ability_milli"],
            expected_milli=tuple(raw["expected_milli"]),
            pass_expected_milli=raw["pass_expected_milli"],
            information_milli=tuple(raw["information_milli"]),
        )

    @property
    def sums(self) -> Integers:
        """The nine sums in millionths, in the order of ``worth``."""
        milli = [*self.expected_milli, self.pass_expected_milli, *self.information_milli]
        return np.array(milli, dtype=np.int64) * FINE


def worth(blueprint: Blueprint, candidates: Sequence[Candidate], pass_ability_milli: int) -> Integers:
    """Items × nine sums, in millionths: what each item adds to the sums of a form."""
    estimates = [one.estimate for one in candidates]
    points = np.array([blueprint.points[one.kind] for one in candidates], dtype=np.int64)
    right = measures.chances(estimates, [*ABILITIES, pass_ability_milli])
    return np.hstack([right * points[:, None], measures.information(estimates, INFORMED)])


def target_of(blueprint: Blueprint, candidates: Sequence[Candidate]) -> Target:
    """The target of a blueprint over a bank: what an average form would yield that keeps every range.

    Raises:
        InfeasibleError: no form keeps the blueprint with these candidates.
    """
    raise NotImplementedError
