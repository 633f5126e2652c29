"""Whether forms can be assembled at all, and if not, exactly what is missing: the fewest items to be written."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.access.rules.people import TraineeRole
from service.bank.rules.items import Kind
from service.papers.rules.blueprint import Axis
from service.papers.rules.candidates import Candidate, Demand


@dataclass(frozen=True, slots=True)
class Shortage:
    """What is missing: ``needed`` uses of such items over all forms of these roles, ``available`` of them can be had.

    A cell is named by regulation and kind, with the band where ranges of bands matter; a range by axis and value; a
    must-include group by ``codes``.
    """

    roles: tuple[TraineeRole, ...]
    regulation: str | None
    kind: Kind | None
    axis: Axis | None
    value: str
    needed: int
    available: int
    codes: tuple[str, ...] = ()

    @property
    def missing(self) -> int:
        return self.needed - self.available


@dataclass(frozen=True, slots=True)
class Feasibility:
    """The answer before anything is assembled.

    ``missing`` is the fewest further items that make it possible; ``most_forms`` how many forms of each role the bank
    gives without using an item twice, the other roles as demanded; ``least_cap`` the smallest number of uses per item,
    earlier ones included, that suffices (None: no number does); ``overlap_bound`` the proven fewest uses of items that
    were in an earlier paper or are in another of the demanded forms.
    """

    shortages: tuple[Shortage, ...]
    missing: int
    most_forms: Mapping[TraineeRole, int]
    least_cap: int | None
    overlap_bound: int

    @property
    def feasible(self) -> bool:
        return not self.shortages


class InfeasibleError(Exception):
    """No forms meet the blueprint with this stock; ``shortages`` says exactly what is missing."""

    def __init__(self, shortages: Sequence[Shortage]) -> None:
        super().__init__("the blueprint cannot be met")
        self.shortages = tuple(shortages)


def judge(demands: Sequence[Demand], candidates: Sequence[Candidate]) -> Feasibility:
    """Judge all demands together, since items that serve several roles can be used by one only."""
    raise NotImplementedError
