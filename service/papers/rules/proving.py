"""The proof of a paper: recounted from its items alone, in exact integers, by code that the assembly does not use.

Milli-points are thousandths of a point, milli-percent thousandths of a percent.
"""

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import isqrt
from typing import Any

from service.papers.rules import cases, measures
from service.papers.rules.blueprint import CLOSED, Axis, Blueprint
from service.papers.rules.candidates import Candidate
from service.papers.rules.measures import ABILITIES, Source
from service.papers.rules.states import Form
from service.papers.rules.targets import Target

# Of a normal error, 95 % lies within 1.96 of its standard deviations.
SURE_MILLI = 1960


@dataclass(frozen=True, slots=True)
class FormProof:
    """What is recounted of one form.

    ``broken`` names ranges that are not kept, as axis, value and number, and cases that do not stand whole and in
    order; ``exposure_after`` says how many of its items will have been used so often; ``error_milli`` is the standard
    error of the expected score, in milli-points.
    """

    items: int
    points: int
    cells_exact: bool
    broken: tuple[str, ...]
    must_include_met: bool
    enemies_apart: bool
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
    used_before: int
    within_earlier: bool
    within_cap: bool
    exposure_after: Mapping[str, int]
    measured: int
    by_authors: int
    error_milli: int
    cases: int = 0

    @property
    def sound(self) -> bool:
        return (
            self.cells_exact
            and not self.broken
            and self.must_include_met
            and self.enemies_apart
            and self.within_earlier
            and self.within_cap
        )


