"""The blueprint (双向细目表): how many items of what sort a form has, points, time, pass mark, what may not meet."""

import hashlib
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from service.access.rules.people import TraineeRole
from service.bank.rules.items import ASKED, CHOSEN, Kind
from service.papers.rules import numbers

# 三(五) asks for an exam, not for its full marks; one hundred is the custom (reference: exam conventions §6).
FULL_POINTS = 100
# Not stated by the commissioning document: an item may come again at once unless a blueprint says otherwise.
REST_DAYS = 0


class Axis(StrEnum):
    """What a range counts by, besides the cells."""

    BAND = "band"
    LEVEL = "level"
    SUBJECT = "subject"
    REGULATION = "regulation"
    TAG = "tag"


class Band(StrEnum):
    EASY = "easy"
    MEDIUM = "medium"
    HARD = "hard"


AXIS_NAMES = dict(zip(Axis, ("难度", "认知层次", "科目", "法规", "标签"), strict=True))
BAND_NAMES = {Band.EASY: "易", Band.MEDIUM: "中", Band.HARD: "难"}
# Every item has exactly one of these: their ranges must add up to the whole form.
CLOSED: Mapping[Axis, tuple[str, ...]] = {
    Axis.BAND: tuple(Band),
    Axis.LEVEL: ("recall", "understand", "apply"),
}
# The key of each axis in a file; bands may also stand as `difficulty` with a tolerance.
KEYS = {
    "bands": Axis.BAND,
    "levels": Axis.LEVEL,
    "subjects": Axis.SUBJECT,
    "regulations": Axis.REGULATION,
    "tags": Axis.TAG,
}
# Everything that a blueprint may say.
SETTINGS = frozenset(
    {"role", "duration_minutes", "pass_points", "points", "cells", "difficulty", *KEYS, "must_include", "enemies"}
    | {"exposure_cap", "rest_days", "overlap_earlier", "shuffle", "sources", "cases"}
)


def band_of(difficulty: int) -> Band:
    """The band of an author's estimate: 1 and 2 easy, 3 medium, 4 and 5 hard."""
    return Band.EASY if difficulty <= 2 else Band.MEDIUM if difficulty == 3 else Band.HARD


class UnreadableError(ValueError):
    """What was given is not a blueprint."""


@dataclass(frozen=True, slots=True)
class Range:
    """From ``least`` to ``most`` items of each form have this value on this axis."""

    axis: Axis
    value: str
    least: int
    most: int


@dataclass(frozen=True, slots=True)
class MustInclude:
    """At least so many of these items, by code, stand in each form; A and B still share nothing."""

    codes: frozenset[str]
    least: int


@dataclass(frozen=True, slots=True)
class Shuffle:
    """What is put in another order for each candidate; items stay within their kind."""

    items: bool = True
    options: bool = True


@dataclass(frozen=True, slots=True)
class Cases:
    """From ``least`` to ``most`` cases stand in each form; none, unless a blueprint says otherwise."""

    least: int = 0
    most: int = 0


@dataclass(frozen=True, slots=True)
class Blueprint:
    """One blueprint. ``points`` are there for all kinds that are chosen and for every kind that a cell asks; ``cells``
    maps (regulation, kind) to an exact number of items per form; ``exposure_cap`` is how often an item may ever be used
    (None: no limit), ``overlap_earlier`` how many items of a form may have been used before (None: as few as can be),
    ``sources`` a sentence per setting that no document states."""

    role: TraineeRole
    duration_minutes: int
    pass_points: int
    points: Mapping[Kind, int]
    cells: Mapping[tuple[str, Kind], int]
    ranges: tuple[Range, ...] = ()
    must_include: tuple[MustInclude, ...] = ()
    enemies: tuple[frozenset[str], ...] = ()
    exposure_cap: int | None = None
    rest_days: int = REST_DAYS
    overlap_earlier: int | None = None
    shuffle: Shuffle = Shuffle()
    sources: Mapping[str, str] = field(default_factory=dict)
    cases: Cases = Cases()

    @property
    def items(self) -> int:
        return sum(self.cells.values())

    @property
    def full_points(self) -> int:
        return sum(number * self.points[kind] for (_, kind), number in self.cells.items())

    def points_of(self, kind: Kind) -> int:
        """What an item of a kind is worth: nothing, where no cell asks the kind and nobody has said."""
        return self.points.get(kind, 0)

    def on(self, axis: Axis) -> tuple[Range, ...]:
        """The ranges of one axis."""
        return tuple(one for one in self.ranges if one.axis == axis)


def parse(raw: Mapping[str, Any]) -> Blueprint:
    """A blueprint from its file or request.

    Raises:
        UnreadableError: a field is missing or of another shape, or names an unknown kind, role or band.
    """
    try:
        return _parse(raw)
    except (AttributeError, KeyError, OverflowError, TypeError, ValueError) as error:
        raise UnreadableError(str(error)) from error


