"""Reads on what happened in a room: incidents with their photos, and messages."""

from collections.abc import Collection
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from service.kernel import sealing
from service.sittings.tables import Incident, IncidentPhoto, Message, Seat

# A board shows the newest of these; the room record has them all.
NEWEST = 50


def newest(session: Session, table: type[Any], sitting_id: int) -> list[tuple[Any, int | None]]:
    """The newest rows of a sitting with the number of the seat they are about."""
    statement = (
        select(table, Seat.number)
        .outerjoin(Seat, col(Seat.id) == col(table.seat_id))
        .where(col(table.sitting_id) == sitting_id)
        .order_by(col(table.id).desc())
        .limit(NEWEST)
    )
    return [(row, number) for row, number in session.exec(statement)]


def photos(session: Session, sitting_id: int) -> dict[int, list[int]]:
    """Ids of the photos of each incident; the pictures themselves stay where they are."""
    statement = (
        sa.select(col(IncidentPhoto.incident_id), col(IncidentPhoto.id))
        .join(Incident, col(Incident.id) == col(IncidentPhoto.incident_id))
        .where(col(Incident.sitting_id) == sitting_id)
        .order_by(col(IncidentPhoto.id))
    )
    found: dict[int, list[int]] = {}
    for incident_id, photo_id in session.execute(statement):
        found.setdefault(incident_id, []).append(photo_id)
    return found


def incident(session: Session, incident_id: int, *, lock: bool = False) -> Incident | None:
    """One incident; locked where its photos are about to be counted."""
    return session.get(Incident, incident_id, with_for_update=lock or None, populate_existing=lock)


def incident_by_nonce(session: Session, sitting_id: int, nonce: str | None) -> Incident | None:
    """What was reported under a nonce already."""
    if nonce is None:
        return None
    return session.exec(select(Incident).where(Incident.sitting_id == sitting_id, Incident.nonce == nonce)).first()


def message_by_nonce(session: Session, sitting_id: int, nonce: str | None) -> Message | None:
    """What was told under a nonce already."""
    if nonce is None:
        return None
    return session.exec(select(Message).where(Message.sitting_id == sitting_id, Message.nonce == nonce)).first()


def photos_of(session: Session, incident_id: int) -> list[IncidentPhoto]:
    """The photos of an incident, without their pictures."""
    statement = select(IncidentPhoto).options(defer(IncidentPhoto.picture_sealed))  # type: ignore[arg-type]
    return list(session.exec(statement.where(IncidentPhoto.incident_id == incident_id)))


def photo(session: Session, photo_id: int) -> tuple[IncidentPhoto, Incident] | None:
    """One photo with the incident it shows."""
    statement = select(IncidentPhoto, Incident).join(Incident, col(Incident.id) == col(IncidentPhoto.incident_id))
    return session.exec(statement.where(IncidentPhoto.id == photo_id)).first()


def photo_place(incident_id: int, digest: str) -> str:
    """What the encryption of a picture is bound to."""
    return f"sittings_incident_photo:{incident_id}:{digest}"


def picture(photo: IncidentPhoto) -> bytes:
    """The picture in clear; nothing once it was disposed of."""
    place = photo_place(photo.incident_id, photo.digest)
    return photo.picture_sealed and sealing.decrypt_picture(photo.picture_sealed, photo.key_id, bound_to=place)


def photo_digests(session: Session, sitting_id: int) -> dict[int, list[str]]:
    """The digests of the photos of each incident, in the order they were added."""
    statement = (
        sa.select(col(IncidentPhoto.incident_id), col(IncidentPhoto.digest))
        .join(Incident, col(Incident.id) == col(IncidentPhoto.incident_id))
        .where(col(Incident.sitting_id) == sitting_id)
        .order_by(col(IncidentPhoto.id))
    )
    found: dict[int, list[str]] = {}
    for incident_id, digest in session.execute(statement):
        found.setdefault(incident_id, []).append(digest)
    return found


def of_sittings(session: Session, sitting_ids: Collection[int]) -> list[Incident]:
    """The incidents of these sittings in their order."""
    statement = select(Incident).where(col(Incident.sitting_id).in_(sitting_ids)).order_by(col(Incident.id))
    return list(session.exec(statement))


def photos_of_sittings(session: Session, sitting_ids: Collection[int]) -> dict[int, list[int]]:
    """Ids of the photos of each incident of these sittings."""
    found: dict[int, list[int]] = {}
    for sitting_id in sitting_ids:
        found |= photos(session, sitting_id)
    return found


def photo_ids(session: Session, sitting_id: int) -> dict[str, int]:
    """The photos of a sitting by digest, as its record names them."""
    statement = (
        sa.select(col(IncidentPhoto.digest), col(IncidentPhoto.id))
        .join(Incident, col(Incident.id) == col(IncidentPhoto.incident_id))
        .where(col(Incident.sitting_id) == sitting_id)
    )
    return {row[0]: row[1] for row in session.execute(statement)}
