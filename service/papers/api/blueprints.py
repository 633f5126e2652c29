"""JSON routes of blueprints: checking and drafting a version, reading all, approving one or sending it back."""

from typing import Annotated, Any

from fastapi import APIRouter, Request

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading, Writing
from service.papers import queries
from service.papers.actions import checking, drafting
from service.papers.shapes import blueprints as shapes
from service.papers.shapes.papers import Judge

router = APIRouter(prefix="/papers/blueprints")


@router.put("")
def draft_blueprint(
    body: dict[str, Any], session: Writing, actor: Annotated[Actor, may(Right.PAPERS_ASSEMBLE)]
) -> shapes.BlueprintShape:
    """Draft the next version of a role's blueprint, in the form of the files under ``question_bank/blueprints``."""
    return shapes.BlueprintShape.of(drafting.draft_blueprint(session, actor, body, now=clock.now()))


@router.post("/checks")
def check_blueprint(
    body: dict[str, Any], request: Request, session: Reading, actor: Annotated[Actor, may(Right.PAPERS_ASSEMBLE)]
) -> shapes.CheckShape:
    """What is wrong with a blueprint, what the bank has for it and what it would change; nothing is kept."""
    found = checking.check(session, actor, body, today=clock.today())
    return shapes.CheckShape.of(session, found, rendering.language_of(request))


@router.get("")
def list_blueprints(session: Reading, _: Annotated[Actor, may(Right.PAPERS_VIEW)]) -> list[shapes.BlueprintShape]:
    """All versions of all blueprints, newest first in each role."""
    return [shapes.BlueprintShape.of(row) for row in queries.blueprints(session)]


@router.get("/{blueprint_id}")
def read_blueprint(
    blueprint_id: int, session: Reading, _: Annotated[Actor, may(Right.PAPERS_VIEW)]
) -> shapes.BlueprintShape:
    """One version, whole."""
    row = queries.any_blueprint(session, blueprint_id)
    if row is None:
        raise errors.NotFound()
    return shapes.BlueprintShape.of(row)


@router.post("/{blueprint_id}/judgement")
def judge_blueprint(
    blueprint_id: int, body: Judge, session: Writing, actor: Annotated[Actor, may(Right.PAPERS_APPROVE)]
) -> shapes.BlueprintShape:
    """Approve a draft, which from then on is the blueprint in force, or send it back; refused to whoever drafted it."""
    row = drafting.judge_blueprint(
        session, actor, blueprint_id, approve=body.approve, reason=body.reason, now=clock.now()
    )
    return shapes.BlueprintShape.of(row)
