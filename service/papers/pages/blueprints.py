"""HTML routes of blueprints: all versions, and one as a table with the bank's stock beside each cell."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.access import queries as access
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading
from service.papers import queries
from service.papers.actions import checking, drafting
from service.papers.pages.words import WORDS, subjects, titles
from service.papers.rules import blueprint
from service.papers.rules.differences import differences
from service.papers.rules.versions import BlueprintState
from service.papers.shapes import changes
from service.papers.tables import Blueprint

router = APIRouter()
Viewing = Annotated[Actor, may(Right.PAPERS_VIEW)]


@router.get("/papers/blueprints")
def blueprints(request: Request, session: Reading, actor: Viewing) -> Response:
    """All versions of all blueprints, by role."""
    rows = queries.blueprints(session)
    context = {
        **WORDS,
        "rows": {role: [row for row in rows if row.role == role] for role in TraineeRole},
        "parsed": {row.id: blueprint.parse(row.body) for row in rows},
        "people": access.people(session, {row.set_by for row in rows}),
        "may_assemble": holds(actor, Right.PAPERS_ASSEMBLE),
    }
    return rendering.page(request, "papers/blueprints.html", context, actor=actor)


@router.get("/papers/blueprints/{blueprint_id}")
def blueprint_version(request: Request, blueprint_id: int, session: Reading, actor: Viewing) -> Response:
    """One version: the table with what the bank has, what it changes, and the judgement of a second person."""
    row = queries.any_blueprint(session, blueprint_id)
    if row is None:
        raise errors.NotFound()
    parsed, before, tongue = blueprint.parse(row.body), _before(session, row), rendering.language_of(request)
    found = differences(blueprint.parse(before.body), parsed) if before else ()
    context = {
        **WORDS,
        "row": row,
        "parsed": parsed,
        "before": before,
        "changes": changes.changes(session, found, tongue),
        "held": checking.held(session, parsed, clock.today()),
        "needed": checking.forms_wanted(session, actor, row.role),
        "titles": titles(session, tongue),
        "subjects": subjects(session, tongue),
        "people": access.people(session, {one for one in (row.set_by, row.judged_by) if one is not None}),
        "approving": holds(actor, Right.PAPERS_APPROVE),
        "approval": drafting.may_judge(session, actor, row),
        "may_assemble": holds(actor, Right.PAPERS_ASSEMBLE),
    }
    return rendering.page(request, "papers/blueprint_version.html", context, actor=actor)


def _before(session: Session, row: Blueprint) -> Blueprint | None:
    """What a version is compared with: a draft with the one in force, which it would replace, else the one before."""
    if row.state == BlueprintState.DRAFTED and (in_force := queries.blueprint(session, row.role)) is not None:
        return in_force
    rows = [one for one in queries.blueprints(session) if one.role == row.role and one.number < row.number]
    return max(rows, key=lambda one: one.number, default=None)
