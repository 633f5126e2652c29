"""Admission tickets: a page per candidate with a signed QR code, and a new one for whoever has lost it."""

from collections.abc import Collection, Iterator
from datetime import datetime

import segno
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing
from service.programme.queries import classes as programme
from service.programme.queries.classes import RosterLine
from service.sittings import queries
from service.sittings.actions.typesetting import typeset
from service.sittings.queries import SittingView
from service.sittings.rules import ticket_code, tickets
from service.sittings.rules.ticket_code import TicketCode
from service.sittings.tables import Seat, Sitting

QR_MASK = 3  # A fixed mask saves four fifths of the time, and decoders do not care which one it is.
TEMPLATE = "ticket.typ"


def ticket_text(seat: Seat, sitting: Sitting) -> str:
    """The text of a seat's QR code, signed with the ticket key and worthless some hours after the sitting."""
    assert seat.id is not None
    expires = int(tickets.expires_at(queries.planned(sitting)).timestamp())
    code = TicketCode(seat.sitting_id, seat.id, seat.ticket_issue, expires)
    return ticket_code.encode(code, lambda message: sealing.sign(message, purpose="ticket"))


def print_tickets(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> bytes:
    """The admission tickets of a sitting as one PDF, a page each.

    Raises:
        NotFound: no such sitting. WrongState: it is cancelled, or nobody has a seat in it.
    """
    view, seats = _printable(session, actor, sitting_id)

    record(session, Event.TICKETS_PRINTED, actor.label, f"sitting:{sitting_id}", now=now, data={"tickets": len(seats)})
    return typeset(TEMPLATE, list(ticket_rows(session, view, seats)))


def print_ticket(session: Session, actor: Actor, seat_id: int, *, now: datetime) -> bytes:
    """The admission ticket of one seat, as it was issued last."""
    seat = queries.seat(session, seat_id)
    if seat is None:
        raise errors.NotFound()
    view, _ = _printable(session, actor, seat.sitting_id)

    data = {"tickets": 1, "issue": seat.ticket_issue}
    record(session, Event.TICKETS_PRINTED, actor.label, f"seat:{seat_id}", now=now, data=data)
    return typeset(TEMPLATE, list(ticket_rows(session, view, [seat])))


def reissue_ticket(session: Session, actor: Actor, seat_id: int, reason: str, *, now: datetime) -> Seat:
    """Replace a ticket: the number stays, the code is a new one, and the old code lets nobody in any more.

    Raises:
        NotFound: no such seat. WrongState: its holder is in the room already, or the sitting is over or cancelled.
    """
    seat = queries.seat(session, seat_id, lock=True)
    sitting = queries.sitting(session, seat.sitting_id) if seat is not None else None
    if seat is None or sitting is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    state, cancelled = queries.state_of(seat, sitting, now), sitting.cancelled_at is not None
    tickets.may_reissue(state, queries.times_of(sitting, now), now, cancelled=cancelled).or_refuse()
    using.use_duty(session, actor, Duty.ARRANGE, f"class:{sitting.class_id}", now=now)

    seat.ticket_issue += 1
    session.add(seat)
    session.flush()

    data = {"sitting": sitting.id, "issue": seat.ticket_issue, "reason": reason}
    record(session, Event.TICKET_REISSUED, actor.label, f"seat:{seat_id}", now=now, data=data)
    return seat


def _printable(session: Session, actor: Actor, sitting_id: int) -> tuple[SittingView, list[Seat]]:
    view = queries.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()
    using.require_right(actor, Right.SITTINGS_ARRANGE)
    seats = queries.seats_of(session, sitting_id)
    tickets.may_print(seats=len(seats), cancelled=view.sitting.cancelled_at is not None).or_refuse()
    return view, seats


def ticket_rows(session: Session, view: SittingView, seats: Collection[Seat]) -> Iterator[dict[str, str]]:
    """What each ticket says, one after the other: most of the time goes into their codes."""
    trainees = programme.trainees(session, [seat.trainee_id for seat in seats])
    common = _common(view)
    for seat in seats:
        yield {**common, **_own(seat, trainees[seat.trainee_id], view.sitting)}


def _common(view: SittingView) -> dict[str, str]:
    begins, ends = clock.local(view.times.starts_at), clock.local(view.times.ends_at)
    return {
        "class": view.training_class.name,
        "role": ROLE_NAMES[TraineeRole(view.training_class.role)],
        "point": view.point.name,
        "address": view.point.address,
        "room": view.room.name,
        "when": f"{begins:%Y年%m月%d日 %H:%M}至{ends:%H:%M}",
        "late": str(view.sitting.late_minutes),
        "rehearsal": "yes" if view.sitting.rehearsal else "",
    }


def _own(seat: Seat, line: RosterLine, sitting: Sitting) -> dict[str, str]:
    code = segno.make(ticket_text(seat, sitting), error="m", micro=False, mask=QR_MASK, boost_error=False)
    return {
        "name": line.person.name,
        "citizen_id": line.person.citizen_id_masked,
        "enterprise": line.enterprise.name,
        "number": seat.ticket_number,
        "seat": f"{seat.number:02d}",
        "issue": str(seat.ticket_issue),
        "qr": code.svg_inline(scale=4),
    }
