"""An item as assembly sees it, and what is demanded of all of them: no words, only what a blueprint asks about."""

from dataclasses import dataclass
from datetime import date

from service.access.rules.people import TraineeRole
from service.bank.rules import rubric
from service.bank.rules.calibration import Calibration
from service.bank.rules.items import ItemText, Kind
from service.papers.rules.blueprint import Axis, Band, Blueprint, band_of
from service.papers.rules.measures import Estimate, Source, estimate_of


@dataclass(frozen=True, slots=True)
class Candidate:
    """An eligible item. ``enemies`` names the groups whose items must not meet in one form, ``used`` counts earlier
    papers, ``resting`` says that the rest period of the blueprint still runs. ``worth`` is the sum of a rubric's
    points; other items are worth whatever a blueprint says, and have none. ``case`` is the code of the case that it is
    the ``case_place``-th of ``case_size`` sub-questions of, or empty."""

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
    worth: int = 0
    case: str = ""
    case_place: int = 0
    case_size: int = 0

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
class Use:
    """How often an item was put into sealed papers, and the day of the latest exam it was for."""

    times: int = 0
    last_on: date | None = None

    def rests(self, exam_on: date, rest_days: int) -> bool:
        """Whether the exam of a day lies within the rest period around the latest use."""
        return self.last_on is not None and abs((exam_on - self.last_on).days) < rest_days


def candidate_of(
    text: ItemText,
    version_id: int,
    regulation: str,
    *,
    measured: Calibration | None = None,
    use: Use = Use(),
    resting: bool = False,
) -> Candidate:
    """An item of the bank as assembly sees it: what was measured stands before what its author believed."""
    return Candidate(
        code=text.code,
        version_id=version_id,
        regulation=regulation,
        kind=text.kind,
        band=band_of(text.difficulty),
        estimate=estimate_of(text.difficulty) if measured is None else _measured(measured),
        roles=frozenset(text.roles),
        level=text.level,
        subject=text.subject,
        tags=frozenset(text.tags),
        enemies=frozenset(text.enemies),
        used=use.times,
        resting=resting,
        worth=rubric.worth(text.key) if text.kind is Kind.WRITTEN else 0,
        case=text.case.code if text.case is not None else "",
        case_place=text.case.place if text.case is not None else 0,
        case_size=text.case.size if text.case is not None else 0,
    )


def _measured(found: Calibration) -> Estimate:
    return Estimate(
        found.discrimination_milli, found.difficulty_milli, found.difficulty_error_milli, found.answers, Source.MEASURED
    )


@dataclass(frozen=True, slots=True)
class Demand:
    """So many forms of a role are wanted at once; two and two of them, A and B of a class, share nothing."""

    blueprint: Blueprint
    forms: int = 2

    @property
    def classes(self) -> int:
        return (self.forms + 1) // 2


def available(blueprint: Blueprint, candidate: Candidate) -> bool:
    """Whether an item may be asked of the role now, whatever cells the blueprint has; of a case, only judged by itself.

    What is marked by a rubric is asked only where its kind is worth as much, so that no mark has to be converted.
    """
    cap, points = blueprint.exposure_cap, blueprint.points.get(candidate.kind)
    if candidate.worth and points is not None and candidate.worth != points:
        return False
    if candidate.case and not blueprint.cases.most:
        return False
    return blueprint.role in candidate.roles and not candidate.resting and (cap is None or candidate.used < cap)


def usable(blueprint: Blueprint, candidate: Candidate) -> bool:
    """Whether a form may hold this item at all."""
    return candidate.cell in blueprint.cells and available(blueprint, candidate)
