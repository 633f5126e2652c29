"""Voiding by two of a result obtained elsewhere: one proposes that it be void, or valid again, and another decides.

There is no incident of ours to rest on, so the reason is in words: what the other platform wrote, or found.
"""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.results import rules
from service.results.actions import editing
from service.results.queries import elsewhere as queries
from service.results.rules import Standing, VoidingState
from service.results.rules.editions import Cause, Hands
from service.results.rules.elsewhere import FileState
from service.results.tables import ExternalVoiding


def propose(
    session: Session, actor: Actor, external_id: int, wanted: Standing, reason: str, *, now: datetime
) -> ExternalVoiding:
    """Propose that a confirmed result from elsewhere be void, or valid again.

    Raises:
        NotFound: no such result, or its file is not confirmed. WrongState: it is so already, or a proposal waits.
        Refused: the person proctored, taught or publishes the class.
    """
    line = queries.line(session, external_id)
    if line is None or line.file.state != FileState.CONFIRMED:
        raise errors.NotFound()

    using.require_right(actor, Right.RESULTS_CONFIRM)

    rules.may_propose(line.verdict, wanted, undecided=line.waiting is not None, terminated=False).or_refuse()
    using.use_duty(session, actor, Duty.CONFIRM, f"class:{line.external.class_id}", now=now)

    assert actor.person_id is not None
    made = ExternalVoiding(
        external_id=external_id, wanted=wanted, reason=reason, proposed_at=now, proposed_by=actor.person_id
    )
    session.add(made)
    session.flush()

    data = _data(made) | {"reason": sealing.digest(reason.encode())}
    record(session, Event.EXTERNAL_VOID_PROPOSED, actor.label, f"class:{line.external.class_id}", now=now, data=data)
    return made


def decide(
    session: Session, actor: Actor, voiding_id: int, *, uphold: bool, note: str, now: datetime
) -> ExternalVoiding:
    """Decide a proposal; what is upheld brings a new edition.

    Raises:
        NotFound: no such proposal. WrongState: it has been decided already.
        Refused: the person proposed it, by whichever account, or confirms, proctored or taught the class.
    """
    made = queries.voiding(session, voiding_id)
    line = queries.line(session, made.external_id) if made is not None else None
    if made is None or line is None:
        raise errors.NotFound()
    class_id = line.external.class_id

    using.require_right(actor, Right.RESULTS_PUBLISH)

    state = VoidingState.UPHELD if uphold else VoidingState.REJECTED
    rules.may_decide(VoidingState(made.state), state).or_refuse()
    using.use_duty(session, actor, Duty.PUBLISH, f"class:{class_id}", now=now)

    assert actor.person_id is not None
    made.state, made.decided_at, made.decided_by, made.note = state, now, actor.person_id, note
    session.add(made)
    session.flush()

    data = _data(made) | {"upheld": uphold, "note": sealing.digest(note.encode())}
    record(session, Event.EXTERNAL_VOID_DECIDED, actor.label, f"class:{class_id}", now=now, data=data)
    if uphold:
        hands = Hands(made.proposed_by, made.proposed_at, actor.person_id, now)
        editing.publish_edition(session, actor.label, class_id, Cause.VOIDING, [], hands, reason=made.reason, now=now)
    return made


def _data(made: ExternalVoiding) -> dict[str, object]:
    return {"voiding": made.id, "external": made.external_id, "wanted": made.wanted}
