"""HTML routes of blueprints: all versions, and one as a table with the bank's stock beside each cell."""

from collections import Counter
from collections.abc import Sequence
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
from service.papers.actions import drafting
from service.papers.actions.stock import gather
from service.papers.pages.words import WORDS, subjects, titles
from service.papers.rules import blueprint
from service.papers.rules.blueprint import Axis
from service.papers.rules.candidates import Candidate, usable
from service.papers.rules.differences import differences
from service.papers.tables import Blueprint
from service.programme.queries import classes as programme

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
    stock = [one for one in gather(session, [parsed], clock.today()).candidates if usable(parsed, one)]
    context = {
        **WORDS,
        "row": row,
        "parsed": parsed,
        "before": before,
        "changes": list(differences(blueprint.parse(before.body), parsed)) if before else [],
        "stock": Counter(one.cell for one in stock),
        "stock_of": _stock_by_axis(stock),
        "needed": max(1, _waiting(session, actor, row.role)) * 2,
        "titles": titles(session, tongue),
        "subjects": subjects(session, tongue),
        "people": access.people(session, {one for one in (row.set_by, row.judged_by) if one is not None}),
        "approving": holds(actor, Right.PAPERS_APPROVE),
        "approval": drafting.may_judge(session, actor, row),
        "may_assemble": holds(actor, Right.PAPERS_ASSEMBLE),
    }
    return rendering.page(request, "papers/blueprint_version.html", context, actor=actor)


def _before(session: Session, row: Blueprint) -> Blueprint | None:
    """The version that this one follows."""
    rows = [one for one in queries.blueprints(session) if one.role == row.role and one.number < row.number]
    return max(rows, key=lambda one: one.number, default=None)


def _stock_by_axis(stock: Sequence[Candidate]) -> Counter[tuple[Axis, str]]:
    return Counter((axis, value) for one in stock for axis in Axis for value in one.values(axis))


def _waiting(session: Session, actor: Actor, role: str) -> int:
    """How many classes of a role have no paper yet."""
    served = {paper.class_id for paper in queries.papers(session) if paper.state != "rejected"}
    lines = [line.training_class for line in programme.visible(session, actor)]
    return sum(one.role == role and one.id not in served for one in lines)
