"""The proof of a paper: everything recounted from the items alone, in exact integers, by code the assembly does not use.

Milli-points are thousandths of a point, milli-percent thousandths of a percent.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate
from service.papers.rules.states import Form
from service.papers.rules.targets import Target


@dataclass(frozen=True, slots=True)
class FormProof:
    """What is recounted of one form."""

    items: int
    points: int
    cells_exact: bool
    broken_ranges: tuple[str, ...]
    broken_must_include: int
    broken_enemies: int
    expected_milli: int
    spread_milli: int
    passing_milli: int
    expected_at_milli: tuple[int, ...]
    expected_at_pass_milli: int
    information_milli: tuple[int, ...]
    deviation_milli: int
    bands: Mapping[str, int]
    levels: Mapping[str, int]
    subjects: Mapping[str, int]
    earlier_uses: int
    items_used_before: int
    exposure_after: Mapping[str, int]
    measured: int
    authors: int
    error_milli: int


@dataclass(frozen=True, slots=True)
class Proof:
    """What anyone can recount about the two forms; ``asdict`` gives plain JSON.

    ``difference_milli`` is the believed difference of the expected scores, A minus B; ``true_low_milli`` and
    ``true_high_milli`` bound the true one with 95 % certainty, given the standard error of each item's difficulty.
    """

    forms: Mapping[str, FormProof]
    target: Mapping[str, object]
    shared_between_forms: int
    deviation_milli: int
    bound_milli: int
    difference_milli: int
    passing_difference_milli: int
    true_low_milli: int
    true_high_milli: int
    uses_in_earlier_papers: int
    least_uses: int

    @property
    def sound(self) -> bool:
        """Whether both forms keep every constraint of the blueprint."""
        return self.shared_between_forms == 0 and all(
            one.cells_exact and not one.broken_ranges and one.broken_must_include == one.broken_enemies == 0
            for one in self.forms.values()
        )


def prove(
    blueprint: Blueprint,
    forms: Mapping[Form, Sequence[Candidate]],
    target: Target,
    *,
    bound_milli: int = 0,
    least_uses: int = 0,
) -> Proof:
    """Recount both forms: what the approver sees and the auditor repeats. ``bound_milli`` and ``least_uses`` are the
    bounds that the assembly proved."""
    raise NotImplementedError
