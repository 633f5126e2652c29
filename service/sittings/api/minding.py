"""JSON routes for minding a room: its clocks, messages, second looks, incidents and their photos."""

from typing import Annotated

from fastapi import APIRouter, File, UploadFile

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock
from service.kernel.database import Writing
from service.sittings.actions import clockwork
from service.sittings.actions import minding as actions
from service.sittings.rules.room import PHOTO_BYTES
from service.sittings.shapes import minding as shapes
from service.sittings.tables import Seat, Sitting

router = APIRouter()
Proctoring = Annotated[Actor, may(Right.SITTINGS_PROCTOR)]
Timing = Annotated[Actor, may(Right.SITTINGS_CLOCK)]


@router.post("/sittings/{sitting_id}/pause")
def pause(sitting_id: int, body: shapes.Standstill, session: Writing, actor: Timing) -> shapes.ClockShape:
    """Stop the clock of the room, or of one of its seats."""
    now = clock.now()
    of: Sitting | Seat
    if body.seat_id is None:
        of = clockwork.pause_room(session, actor, sitting_id, body.reason, now=now)
    else:
        of = clockwork.pause_seat(session, actor, sitting_id, body.seat_id, body.reason, now=now)
    return shapes.ClockShape.of(of)


@router.post("/sittings/{sitting_id}/resumption")
def resume(sitting_id: int, body: shapes.Resumption, session: Writing, actor: Timing) -> shapes.ClockShape:
    """Start the clock of the room, or of one of its seats, again; the time it stood still is added to the end."""
    now = clock.now()
    of: Sitting | Seat
    if body.seat_id is None:
        of = clockwork.resume_room(session, actor, sitting_id, now=now)
    else:
        of = clockwork.resume_seat(session, actor, sitting_id, body.seat_id, now=now)
    return shapes.ClockShape.of(of)


@router.post("/sittings/{sitting_id}/extra-time")
def add_time(sitting_id: int, body: shapes.AddedTime, session: Writing, actor: Timing) -> shapes.ClockShape:
    """Give the room, or one of its seats, more minutes."""
    now, minutes, reason = clock.now(), body.minutes, body.reason
    of: Sitting | Seat
    if body.seat_id is None:
        of = clockwork.add_time_to_room(session, actor, sitting_id, minutes, reason, body.nonce, now=now)
    else:
        of = clockwork.add_time_to_seat(session, actor, sitting_id, body.seat_id, minutes, reason, body.nonce, now=now)
    return shapes.ClockShape.of(of)


@router.post("/sittings/seats/{seat_id}/compensation")
def compensate(seat_id: int, session: Writing, actor: Proctoring) -> dict[str, int]:
    """Give a seat the time that its silent machine has cost it, as the board proposes it."""
    return {"seconds": clockwork.compensate(session, actor, seat_id, now=clock.now()).seconds}


@router.post("/sittings/{sitting_id}/messages", status_code=201)
def send_message(sitting_id: int, body: shapes.NewMessage, session: Writing, actor: Proctoring) -> dict[str, int]:
    """Tell the room, or one of its seats, something."""
    now = clock.now()
    message = actions.send_message(session, actor, sitting_id, body.seat_id, body.text, body.nonce, now=now)
    return {"id": message.id or 0}


@router.post("/sittings/seats/{seat_id}/recheck")
def recheck(seat_id: int, body: shapes.IdentityLook, session: Writing, actor: Proctoring) -> dict[str, str]:
    """Write down the second look at a candidate's identity; a doubt becomes an incident."""
    check = actions.recheck(session, actor, seat_id, body.outcome, body.note, now=clock.now())
    return {"outcome": check.outcome}


@router.post("/sittings/{sitting_id}/incidents", status_code=201)
def report_incident(sitting_id: int, body: shapes.NewIncident, session: Writing, actor: Proctoring) -> dict[str, int]:
    """Report an incident of the room or of a seat."""
    incident = actions.report_incident(
        session, actor, sitting_id, body.seat_id, body.kind, body.text, body.nonce, cause=body.cause, now=clock.now()
    )
    return {"id": incident.id or 0}


@router.post("/sittings/incidents/{incident_id}/photos", status_code=201)
def add_photo(
    incident_id: int,
    file: Annotated[UploadFile, File(description="A JPEG or PNG picture.")],
    session: Writing,
    actor: Proctoring,
) -> shapes.PhotoShape:
    """Add a picture to an incident, one a request; the same picture again is harmless."""
    # One byte more than allowed is enough to know.
    content = file.file.read(PHOTO_BYTES + 1)
    photo = actions.add_photo(session, actor, incident_id, content, now=clock.now())
    return shapes.PhotoShape(id=photo.id or 0, digest=photo.digest)
