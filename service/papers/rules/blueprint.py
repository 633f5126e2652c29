"""The blueprint (双向细目表): how many items of which regulation and kind, points, difficulty, time, pass mark."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from service.access.rules.people import TraineeRole
from service.bank.rules.items import Kind

# 三(五) asks for an exam, not for its full marks; one hundred is the custom (reference: exam conventions §6).
FULL_POINTS = 100


class Band(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


BAND_NAMES = {Band.EASY: "易", Band.MEDIUM: "中", Band.HARD: "难"}


def band_of(difficulty: int) -> Band:
    """The band of an author's estimate: 1 and 2 easy, 3 medium, 4 and 5 hard."""
    return Band.EASY if difficulty <= 2 else Band.MEDIUM if difficulty == 3 else Band.HARD


class UnreadableError(ValueError):
    """What was given is not a blueprint."""


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One blueprint. ``cells`` maps (regulation, kind) to a number of items per form; ``difficulty_target`` is
    the sum over a form of points times difficulty, the same for every class of the role."""

    role: TraineeRole
    duration_minutes: int
    pass_points: int
    points: Mapping[Kind, int]
    bands: Mapping[Band, int]
    band_tolerance: int
    difficulty_target: int
    cells: Mapping[tuple[str, Kind], int]

    @property
    def items(self) -> int:
        return sum(self.cells.values())

    @property
    def full_points(self) -> int:
        return sum(number * self.points[kind] for (_, kind), number in self.cells.items())


def parse(raw: Mapping[str, Any]) -> Blueprint:
    """A blueprint from its file or request.

    Raises:
        UnreadableError: a field is missing or of another shape, or names an unknown kind, role or band.
    """
    try:
        return _parse(raw)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreadableError(str(error)) from error


def _parse(raw: Mapping[str, Any]) -> Blueprint:
    difficulty = dict(raw["difficulty"])
    tolerance = int(difficulty.pop("tolerance"))
    return Blueprint(
        role=TraineeRole(raw["role"]),
        duration_minutes=int(raw["duration_minutes"]),
        pass_points=int(raw["pass_points"]),
        # Over both, so that a kind nobody knows and a kind without points are found alike.
        points={Kind(kind): int(raw["points"][kind]) for kind in [*raw["points"], *Kind]},
        bands={Band(band): int(number) for band, number in difficulty.items()},
        band_tolerance=tolerance,
        difficulty_target=int(raw["difficulty_target"]),
        cells={
            (regulation, Kind(kind)): int(number)
            for regulation, kinds in raw["cells"].items()
            for kind, number in kinds.items()
            if int(number) > 0
        },
    )


def faults_of(blueprint: Blueprint) -> Iterator[str]:
    """What is wrong with a blueprint, in words."""
    if blueprint.full_points != FULL_POINTS:
        yield f"总分应为{FULL_POINTS}分，现为{blueprint.full_points}分"
    if sum(blueprint.bands.values()) != blueprint.items:
        yield f"各难度题数之和应为{blueprint.items}，现为{sum(blueprint.bands.values())}"
    if not 0 < blueprint.pass_points <= FULL_POINTS:
        yield "合格分应在1至100之间"
    if not 10 <= blueprint.duration_minutes <= 240:
        yield "考试时长应在10至240分钟之间"
