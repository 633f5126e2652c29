"""The desk's page of cases: what the doors of a day could not simply accept, and the form that closes it."""

from datetime import date
from enum import StrEnum
from typing import Annotated

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.access.actions import using
from service.access.rules.policy import Actor, Right, Subject, holds
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.sittings.actions import cases
from service.sittings.queries import acts, overview
from service.sittings.rules.cases import OUTCOME_NAMES
from service.sittings.rules.door import ACT_NAMES
from service.sittings.rules.seats import REFUSAL_NAMES
from service.sittings.shapes.door import CaseShape

router = APIRouter(include_in_schema=False)


class Show(StrEnum):
    OPEN = "open"
    CLOSED = "closed"
    ALL = "all"


@router.get("/exam-day/cases")
def cases_of_day(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.SITTINGS_VIEW)],
    day: date | None = None,
    show: Show = Show.OPEN,
) -> HTMLResponse:
    """The cases of a day by room, today where none is named; whoever arranges exams closes them here, with a reason."""
    using.require_reach(actor, Right.SITTINGS_VIEW, Subject())
    day, now, tongue = day or clock.today(), clock.now(), rendering.language_of(request)
    views = {one.view.sitting.id or 0: one.view for one in overview.rooms_of_day(session, day, now)}
    found = [
        (views[sitting_id], CaseShape.of(one, tongue))
        for sitting_id in acts.with_cases(session, views)
        for one in cases.list_cases(session, actor, sitting_id, now=now)
    ]
    wanted = {Show.OPEN: (True,), Show.CLOSED: (False,), Show.ALL: (True, False)}[show]
    context = {
        "day": day,
        "show": show,
        "found": [(view, case) for view, case in found if (case.closed_at is None) in wanted],
        "waiting": sum(case.closed_at is None for _, case in found),
        "all": len(found),
        "outcome_names": OUTCOME_NAMES,
        "act_names": ACT_NAMES,
        "refusal_names": REFUSAL_NAMES,
        "closing": holds(actor, Right.SITTINGS_ARRANGE),
    }
    return rendering.page(request, "sittings/cases.html", context, actor=actor)
