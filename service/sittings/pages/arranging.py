"""HTML routes for arranging: exam points, sittings, proctors, seats."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access import queries as access
from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import errors, rendering
from service.kernel.database import Reading
from service.kernel.decision import first_refusal
from service.papers import queries as papers
from service.papers.rules.states import STATE_NAMES as PAPER_STATE_NAMES
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.actions import enrolling
from service.sittings.rules import phases
from service.sittings.rules.phases import PHASE_NAMES
from service.sittings.shapes import views

router = APIRouter(include_in_schema=False)


@router.get("/sittings")
def sittings(request: Request, session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_VIEW)]) -> Response:
    """All sittings the caller may see; for arrangers also exam points and what still needs a sitting."""
    arranging = holds(actor, Right.SITTINGS_ARRANGE)
    context = {
        "sittings": views.sittings(session, actor),
        "phases": PHASE_NAMES,
        "paper_states": PAPER_STATE_NAMES,
        "arranging": arranging,
        "rooms": queries.exam_points(session) if arranging else [],
        "classes": [
            (line.training_class, papers.paper_of_class(session, line.training_class.id or 0))
            for line in (programme.visible(session, actor) if arranging else [])
        ],
    }
    return rendering.page(request, "sittings/sittings.html", context, actor=actor)


@router.get("/sittings/{sitting_id}")
def sitting(
    request: Request, sitting_id: int, session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
) -> Response:
    """One sitting: its proctors and who else could be one, its seats and who may not have one."""
    row = queries.sitting(session, sitting_id)
    if row is None:
        raise errors.NotFound()
    decisions = enrolling.judge_enrolment(session, row.class_id)
    roster = programme.roster(session, row.class_id)
    context = {
        "sitting": views.sitting(session, sitting_id),
        "phases": PHASE_NAMES,
        "pool": _pool(session, row.class_id, queries.proctors(session, sitting_id)),
        "needed": phases.PROCTORS,
        "seats": [(seat, decisions.get(seat.trainee_id)) for seat in queries.seats_of(session, sitting_id)],
        "lines": {line.trainee.id: line for line in roster},
        "waiting": [
            (line, decisions[line.trainee.id or 0])
            for line in roster
            if decisions[line.trainee.id or 0].code != "seat_exists"
        ],
    }
    return rendering.page(request, "sittings/sitting.html", context, actor=actor)


def _pool(session: Reading, class_id: int, assigned: frozenset[int]) -> list[tuple[object, ...]]:
    """Every account with the proctor's duty, and whether separation lets the person proctor this class."""
    duties = access.duties_by_account(session)
    subject = f"class:{class_id}"
    return [
        (account, person, body, first_refusal(*using.may_use_duty(session, person.id or 0, Duty.PROCTOR, subject)))
        for account, person, body in access.accounts(session)
        if Duty.PROCTOR in duties.get(account.id or 0, []) and person.id not in assigned
    ]