@dataclass(frozen=True, slots=True)
class Proof:
    """What anyone can recount about the two forms; ``plain`` gives plain JSON.

    ``difference_milli`` is the believed difference of the expected scores, A minus B; ``true_low_milli`` and
    ``true_high_milli`` bound the true one with 95 % certainty, given the standard error of each item's difficulty.
    ``bound_milli`` and ``least_uses`` are what the assembly proved: no form of its pools deviates less, no paper needs
    fewer uses.
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
    sound: bool


def prove(
    blueprint: Blueprint,
    forms: Mapping[Form, Sequence[Candidate]],
    target: Target,
    *,
    bound_milli: int = 0,
    least_uses: int = 0,
) -> Proof:
    """Recount both forms: what the approver sees and the auditor repeats."""
    counted = {str(form): prove_form(blueprint, chosen, target) for form, chosen in forms.items()}
    shared = _shared(forms.values())
    first, second = (counted[form] for form in sorted(counted))
    believed = first.expected_milli - second.expected_milli
    # The errors of different items are independent; an item in both forms would err alike and cancel out.
    apart = [one for chosen in forms.values() for one in chosen if one.code not in shared]
    reach = _error(blueprint, apart) * SURE_MILLI // 1_000_000 + 1
    return Proof(
        forms=counted,
        target=asdict(target),
        shared_between_forms=len(shared),
        deviation_milli=max(one.deviation_milli for one in counted.values()),
        bound_milli=bound_milli,
        difference_milli=believed,
        passing_difference_milli=first.passing_milli - second.passing_milli,
        true_low_milli=believed - reach,
        true_high_milli=believed + reach,
        uses_in_earlier_papers=sum(one.used for chosen in forms.values() for one in chosen),
        least_uses=least_uses,
        sound=not shared and all(one.sound for one in counted.values()),
    )


def prove_form(blueprint: Blueprint, chosen: Sequence[Candidate], target: Target) -> FormProof:
    """Recount one form."""
    estimates = [one.estimate for one in chosen]
    points = [blueprint.points[one.kind] for one in chosen]
    scores = measures.scores(estimates, points, blueprint.pass_points)
    at = _weighed(measures.chances(estimates, [*ABILITIES, target.pass_ability_milli]), points)
    informed = _weighed(measures.information(estimates), [1] * len(chosen))
    wanted = [*target.expected_milli, target.pass_expected_milli, *target.information_milli]
    off = max(abs(found - 1000 * milli) for found, milli in zip([*at, *informed], wanted, strict=True))
    earlier = sum(one.used > 0 for one in chosen)
    cap = blueprint.exposure_cap
    return FormProof(
        items=len(chosen),
        points=sum(points),
        cells_exact=Counter(one.cell for one in chosen) == Counter(dict(blueprint.cells)),
        broken=tuple(_broken(blueprint, chosen)),
        must_include_met=all(
            sum(one.code in must.codes for one in chosen) >= must.least for must in blueprint.must_include
        ),
        enemies_apart=_apart(blueprint, chosen),
        expected_milli=scores.expected_milli,
        spread_milli=scores.spread_milli,
        passing_milli=scores.passing_milli,
        expected_at_milli=tuple(_milli(one) for one in at[:-1]),
        expected_at_pass_milli=_milli(at[-1]),
        information_milli=tuple(_milli(one) for one in informed),
        deviation_milli=-(-off // 1000),
        bands=_profile(chosen, Axis.BAND),
        levels=_profile(chosen, Axis.LEVEL),
        subjects=_profile(chosen, Axis.SUBJECT),
        used_before=earlier,
        within_earlier=blueprint.overlap_earlier is None or earlier <= blueprint.overlap_earlier,
        within_cap=cap is None or all(one.used < cap for one in chosen),
        exposure_after={str(uses): number for uses, number in sorted(Counter(one.used + 1 for one in chosen).items())},
        measured=sum(one.estimate.source is Source.MEASURED for one in chosen),
        by_authors=sum(one.estimate.source is Source.AUTHOR for one in chosen),
        error_milli=_error(blueprint, chosen) // 1000,
        cases=_cases(chosen),
    )


def plain(proof: Proof | FormProof) -> dict[str, Any]:
    """A proof as it is stored, in plain JSON; cases are left out where there are none, as they were before there were
    any."""
    found = asdict(proof)
    for one in found["forms"].values() if isinstance(proof, Proof) else [found]:
        if not one["cases"]:
            del one["cases"]
    return found


def _cases(chosen: Sequence[Candidate]) -> int:
    return len({one.case for one in chosen if one.case})


def _broken(blueprint: Blueprint, chosen: Sequence[Candidate]) -> Iterable[str]:
    for one in blueprint.ranges:
        number = sum(one.value in item.values(one.axis) for item in chosen)
        if not one.least <= number <= one.most:
            yield f"{one.axis} {one.value} {number}"
    yield from (f"case {code}" for code in cases.torn(chosen))
    if not blueprint.cases.least <= (number := _cases(chosen)) <= blueprint.cases.most:
        yield f"cases {number}"


def _apart(blueprint: Blueprint, chosen: Sequence[Candidate]) -> bool:
    met = Counter(name for one in chosen for name in one.enemies)
    codes = {one.code for one in chosen}
    return all(number == 1 for number in met.values()) and all(
        len(enemies & codes) <= 1 for enemies in blueprint.enemies
    )


def _shared(forms: Iterable[Sequence[Candidate]]) -> frozenset[str]:
    """The codes that occur more than once over all forms."""
    met = Counter(one.code for chosen in forms for one in chosen)
    return frozenset(code for code, number in met.items() if number > 1)


def _weighed(table: measures.Integers, points: Sequence[int]) -> list[int]:
    """Sums over items for each ability, in plain integers."""
    columns = zip(*table.tolist(), strict=True)
    return [sum(worth * one for worth, one in zip(points, column, strict=True)) for column in columns]


def _milli(millionths: int) -> int:
    return (millionths + 500) // 1000


def _error(blueprint: Blueprint, chosen: Sequence[Candidate]) -> int:
    """The standard error of the expected score in millionths of a point, from each item's own, to the first order."""
    slopes = measures.slopes([one.estimate for one in chosen]).tolist()
    parts = (
        blueprint.points[one.kind] * slope * one.estimate.error_milli // 1000
        for one, slope in zip(chosen, slopes, strict=True)
    )
    return isqrt(sum(part * part for part in parts))


def _profile(chosen: Sequence[Candidate], axis: Axis) -> dict[str, int]:
    met = Counter(value for one in chosen for value in one.values(axis))
    return {value: met[value] for value in CLOSED.get(axis, tuple(sorted(met)))}
