"""HTML routes of the list of papers, and of what was opened outside the usual way."""

from dataclasses import asdict
from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import clock, rendering, settings
from service.kernel.database import Reading
from service.papers import queries
from service.papers.actions import listing, looking
from service.papers.pages.words import WORDS
from service.papers.rules import blueprint
from service.papers.rules.states import PaperState
from service.papers.shapes.jobs import JobShape
from service.papers.shapes.listing import Asked
from service.programme.queries import classes as programme

router = APIRouter()


@router.get("/papers")
def papers(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.PAPERS_VIEW)],
    asked: Asked,
) -> Response:
    """Papers by class, the classes that still need one, and the blueprints with their settings."""
    lines = {line.training_class.id: line for line in programme.visible(session, actor)}
    served = {paper.class_id for paper in queries.papers(session) if paper.state != PaperState.REJECTED}
    rows = {role: queries.blueprint(session, role) for role in TraineeRole}
    context = {
        **WORDS,
        "found": listing.lines(session, actor, asked),
        "asked": asked,
        "query": {name: value for name, value in asdict(asked).items() if value},
        "years": sorted({line.training_class.plan_year for line in lines.values()}),
        "jobs": [JobShape.of(job, clock.now(), rendering.language_of(request)) for job in queries.jobs(session, 5)],
        "waiting": [line for class_id, line in lines.items() if class_id not in served],
        "blueprints": {role: (row, blueprint.parse(row.body)) if row else None for role, row in rows.items()},
        "may_assemble": holds(actor, Right.PAPERS_ASSEMBLE),
        "may_choose_seed": settings.current().environment is not settings.Environment.PRODUCTION,
    }
    return rendering.page(request, "papers/papers.html", context, actor=actor)


@router.get("/papers/break-glass")
def break_glass(request: Request, session: Reading, actor: Annotated[Actor, may(Right.PAPERS_SEEN)]) -> Response:
    """Every opening outside the usual way, of all papers."""
    lines = {line.training_class.id: line.training_class for line in programme.visible(session, actor)}
    context = {"found": looking.all_broken(session), "classes": lines}
    return rendering.page(request, "papers/break_glass.html", context, actor=actor)
