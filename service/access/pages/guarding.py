"""HTML route for emergency duties."""

from datetime import datetime
from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access import queries
from service.access.actions.emergencies import judge_seeing
from service.access.queries import emergencies
from service.access.queries.emergencies import Line
from service.access.rules import administrators
from service.access.rules.duties import ADMINISTRATORS, DUTY_NAMES
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.kernel.decision import Decision

router = APIRouter(include_in_schema=False)


@router.get("/emergency")
def emergency(request: Request, session: Reading, actor: Annotated[Actor, may(Right.EMERGENCIES_VIEW)]) -> Response:
    """Emergency duties: asking for one, deciding on what somebody else asked for, taking note of what is over."""
    asks, now = holds(actor, Right.DUTIES_EMERGENCY), clock.now()
    accounts = queries.accounts(session) if asks else []
    context = {
        "asks": asks,
        "notes": holds(actor, Right.EMERGENCIES_SEEN),
        "accounts": [row for row in accounts if row[0].active and row[1].id != actor.person_id],
        "rows": [
            (line, _decision(actor, line, now), judge_seeing(line, actor, now)) for line in emergencies.lines(session)
        ],
        "duty_names": DUTY_NAMES,
        "never": ADMINISTRATORS,
        "least": administrators.SHORTEST_MINUTES,
        "most": administrators.LONGEST_MINUTES,
        "remark": (administrators.SHORTEST_REMARK, administrators.LONGEST_REMARK),
    }
    return rendering.page(request, "access/emergency.html", context, actor=actor)


def _decision(actor: Actor, line: Line, now: datetime) -> Decision:
    return administrators.may_decide(
        actor.person_id or 0,
        asker=line.row.asked_by,
        receiver=line.holder.id or 0,
        decided=line.row.decided_at is not None,
        asked_at=line.row.asked_at,
        now=now,
    )
