"""Assembly of the forms of papers: deal the stock, then fit each form to the fixed target."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from importlib import metadata

from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate, Demand
from service.papers.rules.states import Form
from service.papers.rules.targets import Target

Progress = Callable[[int, int, str], None]


class Mode(StrEnum):
    """Quick tries a blueprint out in a moment; full is what a paper is made by."""

    QUICK = "quick"
    FULL = "full"


@dataclass(frozen=True, slots=True)
class Assembled:
    """The forms of one class. ``deviation_milli`` is the largest deviation of a form from the target over its nine
    sums, ``bound_milli`` a bound below which none could be, in milli-points; ``uses`` counts uses of the chosen items in
    earlier papers and in other papers of the same run, ``least_uses`` the proven fewest over the whole run."""

    forms: Mapping[Form, tuple[Candidate, ...]]
    deviation_milli: int
    bound_milli: int
    uses: int
    least_uses: int
    mode: Mode
    solver: str


def assemble(
    blueprint: Blueprint,
    candidates: Sequence[Candidate],
    seed: int,
    *,
    target: Target,
    mode: Mode = Mode.FULL,
    progress: Progress | None = None,
) -> Assembled:
    """Both forms of one class, in the order kind, regulation, seed. ``progress`` may raise to cancel.

    Raises:
        InfeasibleError: the stock cannot meet the blueprint.
    """
    raise NotImplementedError


def assemble_all(
    demands: Sequence[Demand],
    candidates: Sequence[Candidate],
    seed: int,
    *,
    targets: Sequence[Target],
    mode: Mode = Mode.FULL,
    progress: Progress | None = None,
) -> tuple[tuple[Assembled, ...], ...]:
    """For each demand its classes; no class gets better items for coming earlier.

    Raises:
        InfeasibleError: the stock cannot meet all demands together.
    """
    raise NotImplementedError


def solver_version() -> str:
    """The solver's name and version, part of every recipe."""
    return f"HiGHS {metadata.version('highspy')}"
