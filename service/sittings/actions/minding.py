"""Minding a room: messages, second looks at an identity, incidents and their photos."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, pictures, sealing
from service.sittings import queries
from service.sittings.actions import on_duty
from service.sittings.queries import happenings, rooms
from service.sittings.rules import minding, phases
from service.sittings.rules.room import MOST_PHOTOS, PHOTO_BYTES, Cause, IncidentKind, Recheck
from service.sittings.tables import IdentityCheck, Incident, IncidentPhoto, Message, Seat, Sitting


def send_message(
    session: Session,
    actor: Actor,
    sitting_id: int,
    seat_id: int | None,
    text: str,
    nonce: str | None = None,
    *,
    now: datetime,
) -> Message:
    """Tell a whole room, or one seat, something; the machines learn it with their next sign of life.

    Raises:
        WrongState: nobody is there any more, or not yet.
    """
    sitting = on_duty.require(session, actor, sitting_id, now=now)
    seat = _seat_of(session, sitting_id, seat_id)
    sent = happenings.message_by_nonce(session, sitting_id, nonce)
    if sent is not None:
        return sent

    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)
    if seat is not None:
        minding.may_tell_seat(queries.state_of(seat, sitting, now)).or_refuse()
    else:
        states = [queries.state_of(one, sitting, now) for one in queries.seats_of(session, sitting_id)]
        phase = phases.phase(queries.times_of(sitting, now), now)
        minding.may_tell_room(phase, heard=any(minding.hears(one) for one in states)).or_refuse()

    assert actor.person_id is not None
    message = Message(
        sitting_id=sitting_id, seat_id=seat_id, nonce=nonce, text=text, sent_at=now, sent_by=actor.person_id
    )
    session.add(message)
    session.flush()

    # What is told may name people, so the record holds its digest; the room record has the words.
    data = {"message": message.id, "text": sealing.digest(text.encode())}
    record(session, Event.MESSAGE_SENT, actor.label, _subject(sitting_id, seat_id), now=now, data=data)
    return message


def recheck(
    session: Session, actor: Actor, seat_id: int, outcome: Recheck, note: str, *, now: datetime
) -> IdentityCheck:
    """Look at a candidate's identity again, once its minute has come; a doubt becomes an incident.

    Raises:
        WrongState: it is not due, has been done, or the seat is not working.
    """
    seat = queries.seat(session, seat_id, lock=True)
    if seat is None:
        raise errors.NotFound()
    sitting = on_duty.require(session, actor, seat.sitting_id, now=now)
    done = session.get(IdentityCheck, (seat.sitting_id, seat_id))
    due_at = rooms.recheck_due_at(sitting, seat_id)

    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)
    minding.may_recheck(queries.state_of(seat, sitting, now), due_at, now, done=done is not None).or_refuse()

    assert actor.person_id is not None
    check = IdentityCheck(
        sitting_id=seat.sitting_id,
        seat_id=seat_id,
        due_at=due_at,
        checked_at=now,
        checked_by=actor.person_id,
        outcome=outcome,
        note=note,
    )
    session.add(check)
    session.flush()

    data = {"outcome": outcome, "due_at": due_at.isoformat()}
    record(session, Event.IDENTITY_RECHECKED, actor.label, f"seat:{seat_id}", now=now, data=data)
    if outcome is Recheck.DOUBTFUL:
        note_incident(session, actor, sitting, seat, IncidentKind.IMPERSONATION, note, now=now)
    return check


def report_incident(
    session: Session,
    actor: Actor,
    sitting_id: int,
    seat_id: int | None,
    kind: IncidentKind,
    text: str,
    nonce: str | None = None,
    *,
    cause: Cause | None = None,
    now: datetime,
) -> Incident:
    """Report what happened in the room or at a seat; a retry with the same nonce is the same report."""
    sitting = on_duty.require(session, actor, sitting_id, now=now)
    seat = _seat_of(session, sitting_id, seat_id)
    reported = happenings.incident_by_nonce(session, sitting_id, nonce)
    if reported is not None:
        return reported

    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)

    return note_incident(session, actor, sitting, seat, kind, text, nonce, cause=cause, now=now)


def note_incident(
    session: Session,
    actor: Actor,
    sitting: Sitting,
    seat: Seat | None,
    kind: IncidentKind,
    text: str,
    nonce: str | None = None,
    *,
    cause: Cause | None = None,
    now: datetime,
) -> Incident:
    """Write an incident down; the caller has checked right and duty."""
    assert actor.person_id is not None
    seat_id = seat.id if seat is not None else None
    incident = Incident(
        sitting_id=sitting.id or 0,
        seat_id=seat_id,
        nonce=nonce,
        kind=kind,
        # Every other kind has its place in the tree already.
        cause=cause if kind is IncidentKind.OTHER else None,
        text=text,
        person_id=actor.person_id,
        at=now,
    )
    session.add(incident)
    session.flush()

    data = {"incident": incident.id, "kind": kind, "text": sealing.digest(text.encode())}
    record(session, Event.INCIDENT_REPORTED, actor.label, _subject(sitting.id or 0, seat_id), now=now, data=data)
    return incident


def add_photo(session: Session, actor: Actor, incident_id: int, content: bytes, *, now: datetime) -> IncidentPhoto:
    """Keep a picture of an incident; the same picture again is the one that is there.

    Raises:
        Malformed: too large, or neither JPEG nor PNG by its content.
        WrongState: the incident has as many as it may have.
    """
    incident = happenings.incident(session, incident_id, lock=True)
    if incident is None:
        raise errors.NotFound()
    sitting = on_duty.require(session, actor, incident.sitting_id, now=now)
    kept = {photo.digest: photo for photo in happenings.photos_of(session, incident_id)}
    digest = sealing.digest(content)
    if digest in kept:
        return kept[digest]

    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)
    kind = pictures.type_of(content)
    if len(content) > PHOTO_BYTES:
        raise errors.Malformed("photo_too_large", "每张照片不能超过{most}MB。", most=PHOTO_BYTES // 1024**2)
    if kind is None:
        raise errors.Malformed("photo_type", "照片应为JPEG或PNG格式。")
    minding.may_add_photo(len(kept), MOST_PHOTOS).or_refuse()

    photo = IncidentPhoto(
        incident_id=incident_id,
        media_type=kind,
        picture_sealed=sealing.encrypt_picture(content, bound_to=happenings.photo_place(incident_id, digest)),
        key_id=sealing.person_key_id(),
        digest=digest,
    )
    session.add(photo)
    session.flush()

    data = {"incident": incident_id, "photo": digest}
    subject = _subject(incident.sitting_id, incident.seat_id)
    record(session, Event.INCIDENT_REPORTED, actor.label, subject, now=now, data=data)
    return photo


def _seat_of(session: Session, sitting_id: int, seat_id: int | None) -> Seat | None:
    """The seat of this sitting; none for the whole room.

    Raises:
        NotFound: no such seat here.
    """
    if seat_id is None:
        return None
    seat = queries.seat(session, seat_id)
    if seat is None or seat.sitting_id != sitting_id:
        raise errors.NotFound()
    return seat


def _subject(sitting_id: int, seat_id: int | None) -> str:
    return f"seat:{seat_id}" if seat_id is not None else f"sitting:{sitting_id}"
