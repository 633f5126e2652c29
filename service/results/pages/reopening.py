"""HTML routes of sheets that are opened again: what waits for a second person, and one room's closed sheets."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions import using
from service.access.rules.policy import Actor, Reach, Right, reaches
from service.access.shapes import may
from service.kernel import clock, errors, rendering
from service.kernel.bounds import Identifier
from service.kernel.database import Reading
from service.results.actions import reopening as actions
from service.sittings import queries as sittings
from service.sittings.actions import on_duty
from service.sittings.queries import desks
from service.sittings.queries import reopening as queries
from service.sittings.rules import reopening as rules
from service.sittings.rules.seats import HANDED_IN_NAMES
from service.sittings.rules.switching import Hand

router = APIRouter(prefix="/results/reopenings", include_in_schema=False)
Reopening = Annotated[Actor, may(Right.SITTINGS_REOPEN)]
WORDS = {
    "reasons": rules.REOPEN_REASON_NAMES,
    "closings": HANDED_IN_NAMES,
    "most_away": int(rules.MOST_AWAY.total_seconds() // 60),
    "most_closed": int(rules.MOST_CLOSED.total_seconds() // 60),
}


@router.get("")
def reopenings(request: Request, session: Reading, actor: Reopening) -> Response:
    """All that the caller may know of, what waits for a second person first."""
    mine = None
    if Reach.ALL not in reaches(actor, Right.SITTINGS_REOPEN):
        mine = [view.sitting.id or 0 for view in on_duty.of_person(session, actor, now=clock.now()).told]
    context = {"found": queries.listed(session, mine), **WORDS}
    return rendering.page(request, "results/reopenings.html", context, actor=actor)


@router.get("/{sitting_id}")
def room(request: Request, sitting_id: Identifier, session: Reading, actor: Reopening) -> Response:
    """One room: which closed sheets may be opened again, what waits, and what was opened before."""
    now = clock.now()
    using.require_reach(actor, Right.SITTINGS_REOPEN, sittings.subject(session, sitting_id))
    view = sittings.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    hands = actions.hands_of(session, actor, view.sitting, now=now)
    seats = {one.id or 0: one for one in sittings.seats_of(session, sitting_id)}
    closed = []
    for seat in seats.values():
        if seat.handed_in_at is not None:
            sheet, marks = actions.standing_of(session, seat, view.sitting, now=now)
            closed.append((seat, sheet, rules.may_begin(hands, sheet, marks, now)))
    found = queries.listed(session, [sitting_id])
    waiting = [
        (
            one,
            *(
                actions.judge(
                    session, actor, one.row, seats[one.row.seat_id], view.sitting, hands, accept=accept, now=now
                )
                for accept in (True, False)
            ),
        )
        for one in found
        if one.row.decided_at is None
    ]
    context = {
        "view": view,
        "closed": closed,
        "open": [one for one in closed if one[2].allowed],
        "waiting": waiting,
        "found": [one for one in found if one.row.decided_at is not None],
        "people": desks.names(session, {one.person_id for one in seats.values()}),
        "proctoring": Hand.PROCTOR in hands,
        **WORDS,
    }
    return rendering.page(request, "results/reopening.html", context, actor=actor)
