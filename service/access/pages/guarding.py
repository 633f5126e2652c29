"""HTML route for emergency duties."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access import queries
from service.access.queries import emergencies
from service.access.rules import administrators
from service.access.rules.duties import ADMINISTRATORS, DUTY_NAMES
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.access.tables import Account, Person
from service.access.tables.doors import EmergencyDuty
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.kernel.decision import Decision

router = APIRouter(include_in_schema=False)


@router.get("/emergency")
def emergency(request: Request, session: Reading, actor: Annotated[Actor, may(Right.DUTIES_EMERGENCY)]) -> Response:
    """Emergency duties: asking for one, and deciding on what somebody else has asked for."""
    accounts = queries.accounts(session)
    people = {account.id: (account, person) for account, person, _ in accounts}
    context = {
        "accounts": [row for row in accounts if row[0].active and row[1].id != actor.person_id],
        "rows": [
            (row, people[row.account_id][1].name, _decision(actor, row, *people[row.account_id]))
            for row in emergencies.emergencies(session)
        ],
        "duty_names": DUTY_NAMES,
        "never": ADMINISTRATORS,
        "least": administrators.SHORTEST_MINUTES,
        "most": administrators.LONGEST_MINUTES,
    }
    return rendering.page(request, "access/emergency.html", context, actor=actor)


def _decision(actor: Actor, row: EmergencyDuty, _: Account, person: Person) -> Decision:
    return administrators.may_decide(
        actor.person_id or 0,
        asker=row.asked_by,
        receiver=person.id or 0,
        decided=row.decided_at is not None,
        asked_at=row.asked_at,
        now=clock.now(),
    )
