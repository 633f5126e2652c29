"""Being on duty in a room: whoever acts as a proctor of a sitting passes here first, on pages and in the API alike."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, holds, touches
from service.kernel import clock, errors
from service.kernel.decision import Decision
from service.sittings import queries
from service.sittings.queries import SittingView, places, relieving
from service.sittings.rules import proctors
from service.sittings.rules.phases import Times
from service.sittings.rules.switching import Hand
from service.sittings.tables import Sitting


def require(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> Sitting:
    """The sitting, for whoever proctors it and may know of it by now.

    Raises:
        NotFound: no such sitting, or another's: a stranger cannot tell which.
        Refused: they were relieved.
        WrongState: it is cancelled, or its day has not come and rooms are told on the day.
    """
    require_reach(session, actor, sitting_id)
    sitting = queries.sitting(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()

    judge(session, actor, sitting, now=now).or_refuse()
    return sitting


def require_reach(session: Session, actor: Actor, sitting_id: int) -> None:
    """Refuse whoever does not proctor a sitting; who did until they were relieved is told so.

    Raises:
        NotFound: no such sitting, or another's. Refused: the actor was relieved.
    """
    using.require_right(actor, Right.SITTINGS_PROCTOR)
    subject = queries.subject(session, sitting_id)
    if not touches(actor, Right.SITTINGS_PROCTOR, subject):
        for one in relieving.reliefs(session, sitting_id):
            if one.person_id == actor.person_id and one.relieved_at is not None:
                proctors.turned_away(one.relieved_at, one.relief_reason or "").or_refuse()
    using.require_reach(actor, Right.SITTINGS_PROCTOR, subject)


def hand_of_clock(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> Hand:
    """As whom somebody may touch a room's clock: a proctor of the sitting, or whoever arranges exams.

    Raises:
        RightMissing, NotFound: neither. Refused, WrongState: as :func:`require` says.
    """
    using.require_right(actor, Right.SITTINGS_CLOCK)
    subject = queries.subject(session, sitting_id)
    if Duty.ARRANGE not in actor.duties or touches(actor, Right.SITTINGS_PROCTOR, subject):
        require(session, actor, sitting_id, now=now)
        return Hand.PROCTOR

    using.require_reach(actor, Right.SITTINGS_CLOCK, subject)
    sitting = queries.sitting(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()
    judge(session, actor, sitting, now=now).or_refuse()
    return Hand.ARRANGER


@dataclass(frozen=True, slots=True)
class Duties:
    """Somebody's sittings as a proctor, the next first: those they may enter by now, and those told on their day."""

    told: list[SittingView]
    hidden: list[SittingView]


def of_person(session: Session, actor: Actor, *, now: datetime) -> Duties:
    """What somebody proctors or has proctored, cancelled sittings aside."""
    told: list[SittingView] = []
    hidden: list[SittingView] = []
    for view in reversed(queries.views(session, proctor=actor.person_id or 0)):
        decision = judge(session, actor, view.sitting, now=now)
        if decision.allowed:
            told.append(view)
        elif decision.code == proctors.HIDDEN:
            hidden.append(view)
    return Duties(told, hidden)


def judge(session: Session, actor: Actor, sitting: Sitting, *, now: datetime) -> Decision:
    """Whether a proctor may enter a sitting's pages now."""
    return judge_time(session, actor, queries.planned(sitting), now, cancelled=sitting.cancelled_at is not None)


def judge_time(session: Session, actor: Actor, at: Times, now: datetime, *, cancelled: bool) -> Decision:
    """The same for a sitting that has been read already; who arranges the exam knows every room anyway.

    The rules of rooms are looked up before the day only: on the day every act at the door passes here.
    """
    hidden = proctors.before_the_day(at, now) and not holds(actor, Right.SITTINGS_ARRANGE)
    if hidden:
        hidden = places.rules_on(session, clock.local(at.starts_at).date()).allotment_hidden
    return proctors.may_enter(at, now, hidden=hidden, cancelled=cancelled)
