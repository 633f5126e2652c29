"""Asking for the Safe Exam Browser: the configuration is made, and its key is what every request must prove."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing, settings
from service.sittings import queries
from service.sittings.rules import seb
from service.sittings.rules.phases import Phase, phase
from service.sittings.tables import Sitting


def require_browser(session: Session, actor: Actor, sitting_id: int, required: bool, *, now: datetime) -> Sitting:
    """Ask for the Safe Exam Browser in a sitting, or no longer. Asked for anew it is another configuration, and the
    files made before are worth nothing.

    Raises:
        WrongState: the exam has begun; whoever sits in another browser would be shut out in the middle of it.
    """
    sitting = queries.sitting(session, sitting_id, lock=True)
    if sitting is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    if phase(queries.times_of(sitting, now), now) not in {Phase.PLANNED, Phase.CHECK_IN}:
        raise errors.WrongState("exam_has_begun", "考试已经开始，不能再更改浏览器要求。")

    base = settings.current().public_url.rstrip("/")
    secret = sealing.token()
    wanted = seb.settings_for(f"{base}/exam", f"{base}/exam/done", sitting_id=sitting_id, secret=secret)
    made = seb.configuration(wanted)
    sitting.seb_config = made if required else None
    sitting.seb_config_key = seb.config_key(made) if required else ""
    session.add(sitting)
    session.flush()

    data = {"required": required, "config_key": sitting.seb_config_key}
    record(session, Event.SEB_CONFIGURED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return sitting
