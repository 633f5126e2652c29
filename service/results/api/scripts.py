"""JSON routes of marking by people: what waits, the next script, one's own marks, and all marks of a class."""

from typing import Annotated

from fastapi import APIRouter, Request

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.results.actions import grading, overseeing
from service.results.shapes.scripts import DeskShape, MarkedShape, NewMark, NextShape, OwnMarkShape, QueueShape

router = APIRouter(prefix="/results/scripts")
Marking = Annotated[Actor, may(Right.RESULTS_MARK)]


@router.get("/queues")
def list_queues(request: Request, session: Reading, actor: Marking) -> list[QueueShape]:
    """The classes with free texts to mark, those with something open first."""
    return [QueueShape.of(rendering.language_of(request), one) for one in overseeing.queues(session, actor)]


@router.post("/classes/{class_id}/next")
def next_script(request: Request, class_id: Identifier, session: Writing, actor: Marking) -> NextShape:
    """Be handed the next text of a class; the same one again until it is marked or half an hour has passed."""
    desk = grading.take_next(session, actor, class_id, now=clock.now())
    return NextShape(
        desk=DeskShape.of(desk) if desk is not None else None,
        queue=QueueShape.of(rendering.language_of(request), overseeing.queue(session, actor, class_id)),
    )


@router.get("/classes/{class_id}/own")
def list_own_marks(class_id: Identifier, session: Reading, actor: Marking) -> list[OwnMarkShape]:
    """One's own last twenty marks of a class, the newest first."""
    return [OwnMarkShape.of(*one) for one in overseeing.latest(session, actor, class_id)]


@router.post("/{script_id}/second-looks")
def look_again(script_id: Identifier, session: Writing, actor: Marking) -> DeskShape:
    """A text that one has marked, to amend the mark while no other is in; the look goes on record."""
    return DeskShape.of(grading.look_again(session, actor, script_id, now=clock.now()))


@router.post("/{script_id}/marks")
def put_mark(script_id: Identifier, body: NewMark, session: Writing, actor: Marking) -> OwnMarkShape:
    """Put down a mark, or amend one's own; the same nonce is the same mark."""
    mark = grading.put_mark(session, actor, script_id, body.given, body.nonce, now=clock.now())
    return OwnMarkShape.of(*overseeing.own_mark(session, mark))


@router.post("/classes/{class_id}/readings")
def read_marks(
    class_id: Identifier, session: Writing, actor: Annotated[Actor, may(Right.RESULTS_MARKS)]
) -> list[MarkedShape]:
    """All marks of a class, without texts and names of candidates; reading them goes on record."""
    return [MarkedShape.of(one) for one in overseeing.read_marks(session, actor, class_id, now=clock.now())]
