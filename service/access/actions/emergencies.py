"""Emergency duties: asked for by one administrator, confirmed by another, for minutes, and on record throughout.

The glass breaks only the rule of who grants. That duties exclude each other holds here as everywhere. Once it is over
somebody else, who had no hand in it, takes note of it.
"""

from datetime import datetime, timedelta

from sqlmodel import Session

from service.access import queries
from service.access.actions import administering
from service.access.actions.using import require_right
from service.access.queries import emergencies
from service.access.rules import administrators, separation
from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.tables import Organisation
from service.access.tables.doors import EmergencyDuty, EmergencySeen
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision, not_now


def ask(
    session: Session, actor: Actor, account_id: int, duty: Duty, minutes: int, reason: str, *, now: datetime
) -> EmergencyDuty:
    """Ask that an account be charged with a duty for some minutes.

    Raises:
        NotFound: there is no such account. Refused: it is one's own, or the duty is one that it may not have.
    """
    account = queries.account(session, account_id)
    if account is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_EMERGENCY)

    assert actor.person_id is not None
    administrators.may_ask(actor.person_id, account.person_id, duty).or_refuse()
    organisation = session.get_one(Organisation, account.organisation_id)
    separation.may_hold(OrganisationKind(organisation.kind), duty).or_refuse()

    row = EmergencyDuty(
        account_id=account_id, duty=duty, minutes=minutes, reason=reason, asked_at=now, asked_by=actor.person_id
    )
    session.add(row)
    session.flush()

    data = {"account": account_id, "duty": duty, "minutes": minutes, "reason": reason}
    record(session, Event.EMERGENCY_DUTY_ASKED, actor.label, f"emergency:{row.id}", now=now, data=data)
    return row


def decide(session: Session, actor: Actor, emergency_id: int, *, confirm: bool, now: datetime) -> EmergencyDuty:
    """Confirm an emergency duty, which then holds for its minutes, or turn it down.

    Raises:
        NotFound: nobody asked. Refused: not a second person, or a duty that excludes another. WrongState: too late.
    """
    row = emergencies.emergency(session, emergency_id, lock=True)
    if row is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_EMERGENCY)

    account = queries.account(session, row.account_id)
    assert account is not None and actor.person_id is not None
    administrators.may_decide(
        actor.person_id,
        asker=row.asked_by,
        receiver=account.person_id,
        decided=row.decided_at is not None,
        asked_at=row.asked_at,
        now=now,
    ).or_refuse()

    row.decided_at, row.decided_by, row.confirmed = now, actor.person_id, confirm
    if confirm:
        row.ends_at = now + timedelta(minutes=row.minutes)
        administering.charge(session, actor, account, Duty(row.duty), now=now)
    session.add(row)
    session.flush()

    data = {"account": row.account_id, "duty": row.duty, "confirmed": confirm, "asked_by": row.asked_by}
    record(session, Event.EMERGENCY_DUTY_DECIDED, actor.label, f"emergency:{row.id}", now=now, data=data)
    return row


def judge_seeing(line: emergencies.Line, actor: Actor, now: datetime) -> Decision:
    """Whether this person may take note of an emergency duty that nobody has taken note of yet."""
    row, holder = line.row, line.holder.id
    assert holder is not None
    if line.seen is not None:
        return not_now("seen_already", "这项应急授权已有人登记已阅，意见见应急授权列表。")
    return administrators.may_see(
        actor.person_id or 0,
        holder=holder,
        asker=row.asked_by,
        decider=row.decided_by,
        ends_at=row.ends_at,
        now=now,
    )


def see(session: Session, actor: Actor, emergency_id: int, remark: str, *, now: datetime) -> EmergencySeen:
    """Take note of an emergency duty that is over; saying the same again changes nothing.

    Raises:
        NotFound: nobody asked. Refused: one had a hand in it. WrongState: not over yet, never given, or seen already.
    """
    if emergencies.emergency(session, emergency_id, lock=True) is None:
        raise errors.NotFound()
    line = emergencies.line(session, emergency_id)
    assert line is not None and line.holder.id is not None

    require_right(actor, Right.EMERGENCIES_SEEN)

    if line.seen is not None and (line.seen.seen_by, line.seen.remark) == (actor.person_id, remark):
        return line.seen
    judge_seeing(line, actor, now).or_refuse()

    row = line.row
    assert actor.person_id is not None and row.decided_by is not None
    hands = {"held_by": line.holder.id, "asked_by": row.asked_by, "decided_by": row.decided_by}
    noted = EmergencySeen(emergency_id=emergency_id, seen_at=now, seen_by=actor.person_id, remark=remark, **hands)
    session.add(noted)
    session.flush()

    data = {"account": row.account_id, "duty": row.duty, "remark": remark, **hands}
    record(session, Event.EMERGENCY_DUTY_SEEN, actor.label, f"emergency:{emergency_id}", now=now, data=data)
    return noted


def end_due(session: Session, *, now: datetime) -> int:
    """Take back every emergency duty whose minutes are over; how many there were."""
    due = emergencies.due(session, now)
    for row in due:
        row.ended_at = now
        session.add(row)
        held = queries.held_duty(session, row.account_id, row.duty)
        # A security administrator may have taken it back before, and given it for good since.
        if held is not None and held.granted_at == row.decided_at:
            held.revoked_at, held.revoked_by = now, "clock"
            session.add(held)
        session.flush()
        data = {"account": row.account_id, "duty": row.duty}
        record(session, Event.EMERGENCY_DUTY_ENDED, "clock", f"emergency:{row.id}", now=now, data=data)
    return len(due)
