"""Marking by people: the classes that wait, the desk with text and rubric, and all marks of a class."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.programme.tables import TrainingClass
from service.results.actions import overseeing
from service.results.rules import written as rules
from service.results.rules.written import SETTLED_NAMES
from service.results.shapes.scripts import MarkedShape

router = APIRouter(prefix="/results/scripts", include_in_schema=False)
Marking = Annotated[Actor, may(Right.RESULTS_MARK)]


@router.get("")
def queues(request: Request, session: Reading, actor: Marking) -> Response:
    """The classes with free texts to mark, and how far each is."""
    context = {"queues": overseeing.queues(session, actor)}
    return rendering.page(request, "results/script_queues.html", context, actor=actor)


@router.get("/classes/{class_id}")
def desk(request: Request, class_id: Identifier, session: Reading, actor: Marking) -> Response:
    """A desk without any text; the browser asks for the next one, which hands it over."""
    minutes = int(rules.KEPT_FOR.total_seconds() // 60)
    context = {"queue": overseeing.queue(session, actor, class_id), "minutes": minutes}
    return rendering.page(request, "results/script_desk.html", context, actor=actor)


@router.get("/classes/{class_id}/marks")
def marks(
    request: Request, class_id: Identifier, session: Writing, actor: Annotated[Actor, may(Right.RESULTS_MARKS)]
) -> Response:
    """All marks of a class; looking at them goes on record, so this page writes."""
    found = overseeing.read_marks(session, actor, class_id, now=clock.now())
    context = {
        "training_class": session.get_one(TrainingClass, class_id),
        "rows": [MarkedShape.of(one) for one in found],
        "settled_names": SETTLED_NAMES,
    }
    return rendering.page(request, "results/script_marks.html", context, actor=actor)
