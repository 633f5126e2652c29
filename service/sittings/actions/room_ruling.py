"""The rules of rooms: a new one from a day on, and taking back one that has not begun."""

from datetime import date, datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors
from service.sittings.queries import places as queries
from service.sittings.rules import places as rules
from service.sittings.rules.places import Rules
from service.sittings.tables import RoomRule


def set_room_rule(session: Session, actor: Actor, wanted: Rules, *, now: datetime) -> RoomRule:
    """Set rules of rooms from a day on; what is in force until then stays as it is.

    Raises:
        WrongState: the day has come already, or other rules begin on it.
    """
    using.require_right(actor, Right.SITTINGS_ARRANGE)

    known = {one.effective_on for one in queries.room_rules(session)}
    rules.may_begin(wanted.effective_on, clock.local(now).date(), known).or_refuse()

    rule = RoomRule(
        effective_on=wanted.effective_on,
        largest_room=wanted.largest_room,
        proctors=wanted.proctors,
        late_minutes=wanted.late_minutes,
        compensation_cap_minutes=wanted.compensation_cap_minutes,
        outage_cap_minutes=wanted.outage_cap_minutes,
        allotment_hidden=wanted.allotment_hidden,
        source=wanted.source,
    )
    session.add(rule)
    session.flush()

    data = {**rule.model_dump(), "effective_on": wanted.effective_on.isoformat()}
    record(session, Event.ROOM_RULE_SET, actor.label, f"room_rule:{wanted.effective_on}", now=now, data=data)
    return rule


def withdraw_room_rule(session: Session, actor: Actor, effective_on: date, *, now: datetime) -> None:
    """Take back rules that have not begun.

    Raises:
        NotFound: no rules begin on that day. WrongState: they are in force, or were.
    """
    rule = queries.room_rule(session, effective_on)
    if rule is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    rules.may_be_withdrawn(effective_on, clock.local(now).date()).or_refuse()

    session.delete(rule)
    session.flush()

    data = {"withdrawn": True}
    record(session, Event.ROOM_RULE_SET, actor.label, f"room_rule:{effective_on}", now=now, data=data)
