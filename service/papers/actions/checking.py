"""Checking a blueprint while it is being written: its sums, what the bank has for it, what it would change.

Nothing is kept and nothing is put on record; a version comes to be by drafting it.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.bank.rules.items import Kind
from service.papers import queries
from service.papers.actions import drafting
from service.papers.actions.stock import gather
from service.papers.rules import blueprint, candidates, cases
from service.papers.rules.blueprint import Axis, Blueprint, Cases
from service.papers.rules.candidates import Candidate
from service.papers.rules.differences import Difference, differences
from service.papers.rules.faults import BlueprintFault
from service.papers.rules.states import PaperState
from service.papers.tables import Blueprint as BlueprintRow
from service.programme.queries import classes as programme


@dataclass(frozen=True, slots=True)
class Held:
    """How many items the bank has: in every cell of the role, and by value among the cells that the blueprint uses.

    ``known`` are the values of all items of the role, whatever cell they are in; ``cases`` how many cases could be
    taken whole, if the blueprint took any.
    """

    cells: Counter[tuple[str, Kind]]
    values: Counter[tuple[Axis, str]]
    known: frozenset[tuple[Axis, str]]
    cases: int = 0


@dataclass(frozen=True, slots=True)
class Check:
    """A blueprint as it would be. ``forms`` are wanted at once; ``before`` is the version in force, if there is one."""

    blueprint: Blueprint
    faults: tuple[BlueprintFault, ...]
    forms: int
    held: Held
    before: BlueprintRow | None
    changes: tuple[Difference, ...]


def check(session: Session, actor: Actor, raw: Mapping[str, Any], *, today: date) -> Check:
    """What is to be said of a blueprint before it is drafted.

    Raises:
        Malformed: it cannot be read.
    """
    using.require_right(actor, Right.PAPERS_ASSEMBLE)

    parsed = drafting.read(raw)
    before = queries.blueprint(session, parsed.role)
    changes = differences(blueprint.parse(before.body), parsed) if before else ()
    return Check(
        parsed,
        tuple(drafting.faults_in(session, parsed)),
        forms_wanted(session, actor, parsed.role),
        held(session, parsed, today),
        before,
        tuple(changes),
    )


def held(session: Session, plan: Blueprint, today: date) -> Held:
    """What the bank has for a blueprint on a day, its exposure cap and rest period kept."""
    taking = replace(plan, cases=plan.cases if plan.cases.most else Cases(0, 1))
    stock = gather(session, [taking], today).candidates
    whole = cases.whole(stock, cases.usable_places(taking, stock))
    found = [one for one in stock if candidates.available(plan, one)]
    usable = [one for one in found if one.cell in plan.cells]
    return Held(Counter(one.cell for one in found), _by_value(usable), frozenset(_by_value(found)), len(whole))


def _by_value(found: Iterable[Candidate]) -> Counter[tuple[Axis, str]]:
    return Counter((axis, value) for one in found for axis in Axis for value in one.values(axis))


def forms_wanted(session: Session, actor: Actor, role: str) -> int:
    """An A and a B form for every class of a role that has no paper yet, or as if one waited."""
    served = {paper.class_id for paper in queries.papers(session) if paper.state != PaperState.REJECTED}
    lines = [line.training_class for line in programme.visible(session, actor)]
    return 2 * max(1, sum(one.role == role and one.id not in served for one in lines))
