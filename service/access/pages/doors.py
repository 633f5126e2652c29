"""HTML routes for one's own second factors and sessions."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access import shapes
from service.access.actions import passkeys
from service.access.actions.sessions import name_of
from service.access.queries import doors
from service.access.rules import devices, proofs
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, errors, rendering, sealing, settings
from service.kernel.database import Reading

router = APIRouter(include_in_schema=False)


@router.get("/second-factor")
def second_factor(request: Request, session: Reading, actor: Annotated[Actor, may(Right.SIGNED_IN)]) -> Response:
    """One's own authenticator, passkeys and recovery codes, with the forms that add and remove them."""
    account_id = _own(actor)
    context = {
        "totp": doors.totp(session, account_id),
        "passkeys": doors.passkeys(session, account_id),
        "left": len(doors.unused_codes(session, account_id)),
        "required": settings.current().asks_second_factor and bool(proofs.GUARDED & actor.duties),
        "passkeys_possible": passkeys.possible(),
    }
    return rendering.page(request, "access/second_factor.html", context, actor=actor)


@router.get("/devices")
def own_devices(request: Request, session: Reading, actor: Annotated[Actor, may(Right.SIGNED_IN)]) -> Response:
    """Where one is signed in, and ending it."""
    account_id, digest = _own(actor), sealing.digest(shapes.session_token(request).encode())
    context = {
        "rows": [
            {
                "name": name_of(row),
                "here": row.token_digest == digest,
                "browser": devices.browser_name(row.browser),
                "system": devices.system_name(row.browser),
                "address": row.address,
                "began_at": row.began_at,
                "seen_at": row.seen_at or row.began_at,
                "factor": proofs.FACTOR_NAMES[proofs.Factor(row.factor)],
            }
            for row in doors.sessions_of(session, account_id, clock.now())
        ],
        "hours": settings.current().session_hours,
        "minutes": settings.current().idle_minutes,
    }
    return rendering.page(request, "access/devices.html", context, actor=actor)


def _own(actor: Actor) -> int:
    if actor.account_id is None:
        raise errors.NotFound()
    return actor.account_id
