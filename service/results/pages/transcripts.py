"""Copying answer sheets: the queue, an empty sheet to be filled by keyboard, and both entries for a third person."""

from typing import Annotated, Any

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.papers.rules import answers
from service.results.actions import sheet_desks
from service.results.actions.sheet_desks import Desk
from service.sittings.rules import on_paper as rules
from service.sittings.rules.room import MOST_PHOTOS

router = APIRouter(prefix="/results/transcriptions", include_in_schema=False)
Transcribing = Annotated[Actor, may(Right.RESULTS_TRANSCRIBE)]


@router.get("")
def queue(request: Request, session: Reading, actor: Transcribing) -> Response:
    """The sheets within reach, and what the caller may do with each."""
    context = {
        "found": sheet_desks.queue(session, actor),
        "stages": rules.PAPER_STAGE_NAMES,
        "person_id": actor.person_id,
    }
    return rendering.page(request, "results/transcriptions.html", context, actor=actor)


@router.get("/{sheet_id}")
def desk(request: Request, sheet_id: Identifier, session: Reading, actor: Transcribing) -> Response:
    """An empty sheet: numbers, kinds and letters, and nothing that is asked."""
    found = sheet_desks.desk(session, actor, sheet_id)
    context = _shared(found) | {"mine": found.waiting.view.mine(actor.person_id)}
    return rendering.page(request, "results/transcription.html", context, actor=actor)


@router.get("/{sheet_id}/comparison")
def comparison(request: Request, sheet_id: Identifier, session: Writing, actor: Transcribing) -> Response:
    """Both entries beside each other; looking at them goes on record, so this page writes."""
    found = sheet_desks.compare(session, actor, sheet_id, now=clock.now())
    context = _shared(found.desk) | {
        "first": found.first,
        "second": found.second,
        "differing": [one for one in found.rows if one.differs],
        "alike": [one for one in found.rows if not one.differs],
    }
    return rendering.page(request, "results/transcription_comparison.html", context, actor=actor)


def _shared(found: Desk) -> dict[str, Any]:
    sitting = found.waiting.view.sitting
    return {
        "desk": found,
        "one": found.waiting,
        "kinds": answers.NAMES,
        "typed": set(answers.LONGEST),
        "longest": answers.LONGEST,
        "stages": rules.PAPER_STAGE_NAMES,
        "rule": rules.precedence(clock.local(sitting.starts_at).date()),
        "most_photos": MOST_PHOTOS,
    }
