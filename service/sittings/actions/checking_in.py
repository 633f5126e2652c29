"""At the door: looking at a ticket, admitting, refusing."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.access.tables import Person
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.decision import Decision, refuse
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.rules import seats, ticket_code
from service.sittings.rules.seats import RefusalReason
from service.sittings.tables import Scan, Seat, Sitting


@dataclass(frozen=True, slots=True)
class Card:
    """What the proctor sees before deciding: who this is by our record, and whether admission is possible."""

    decision: Decision
    seat: Seat | None = None
    person: Person | None = None
    enterprise: str = ""
    has_photo: bool = False
    last_scan_at: datetime | None = None


def scan_ticket(session: Session, actor: Actor, sitting_id: int, text: str, nonce: str, *, now: datetime) -> Card:
    """Look at a ticket, by its QR code or its typed number. Failed looks are kept too; a retry is the same look."""
    sitting = _sitting(session, sitting_id)

    using.require_reach(actor, Right.SITTINGS_PROCTOR, queries.subject(session, sitting_id))

    seat, fault = _find_seat(session, sitting, text, now)
    previous = queries.last_scan(session, seat.id or 0, before=nonce) if seat is not None else None
    decision = fault
    if seat is not None:
        at = queries.times_of(sitting, now)
        decision = seats.may_admit(queries.state_of(seat, sitting, now), at, now)

    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)
    if queries.scan_by_nonce(session, sitting_id, nonce) is None:
        assert actor.person_id is not None
        seat_id = seat.id if seat is not None else None
        session.add(
            Scan(
                sitting_id=sitting_id,
                nonce=nonce,
                seat_id=seat_id,
                person_id=actor.person_id,
                verdict=decision.code,
                at=now,
            )
        )
        session.flush()
        subject = f"seat:{seat_id}" if seat_id is not None else f"sitting:{sitting_id}"
        record(session, Event.TICKET_SCANNED, actor.label, subject, now=now, data={"verdict": decision.code})
    return _card(session, decision, seat, previous)


def _sitting(session: Session, sitting_id: int) -> Sitting:
    sitting = queries.sitting(session, sitting_id)
    if sitting is None:
        raise errors.NotFound()
    return sitting


def _find_seat(session: Session, sitting: Sitting, text: str, now: datetime) -> tuple[Seat | None, Decision]:
    """The seat a scanned or typed text means, or why it means none."""
    text = text.strip()
    if text.isdigit():
        seat = queries.seat_by_ticket(session, text)
        if seat is None or seat.sitting_id != sitting.id:
            return None, refuse("ticket_unknown", "本场没有这个准考证号，请核对号码和场次。")
        return seat, refuse("ticket_unknown", "")
    try:
        code = ticket_code.decode(text, lambda message, mark: sealing.verify(message, mark, purpose="ticket"))
    except ticket_code.UnreadableError:
        return None, refuse("ticket_unreadable", "这不是本系统签发的准考证二维码。")
    if code.sitting_id != sitting.id:
        return None, refuse("ticket_other_sitting", "这张准考证是另一场考试的。")
    seat = queries.seat(session, code.seat_id)
    if seat is None or code.expires < now.timestamp():
        return None, refuse("ticket_expired", "这张准考证已过期。")
    if code.issue != seat.ticket_issue:
        return None, refuse("ticket_reissued", "这张准考证已补发作废，请出示新的准考证。")
    return seat, refuse("ticket_unknown", "")


def _card(session: Session, decision: Decision, seat: Seat | None, previous: Scan | None) -> Card:
    if seat is None:
        return Card(decision)
    line = programme.trainee(session, seat.trainee_id)
    assert line is not None, "a seat refers to a trainee by foreign key"
    return Card(
        decision,
        seat,
        line.person,
        line.enterprise.name,
        line.trainee.photo_type is not None,
        previous.at if previous is not None else None,
    )


def admit(session: Session, actor: Actor, seat_id: int, *, now: datetime) -> Seat:
    """Admit a candidate whose identity the proctor has confirmed; an earlier refusal is thereby undone.

    Raises:
        WrongState: not the time, or admitted already. Refused: too late, or the proctor is tied to the class.
    """
    seat, sitting = _seat(session, actor, seat_id)

    at = queries.times_of(sitting, now)
    seats.may_admit(queries.state_of(seat, sitting, now), at, now).or_refuse()
    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)

    seat.admitted_at, seat.admitted_by = now, actor.person_id
    seat.refused_at = seat.refused_by = seat.refusal = None
    session.add(seat)
    session.flush()

    late = max(0, int((now - at.starts_at).total_seconds() // 60))
    data = {"sitting": sitting.id, "late_minutes": late}
    record(session, Event.CANDIDATE_ADMITTED, actor.label, f"seat:{seat.id}", now=now, data=data)
    return seat


def turn_away(session: Session, actor: Actor, seat_id: int, reason: RefusalReason, note: str, *, now: datetime) -> Seat:
    """Refuse a candidate at the door, with a coded reason; a later admission undoes it, the record keeps both."""
    seat, sitting = _seat(session, actor, seat_id)

    at = queries.times_of(sitting, now)
    seats.may_refuse(queries.state_of(seat, sitting, now), at, now).or_refuse()
    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)

    seat.refused_at, seat.refused_by, seat.refusal = now, actor.person_id, reason
    seat.admitted_at = seat.admitted_by = None
    session.add(seat)
    session.flush()

    data = {"sitting": sitting.id, "reason": reason, "note": note}
    record(session, Event.CANDIDATE_REFUSED, actor.label, f"seat:{seat.id}", now=now, data=data)
    return seat


def _seat(session: Session, actor: Actor, seat_id: int) -> tuple[Seat, Sitting]:
    seat = queries.seat(session, seat_id, lock=True)
    if seat is None:
        raise errors.NotFound()
    using.require_reach(actor, Right.SITTINGS_PROCTOR, queries.subject(session, seat.sitting_id))
    return seat, _sitting(session, seat.sitting_id)
