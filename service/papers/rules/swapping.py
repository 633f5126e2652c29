"""Which items could stand in the place of one that an approver sends back."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from service.papers.rules import targets
from service.papers.rules.blueprint import Blueprint
from service.papers.rules.candidates import Candidate, usable
from service.papers.rules.rows import rows_of
from service.papers.rules.states import Form
from service.papers.rules.targets import Target


@dataclass(frozen=True, slots=True)
class Replacement:
    """An item that keeps every constraint, and the form's deviation from the target with it, in milli-points."""

    candidate: Candidate
    deviation_milli: int


def equivalents(
    blueprint: Blueprint,
    forms: Mapping[Form, Sequence[Candidate]],
    letter: Form,
    position: int,
    candidates: Sequence[Candidate],
    target: Target,
) -> list[Replacement]:
    """The replacements for the item at ``position`` (from 1) of a form that keep every constraint, best first: the
    least used before, then the nearest to the target.

    Raises:
        IndexError: the form has no such position.
    """
    form = list(forms[letter])
    if not 1 <= position <= len(form):
        raise IndexError(position)
    out = form[position - 1]
    kept = [one for one in form if one.code != out.code]
    if out.case:
        # A case is exchanged whole or not at all (``cases.may_swap``).
        return []
    taken = {one.code for chosen in forms.values() for one in chosen}
    alone = (one for one in candidates if usable(blueprint, one) and not one.case)
    fresh = [one for one in alone if one.cell == out.cell and one.code not in taken]
    fitting = _fitting(blueprint, kept, fresh)
    worth = targets.worth(blueprint, [*kept, *fitting], target.pass_ability_milli)
    off = abs(worth[: len(kept)].sum(axis=0) + worth[len(kept) :] - target.sums).max(axis=1).tolist()
    found = [Replacement(one, -(-size // targets.FINE)) for one, size in zip(fitting, off, strict=True)]
    return sorted(found, key=lambda one: (one.candidate.used, one.deviation_milli, one.candidate.code))


def _fitting(blueprint: Blueprint, kept: Sequence[Candidate], fresh: Sequence[Candidate]) -> list[Candidate]:
    """The items that, joined to the rest of the form, keep every row."""
    everybody = [*kept, *fresh]
    rows = rows_of(blueprint, everybody, range(len(everybody)))
    legal = set(range(len(kept), len(everybody)))
    for row in rows:
        members = set(row.members)
        inside = sum(place < len(kept) for place in members)
        if inside + 1 > row.most:
            legal -= members
        if inside < row.least:
            legal &= members
    return [everybody[place] for place in sorted(legal)]
