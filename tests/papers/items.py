"""Items and blueprints for the engine's tests, and a count of their own that shares no code with it."""

import itertools
import random
from collections import Counter
from collections.abc import Mapping, Sequence

from service.access.rules.people import TraineeRole
from service.bank.actions import files
from service.bank.rules.items import Kind
from service.kernel.settings import ROOT
from service.papers.actions import blueprints
from service.papers.rules import blueprint, measures
from service.papers.rules.blueprint import Axis, Band, Blueprint, MustInclude, Range
from service.papers.rules.candidates import Candidate, candidate_of
from service.papers.rules.states import Form

PLAN = Blueprint(
    role=TraineeRole.TEAM_LEADER,
    duration_minutes=90,
    pass_points=80,
    points={Kind.SINGLE: 2, Kind.MULTIPLE: 3, Kind.TRUE_FALSE: 1},
    cells={
        ("law", Kind.SINGLE): 14,
        ("law", Kind.MULTIPLE): 7,
        ("law", Kind.TRUE_FALSE): 5,
        ("rules", Kind.SINGLE): 12,
        ("rules", Kind.MULTIPLE): 5,
        ("rules", Kind.TRUE_FALSE): 7,
    },
    ranges=(
        Range(Axis.BAND, Band.EASY, 13, 17),
        Range(Axis.BAND, Band.MEDIUM, 20, 24),
        Range(Axis.BAND, Band.HARD, 11, 15),
    ),
)


def item(code: str, regulation: str, kind: Kind, difficulty: int, **more: object) -> Candidate:
    """An item of which only an author's difficulty is known."""
    return Candidate(  # type: ignore[arg-type]
        code, 0, regulation, kind, blueprint.band_of(difficulty), measures.estimate_of(difficulty), **more
    )


def stock(times: int, plan: Blueprint = PLAN) -> list[Candidate]:
    """A stock that holds every cell ``times`` over, difficulties spread as real ones are."""
    return [
        item(f"{regulation}-{kind}-{place:03d}", regulation, kind, (2, 3, 4, 3, 1, 3, 5)[place % 7])
        for (regulation, kind), number in plan.cells.items()
        for place in range(times * number)
    ]


def real() -> dict[TraineeRole, tuple[Blueprint, list[Candidate]]]:
    """The real blueprints, each with the real bank."""
    bank = files.read(ROOT / "question_bank")
    regulations = {edition.slug: edition.regulation for edition in bank.editions}
    found = [candidate_of(one, 0, regulations[one.edition]) for one in bank.items]
    plans = [blueprint.parse(raw) for raw in blueprints.read(ROOT / "question_bank")]
    return {plan.role: (plan, found) for plan in plans}


# --- tiny banks, small enough to try every paper ---

TINY_CELLS = [("law", Kind.SINGLE), ("law", Kind.TRUE_FALSE), ("rules", Kind.SINGLE)]
LEVELS = ("recall", "apply")


def tiny(drawn: random.Random) -> tuple[Blueprint, list[Candidate]]:
    """A random blueprint of a few items and a random bank that may or may not give two forms of it."""
    cells = {cell: drawn.randint(1, 2) for cell in drawn.sample(TINY_CELLS, drawn.randint(1, 2))}
    bank = [
        item(
            f"T{number}",
            *drawn.choice(TINY_CELLS),
            drawn.choice((2, 3, 4)),
            level=drawn.choice(LEVELS),
            enemies=frozenset(drawn.sample(["x", "y"], 1) if drawn.random() < 0.3 else ()),
            tags=frozenset({"critical"} if drawn.random() < 0.4 else ()),
            used=drawn.choice((0, 0, 0, 1, 2)),
        )
        for number in range(drawn.randint(8, 12))
    ]
    items = sum(cells.values())
    ranges = [
        Range(Axis.BAND, Band.HARD, least := drawn.randint(0, 1), least + drawn.randint(0, 2)),
        Range(Axis.LEVEL, "apply", least := drawn.randint(0, 1), items - drawn.randint(0, items - max(1, least))),
        Range(Axis.TAG, "critical", drawn.randint(0, 1), items),
    ]
    must = MustInclude(frozenset(one.code for one in drawn.sample(bank, 3)), 1)
    plan = Blueprint(
        role=TraineeRole.TEAM_LEADER,
        duration_minutes=90,
        pass_points=1,
        points=PLAN.points,
        cells=cells,
        ranges=tuple(drawn.sample(ranges, drawn.randint(0, 3))),
        must_include=(must,) if drawn.random() < 0.4 else (),
        enemies=(frozenset(one.code for one in drawn.sample(bank, 2)),) if drawn.random() < 0.4 else (),
        exposure_cap=drawn.choice((None, 2)),
        overlap_earlier=drawn.choice((None, 1)),
    )
    return plan, bank


def every_form(plan: Blueprint, bank: Sequence[Candidate]) -> list[tuple[Candidate, ...]]:
    """All forms that keep the blueprint, by trying."""
    open_to_use = [one for one in bank if plan.exposure_cap is None or one.used < plan.exposure_cap]
    tried = itertools.combinations(open_to_use, plan.items)
    return [chosen for chosen in tried if keeps(plan, chosen)]


def fewest_uses(plan: Blueprint, bank: Sequence[Candidate]) -> int | None:
    """The fewest earlier uses of any two forms that share nothing; None if there are no two."""
    forms = every_form(plan, bank)
    uses = [
        sum(one.used for one in (*first, *second))
        for first, second in itertools.combinations(forms, 2)
        if not {one.code for one in first} & {one.code for one in second}
    ]
    return min(uses, default=None)


def keeps(plan: Blueprint, chosen: Sequence[Candidate]) -> bool:
    """Whether a form keeps every constraint of a blueprint."""
    codes = {one.code for one in chosen}
    names = [name for one in chosen for name in one.enemies]
    return (
        Counter((one.regulation, one.kind) for one in chosen) == Counter(dict(plan.cells))
        and all(one.least <= _number(one, chosen) <= one.most for one in plan.ranges)
        and all(len(codes & must.codes) >= must.least for must in plan.must_include)
        and all(len(codes & enemies) <= 1 for enemies in plan.enemies)
        and len(names) == len(set(names))
        and (plan.overlap_earlier is None or sum(one.used > 0 for one in chosen) <= plan.overlap_earlier)
    )


def _number(one: Range, chosen: Sequence[Candidate]) -> int:
    if one.axis is Axis.TAG:
        return sum(one.value in candidate.tags for candidate in chosen)
    return sum(getattr(candidate, one.axis) == one.value for candidate in chosen)


def require_sound(plan: Blueprint, forms: Mapping[Form, Sequence[Candidate]]) -> None:
    """Both forms keep the blueprint and share nothing."""
    assert set(forms) == set(Form)
    for chosen in forms.values():
        assert keeps(plan, chosen)
    both = [one.code for chosen in forms.values() for one in chosen]
    assert len(set(both)) == len(both) == 2 * plan.items
