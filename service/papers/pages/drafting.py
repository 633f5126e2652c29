"""The page on which an assembler drafts the next version of a blueprint: a table edited in the browser."""

from collections.abc import Mapping, Sequence
from typing import Annotated

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank.rules.items import CHOSEN, Kind
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading
from service.papers import queries
from service.papers.actions import checking
from service.papers.actions.checking import Held
from service.papers.pages.words import WORDS, subjects, titles
from service.papers.rules import blueprint, faults
from service.papers.rules.blueprint import CLOSED, KEYS, Axis, Blueprint
from service.papers.rules.versions import BlueprintState
from service.papers.tables import Blueprint as BlueprintRow

router = APIRouter()
# What an empty table begins with, and a kind that the version before did not ask; the points and figures of the
# blueprints that come with the bank.
BLANK_POINTS = {Kind.SINGLE: 2, Kind.MULTIPLE: 3, Kind.TRUE_FALSE: 1, Kind.FILL_IN: 2, Kind.WRITTEN: 10}
BLANK_MINUTES, BLANK_PASS = 90, 80


@router.get("/papers/blueprints/new")
def blueprint_editor(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.PAPERS_ASSEMBLE)],
    role: TraineeRole,
    base: Annotated[int | None, Query(ge=0, description="The version to begin from; 0 for an empty table.")] = None,
) -> Response:
    """The table of a role, filled from the version in force or from another one, with the bank's stock beside it."""
    row = _base(session, role, base)
    parsed, tongue = _parsed(role, row), rendering.language_of(request)
    held = checking.held(session, parsed, clock.today())
    newest = queries.newest_blueprint(session, role)
    context = {
        **WORDS,
        "role": role,
        "row": row,
        "parsed": parsed,
        "points": {**BLANK_POINTS, **parsed.points},
        "chosen": CHOSEN,
        "in_force": queries.blueprint(session, role),
        "waiting": newest if newest and newest.state == BlueprintState.DRAFTED else None,
        "held": held,
        "forms": checking.forms_wanted(session, actor, role),
        "titles": titles(session, tongue),
        "subjects": subjects(session, tongue),
        "regulations": _regulations(parsed, held),
        "axes_of": _axes(parsed, held, list(subjects(session, tongue))),
        "ranges": {(one.axis, one.value): one for one in faults.together(parsed)},
        "keys": {axis: key for key, axis in KEYS.items()},
        "owner": actor.label,
        "limits": {
            "source": faults.LONGEST_SOURCE,
            "uses": faults.MOST_USES,
            "rest": faults.MOST_REST_DAYS,
            "cases": faults.MOST_CASES,
        },
        "full": blueprint.FULL_POINTS,
    }
    return rendering.page(request, "papers/blueprint_editor.html", context, actor=actor)


def _base(session: Session, role: TraineeRole, base: int | None) -> BlueprintRow | None:
    """The version to begin from: the one that is named, else the one in force, else the newest.

    Raises:
        NotFound: there is none of that number, or it is another role's.
    """
    if base == 0:
        return None
    if base is None:
        return queries.blueprint(session, role) or queries.newest_blueprint(session, role)
    row = queries.any_blueprint(session, base)
    if row is None or row.role != role:
        raise errors.NotFound()
    return row


def _parsed(role: TraineeRole, row: BlueprintRow | None) -> Blueprint:
    if row is not None:
        return blueprint.parse(row.body)
    return Blueprint(role, BLANK_MINUTES, BLANK_PASS, BLANK_POINTS, {})


def _regulations(parsed: Blueprint, held: Held) -> list[str]:
    """The rows of the table: what the blueprint has, then whatever else the bank has for the role."""
    return list(dict.fromkeys([*(one for one, _ in parsed.cells), *sorted(one for one, _ in held.cells)]))


def _axes(parsed: Blueprint, held: Held, syllabus: Sequence[str]) -> Mapping[Axis, list[str]]:
    """The values that ranges may be set for: all that there are of closed axes, else those used or in the bank."""
    known = {(axis, value) for axis, value in held.known if value} | {(one.axis, one.value) for one in parsed.ranges}
    found: dict[Axis, list[str]] = {}
    for axis in Axis:
        named = sorted(value for other, value in known if other == axis)
        order = CLOSED.get(axis) or (syllabus if axis is Axis.SUBJECT else named)
        found[axis] = [
            *(one for one in order if axis in CLOSED or one in named),
            *(one for one in named if one not in order),
        ]
    return found
