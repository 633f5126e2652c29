"""JSON routes at the door: looking at tickets, admitting, refusing."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors, language, rendering
from service.kernel.database import Reading, Writing
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.actions import checking_in
from service.sittings.shapes import bodies as shapes

router = APIRouter()
Proctoring = Annotated[Actor, may(Right.SITTINGS_PROCTOR)]


@router.post("/sittings/{sitting_id}/scans")
def scan(
    request: Request, sitting_id: int, body: shapes.ScanTicket, session: Writing, actor: Proctoring
) -> shapes.CardShape:
    """Look at a ticket: who it belongs to, and whether that person may be admitted now."""
    card = checking_in.scan_ticket(session, actor, sitting_id, body.text, body.nonce, now=clock.now())
    reason = language.say(rendering.language_of(request), card.decision.reason, card.decision.values)
    return shapes.CardShape.of(card, reason)


@router.post("/sittings/seats/{seat_id}/admission")
def admission(seat_id: int, body: shapes.Admission, session: Writing, actor: Proctoring) -> dict[str, bool]:
    """Admit a candidate whose identity is confirmed, or refuse with a coded reason."""
    if body.admit:
        checking_in.admit(session, actor, seat_id, now=clock.now())
    elif body.reason is None:
        raise errors.Malformed("refusal_reason_missing", "拒绝入场必须选择原因。")
    else:
        checking_in.turn_away(session, actor, seat_id, body.reason, body.note, now=clock.now())
    return {"admitted": body.admit}


@router.get("/sittings/seats/{seat_id}/photo")
def photo(seat_id: int, session: Reading, actor: Proctoring) -> Response:
    """The photo of a candidate, for the proctors of the sitting."""
    seat = queries.seat(session, seat_id)
    if seat is None:
        raise errors.NotFound()
    using.require_reach(actor, Right.SITTINGS_PROCTOR, queries.subject(session, seat.sitting_id))
    found = programme.photo(session, seat.trainee_id)
    if found is None:
        raise errors.NotFound()
    return Response(found[0], media_type=found[1], headers={"Cache-Control": "no-store"})