def _asked(name: str) -> Kind:
    """The kind of that name, where a paper can ask it."""
    kind = Kind(name)
    if kind not in ASKED:
        raise ValueError(f"a paper cannot ask items of the kind {kind}")
    return kind


def _cells(raw: Mapping[str, Mapping[str, Any]]) -> dict[tuple[str, Kind], int]:
    return {
        (regulation, _asked(kind)): count
        for regulation, kinds in raw.items()
        for kind, number in kinds.items()
        if (count := numbers.count(number)) > 0
    }


def _points(raw: Mapping[str, Any], used: Sequence[Kind]) -> dict[Kind, int]:
    """Over all three, so that a kind nobody knows and a kind without points are found alike. Kinds that came later
    than most blueprints are said only where they are asked: whatever was drafted before keeps its digest."""
    return {_asked(kind): numbers.whole(raw[kind]) for kind in [*raw, *CHOSEN, *used]}


def _parse(raw: Mapping[str, Any]) -> Blueprint:
    cells = _cells(raw["cells"])
    return Blueprint(
        role=TraineeRole(raw["role"]),
        duration_minutes=numbers.whole(raw["duration_minutes"]),
        pass_points=numbers.whole(raw["pass_points"]),
        points=_points(raw["points"], [kind for _, kind in cells]),
        cells=cells,
        ranges=(*_difficulty(raw.get("difficulty", {"tolerance": 0})), *_ranges(raw)),
        must_include=tuple(
            MustInclude(numbers.codes(one["codes"]), numbers.whole(one.get("least", 1)))
            for one in raw.get("must_include", ())
        ),
        enemies=tuple(numbers.codes(one) for one in raw.get("enemies", ())),
        exposure_cap=None if (cap := raw.get("exposure_cap")) is None else numbers.whole(cap),
        rest_days=numbers.whole(raw.get("rest_days", REST_DAYS)),
        overlap_earlier=None if (shared := raw.get("overlap_earlier")) is None else numbers.whole(shared),
        shuffle=_shuffle(raw.get("shuffle", {})),
        sources={str(name): str(source) for name, source in raw.get("sources", {}).items()},
        cases=Cases(**{name: numbers.count(number) for name, number in raw.get("cases", {}).items()}),
    )


def _difficulty(raw: Mapping[str, Any]) -> Iterator[Range]:
    """Items per band with one tolerance for all, as ranges."""
    tolerance = numbers.whole(raw["tolerance"])
    for band, number in raw.items():
        if band != "tolerance":
            yield Range(
                Axis.BAND, Band(band), max(0, numbers.whole(number) - tolerance), numbers.whole(number) + tolerance
            )


def _ranges(raw: Mapping[str, Any]) -> Iterator[Range]:
    for key, axis in KEYS.items():
        for value, bounds in raw.get(key, {}).items():
            least, most = bounds
            if axis in CLOSED and value not in CLOSED[axis]:
                raise ValueError(f"{key}: {value}")
            yield Range(axis, str(value), numbers.whole(least), numbers.whole(most))


def _shuffle(raw: Mapping[str, Any]) -> Shuffle:
    if not all(isinstance(one, bool) for one in raw.values()):
        raise TypeError(f"shuffle: {dict(raw)}")
    return Shuffle(**raw)


def canonical(blueprint: Blueprint) -> dict[str, Any]:
    """A blueprint as plain JSON in one order only: what is digested, and what two versions are compared by.

    What came later is left out where it says nothing, so that a blueprint keeps the digest that it had.
    """
    return {
        "role": blueprint.role,
        "duration_minutes": blueprint.duration_minutes,
        "pass_points": blueprint.pass_points,
        "points": {kind: blueprint.points[kind] for kind in ASKED if kind in blueprint.points},
        "cells": sorted([regulation, kind, number] for (regulation, kind), number in blueprint.cells.items()),
        "ranges": sorted([one.axis, one.value, one.least, one.most] for one in blueprint.ranges),
        "must_include": sorted([sorted(one.codes), one.least] for one in blueprint.must_include),
        "enemies": sorted(sorted(one) for one in blueprint.enemies),
        "exposure_cap": blueprint.exposure_cap,
        "rest_days": blueprint.rest_days,
        "overlap_earlier": blueprint.overlap_earlier,
        "shuffle": [blueprint.shuffle.items, blueprint.shuffle.options],
        "sources": dict(sorted(blueprint.sources.items())),
        **({"cases": [blueprint.cases.least, blueprint.cases.most]} if blueprint.cases != Cases() else {}),
    }


def digest_of(blueprint: Blueprint) -> str:
    """SHA-256 over the canonical form, in hex."""
    text = json.dumps(canonical(blueprint), sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return hashlib.sha256(text.encode()).hexdigest()
