"""An item as assembly sees it, and what is demanded of all of them: no words, only what a blueprint asks about."""

from dataclasses import dataclass

from service.access.rules.people import TraineeRole
from service.bank.rules.items import Kind
from service.papers.rules.blueprint import Axis, Band, Blueprint
from service.papers.rules.measures import Estimate


@dataclass(frozen=True, slots=True)
class Candidate:
    """An eligible item. ``enemies`` names the groups whose items must not meet in one form, ``used`` counts earlier
    papers, ``resting`` says that the rest period of the blueprint still runs."""

    code: str
    version_id: int
    regulation: str
    kind: Kind
    band: Band
    estimate: Estimate
    roles: frozenset[TraineeRole] = frozenset(TraineeRole)
    level: str = "recall"
    subject: str = ""
    tags: frozenset[str] = frozenset()
    enemies: frozenset[str] = frozenset()
    used: int = 0
    resting: bool = False

    @property
    def cell(self) -> tuple[str, Kind]:
        return self.regulation, self.kind

    def values(self, axis: Axis) -> frozenset[str]:
        """What the item counts as on an axis."""
        match axis:
            case Axis.BAND:
                return frozenset({str(self.band)})
            case Axis.LEVEL:
                return frozenset({str(self.level)})
            case Axis.SUBJECT:
                return frozenset({self.subject})
            case Axis.REGULATION:
                return frozenset({self.regulation})
            case Axis.TAG:
                return self.tags


@dataclass(frozen=True, slots=True)
class Demand:
    """So many forms of a role are wanted at once; two and two of them, A and B of a class, share nothing."""

    blueprint: Blueprint
    forms: int = 2

    @property
    def classes(self) -> int:
        return (self.forms + 1) // 2


def usable(blueprint: Blueprint, candidate: Candidate) -> bool:
    """Whether a form may hold this item at all."""
    cap = blueprint.exposure_cap
    return (
        blueprint.role in candidate.roles
        and candidate.cell in blueprint.cells
        and not candidate.resting
        and (cap is None or candidate.used < cap)
    )
