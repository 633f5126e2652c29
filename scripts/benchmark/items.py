"""A synthetic bank: items without words, of every sort that a blueprint can ask about, and the blueprints over it.

The sizes are the reference's (assembly §2.1): twelve regulations of uneven size, three kinds, difficulties around −0.7,
enemies, safety-critical items, items for one role, for two and for all.
"""

import math
import random
from collections import Counter
from collections.abc import Hashable, Mapping, Sequence
from typing import TypeVar

from service.access.rules.people import TraineeRole
from service.bank.actions import files
from service.bank.rules.items import Kind
from service.kernel.settings import ROOT
from service.papers.actions import blueprints as written
from service.papers.rules.blueprint import Axis, Band, Blueprint, MustInclude, Range, parse
from service.papers.rules.candidates import Candidate, candidate_of
from service.papers.rules.measures import Estimate, Source

REGULATIONS = tuple(f"regulation-{number:02d}" for number in range(1, 13))
KINDS = {Kind.SINGLE: 50, Kind.MULTIPLE: 20, Kind.TRUE_FALSE: 30}
LEVELS = {"recall": 50, "understand": 30, "apply": 20}
CRITICAL = "safety-critical"
ITEMS, PASS_POINTS, CRITICAL_LEAST = 100, 60, 8
# About 120 answers an item (reference: assembly §2.8).
ERROR_MILLI, ANSWERS = 200, 120

Key = TypeVar("Key", bound=Hashable)


def bank(size: int, seed: int = 1) -> list[Candidate]:
    """So many items; the same size and seed give the same bank."""
    drawn = random.Random(f"bank/{size}/{seed}")
    regulation_shift = {regulation: drawn.gauss(0, 0.2) for regulation in REGULATIONS}
    kind_shift = {Kind.SINGLE: 0.0, Kind.MULTIPLE: 0.5, Kind.TRUE_FALSE: -0.3}
    found = []
    for number in range(size):
        regulation = drawn.choices(REGULATIONS, weights=range(4, 16))[0]
        kind = drawn.choices(list(KINDS), weights=list(KINDS.values()))[0]
        hard = drawn.gauss(-0.7, 1) + regulation_shift[regulation] + kind_shift[kind]
        steep = math.exp(drawn.gauss(0, 0.3))
        found.append(
            Candidate(
                code=f"S{number:06d}",
                version_id=number,
                regulation=regulation,
                kind=kind,
                band=Band.EASY if hard < -1.1 else Band.MEDIUM if hard < -0.2 else Band.HARD,
                estimate=Estimate(round(1000 * steep), round(1000 * hard), ERROR_MILLI, ANSWERS, Source.MEASURED),
                roles=_roles(drawn),
                level=drawn.choices(list(LEVELS), weights=list(LEVELS.values()))[0],
                subject=f"subject-{drawn.randrange(5)}",
                tags=frozenset({CRITICAL} if drawn.random() < 0.1 else ()),
                # Three items to a group on the average, of which one in ten belongs to any.
                enemies=frozenset({f"enemies-{drawn.randrange(1 + size // 30)}"} if drawn.random() < 0.1 else ()),
            )
        )
    return found


def _roles(drawn: random.Random) -> frozenset[TraineeRole]:
    number = drawn.choices([1, 2, 3], weights=[45, 15, 40])[0]
    return frozenset(drawn.sample(list(TraineeRole), number))


def blueprints(candidates: Sequence[Candidate]) -> list[Blueprint]:
    """A blueprint for each role: a hundred items of a point each, in the proportions of the bank."""
    return [_blueprint(role, [one for one in candidates if role in one.roles]) for role in TraineeRole]


def _blueprint(role: TraineeRole, mine: Sequence[Candidate]) -> Blueprint:
    bands = portions(Counter(str(one.band) for one in mine), ITEMS)
    levels = portions(Counter(one.level for one in mine), ITEMS)
    return Blueprint(
        role=role,
        duration_minutes=90,
        pass_points=PASS_POINTS,
        points=dict.fromkeys(Kind, 1),
        cells=portions(Counter(one.cell for one in mine), ITEMS),
        ranges=(
            *(Range(Axis.BAND, band, number - 2, number + 2) for band, number in bands.items()),
            *(Range(Axis.LEVEL, level, number - 3, number + 3) for level, number in levels.items()),
            Range(Axis.TAG, CRITICAL, CRITICAL_LEAST, ITEMS),
        ),
        must_include=(MustInclude(frozenset(one.code for one in mine[:40]), 1),),
    )


def shipped() -> tuple[list[Candidate], list[Blueprint]]:
    """The bank of the repository and its blueprints."""
    folder = ROOT / "question_bank"
    bank = files.read(folder)
    regulations = {edition.slug: edition.regulation for edition in bank.editions}
    found = [candidate_of(one, number, regulations[one.edition]) for number, one in enumerate(bank.items)]
    return found, [parse(raw) for raw in written.read(folder)]


def portions(counted: Mapping[Key, int], whole: int) -> dict[Key, int]:
    """A whole number divided in proportion, by the largest remainders."""
    total = sum(counted.values())
    found = {key: whole * number // total for key, number in counted.items()}
    remainders = sorted(counted, key=lambda key: (-(whole * counted[key] % total), str(key)))
    for key in remainders[: whole - sum(found.values())]:
        found[key] += 1
    return {key: found[key] for key in sorted(found, key=str) if found[key]}
