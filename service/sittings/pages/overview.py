"""The bureau's page of an exam day: every exam point and room at a glance."""

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, language, rendering
from service.kernel.database import Reading
from service.papers.rules import states
from service.sittings.queries import places
from service.sittings.rules import phases, seats
from service.sittings.shapes import bodies, overview

router = APIRouter(include_in_schema=False)
NAMES: Mapping[str, Mapping[Any, str]] = {"phase": phases.PHASE_NAMES, "state": seats.STATE_NAMES}


@router.get("/exam-day")
def exam_day(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.SITTINGS_VIEW)],
    day: bodies.Day | None = None,
) -> HTMLResponse:
    """All exam points and rooms of a day, today where none is named; the page keeps itself up to date."""
    day, tongue = day or clock.today(), rendering.language_of(request)
    context = {
        "shown": overview.exam_day(session, actor, day, "", clock.now()),
        "today": clock.today(),
        "opens_before": int(states.OPENS_BEFORE.total_seconds() // 60),
        "proctors": places.rules_on(session, day).proctors,
        "names": {
            group: {code: language.say(tongue, word) for code, word in words.items()} for group, words in NAMES.items()
        },
    }
    return rendering.page(request, "sittings/exam_day.html", context, actor=actor)
