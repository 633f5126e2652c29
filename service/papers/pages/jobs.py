"""The page of one job: how far it is, and what came of it."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading
from service.papers import queries
from service.papers.pages.words import WORDS, subjects, titles
from service.papers.rules import jobs as rules
from service.papers.shapes.jobs import JobShape
from service.programme.queries import classes as programme

router = APIRouter()


@router.get("/papers/jobs/{code}")
def job(request: Request, code: str, session: Reading, actor: Annotated[Actor, may(Right.PAPERS_VIEW)]) -> Response:
    """A job with its progress; a reload shows the same, for the table keeps it."""
    found = queries.job(session, code)
    if found is None:
        raise errors.NotFound()
    tongue = rendering.language_of(request)
    shape = JobShape.of(found, clock.now(), tongue)
    lines = {line.training_class.id: line.training_class for line in programme.visible(session, actor)}
    context = {
        **WORDS,
        "job": shape,
        "waits": shape.state in rules.WAITING,
        "classes": [lines[one] for one in found.class_ids if one in lines],
        "papers": [paper for one in shape.result.get("papers", ()) if (paper := queries.paper(session, one))],
        "lines": lines,
        "titles": titles(session, tongue),
        "subjects": subjects(session, tongue),
        "blueprint": queries.any_blueprint(session, found.blueprint_ids[0]) if found.blueprint_ids else None,
        "may_assemble": holds(actor, Right.PAPERS_ASSEMBLE),
    }
    return rendering.page(request, "papers/job.html", context, actor=actor)
