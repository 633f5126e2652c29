"""JSON routes of the security administrator: locks, lost second factors, and emergency duties by two."""

from typing import Annotated

from fastapi import APIRouter

from service.access.actions import emergencies, factors, guarding, vouching
from service.access.queries import emergencies as found
from service.access.rules.policy import Actor, Right
from service.access.shapes import doors as bodies
from service.access.shapes import guarding as shapes
from service.access.shapes import may
from service.kernel import clock
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing

router = APIRouter(prefix="/api/v1", tags=["access"])
Guardian = Annotated[Actor, may(Right.DUTIES_GRANT, fresh=True)]
Two = Annotated[Actor, may(Right.DUTIES_EMERGENCY, fresh=True)]
Noting = Annotated[Actor, may(Right.EMERGENCIES_SEEN, fresh=True)]


@router.delete("/accounts/{account_id}/locks")
def lift_locks(account_id: Identifier, session: Writing, actor: Guardian) -> shapes.Lifted:
    """Let an account be tried again from everywhere; the failures so far are forgotten."""
    return shapes.Lifted(places=guarding.lift_locks(session, actor, account_id, now=clock.now()))


@router.delete("/accounts/{account_id}/second-factor", status_code=204)
def reset_second_factor(account_id: Identifier, session: Writing, actor: Guardian) -> None:
    """Take all second factors from an account whose holder has lost them; its sessions end."""
    factors.reset(session, actor, account_id, now=clock.now())


@router.post("/accounts/{account_id}/activation-code", status_code=201, responses={409: {}})
def give_activation_code(account_id: Identifier, session: Writing, actor: Guardian) -> shapes.ActivationCode:
    """A code by which the person of an account wakes its duties, once the password is their own; shown only now."""
    return shapes.ActivationCode(code=vouching.give_code(session, actor, account_id, now=clock.now()))


@router.delete("/accounts/{account_id}/sessions")
def end_sessions(account_id: Identifier, session: Writing, actor: Guardian) -> bodies.Ended:
    """End all sessions of an account at once, whoever holds them."""
    return bodies.Ended(ended=guarding.end_sessions(session, actor, account_id, now=clock.now()))


@router.get("/emergency-duties")
def list_emergencies(session: Reading, _: Annotated[Actor, may(Right.EMERGENCIES_VIEW)]) -> list[shapes.EmergencyShape]:
    """The newest emergency duties, whatever became of them, and every older one that nobody has taken note of."""
    return [shapes.EmergencyShape.of(line.row, line.seen) for line in found.lines(session)]


@router.post("/emergency-duties", status_code=201)
def ask_emergency(body: shapes.AskEmergency, session: Writing, actor: Two) -> shapes.EmergencyShape:
    """Ask that an account be charged with a duty for some minutes; a second administrator has to confirm."""
    row = emergencies.ask(session, actor, body.account_id, body.duty, body.minutes, body.reason, now=clock.now())
    return shapes.EmergencyShape.of(row)


@router.post("/emergency-duties/{emergency_id}/decision")
def decide_emergency(
    emergency_id: Identifier, body: shapes.DecideEmergency, session: Writing, actor: Two
) -> shapes.EmergencyShape:
    """Confirm an emergency duty, which then holds for its minutes, or turn it down."""
    row = emergencies.decide(session, actor, emergency_id, confirm=body.confirm, now=clock.now())
    return shapes.EmergencyShape.of(row)


@router.post("/emergency-duties/{emergency_id}/seen")
def see_emergency(
    emergency_id: Identifier, body: shapes.SeeEmergency, session: Writing, actor: Noting
) -> shapes.EmergencyShape:
    """Take note of an emergency duty that is over, with a remark; nobody who asked for it, decided on it or had it."""
    seen = emergencies.see(session, actor, emergency_id, body.remark, now=clock.now())
    row = found.emergency(session, emergency_id)
    assert row is not None
    return shapes.EmergencyShape.of(row, seen)
