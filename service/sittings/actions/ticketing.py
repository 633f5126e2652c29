"""Admission tickets: a page per candidate with a signed QR code, typeset by Typst."""

import json
import tempfile
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path

import pylopdf_fonts_zh_cn
import segno
import typst
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, sealing, settings
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.rules import ticket_code
from service.sittings.rules.ticket_code import TicketCode
from service.sittings.tables import Seat, Sitting

QR_MASK = 3  # A fixed mask saves four fifths of the time, and decoders do not care which one it is.


def ticket_text(seat: Seat, sitting: Sitting) -> str:
    """The text of a seat's QR code, signed with the ticket key and worthless after the sitting."""
    assert seat.id is not None
    expires = int(queries.planned(sitting).ends_at.timestamp())
    code = TicketCode(seat.sitting_id, seat.id, seat.ticket_issue, expires)
    return ticket_code.encode(code, lambda message: sealing.sign(message, purpose="ticket"))


def print_tickets(session: Session, actor: Actor, sitting_id: int, *, now: datetime) -> bytes:
    """The admission tickets of a sitting as one PDF, a page each."""
    view = queries.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()

    using.require_right(actor, Right.SITTINGS_ARRANGE)

    rows = queries.seats_of(session, sitting_id)
    if not rows:
        raise errors.WrongState("nobody_enrolled", "本场还没有编排考生，请先编排。")

    record(session, Event.TICKETS_PRINTED, actor.label, f"sitting:{sitting_id}", now=now, data={"tickets": len(rows)})
    return _typeset(_ticket_rows(session, view, rows))


def _ticket_rows(session: Session, view: queries.SittingView, rows: Sequence[Seat]) -> list[dict[str, str]]:
    trainees = programme.trainees(session, [seat.trainee_id for seat in rows])
    begins, ends = clock.local(view.times.starts_at), clock.local(view.times.ends_at)
    common = {
        "class": view.training_class.name,
        "role": ROLE_NAMES[TraineeRole(view.training_class.role)],
        "point": view.point.name,
        "address": view.point.address,
        "room": view.room.name,
        "when": f"{begins:%Y年%m月%d日 %H:%M}至{ends:%H:%M}",
        "late": str(view.sitting.late_minutes),
    }
    return [
        {
            **common,
            "name": trainees[seat.trainee_id].person.name,
            "citizen_id": trainees[seat.trainee_id].person.citizen_id_masked,
            "enterprise": trainees[seat.trainee_id].enterprise.name,
            "number": seat.ticket_number,
            "seat": f"{seat.number:02d}",
            "qr": segno.make(
                ticket_text(seat, view.sitting), error="m", micro=False, mask=QR_MASK, boost_error=False
            ).svg_inline(scale=4),
        }
        for seat in rows
    ]


def _typeset(rows: Sequence[dict[str, str]]) -> bytes:
    """Typst reads only its own folder and the bundled font, so a name in the data is never more than text."""
    source = settings.current().templates / "sittings" / "ticket.typ"
    fonts = Path(pylopdf_fonts_zh_cn.__file__).parent
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "ticket.typ").write_bytes(source.read_bytes())
        (Path(folder) / "rows.json").write_text(json.dumps(rows, ensure_ascii=False), encoding="utf-8")
        page = str(Path(folder) / "ticket.typ")
        pdf = typst.compile(page, root=folder, font_paths=[str(fonts)], ignore_system_fonts=True)
    assert isinstance(pdf, bytes)
    return pdf
