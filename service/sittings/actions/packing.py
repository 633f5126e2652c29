"""The sitting's roster for a tablet at the door: signed, short-lived, and no more than a door needs."""

import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from joserfc import jws
from joserfc.jwk import ECKey
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.actions import on_duty, tablets
from service.sittings.queries import door
from service.sittings.queries.door import Door, Place
from service.sittings.rules import tablets as rules
from service.sittings.rules.phases import Times

VERSION = 1
TYPE = "peikao-pack"


@dataclass(frozen=True, slots=True)
class Pack:
    """A compact JWS (RFC 7515, ES256), and the public keys (RFC 7517) that verify packs and tickets."""

    token: str
    pack_key: Mapping[str, Any]
    ticket_key: Mapping[str, Any]


def issue_pack(
    session: Session,
    actor: Actor,
    sitting_id: int,
    device: str,
    name: str,
    refusals: Mapping[str, str],
    *,
    now: datetime,
) -> Pack:
    """The pack of a sitting for one tablet of its proctor, who enrols it by asking. ``refusals`` puts reasons in words.

    Raises:
        NotFound: not a sitting of theirs. Refused: another proctor's tablet, or one that was shut out.
        WrongState: long before or after the sitting.
    """
    sitting = on_duty.require(session, actor, sitting_id, now=now)
    at_door, view = door.doors(session, [sitting_id])[sitting_id], queries.view(session, sitting_id)
    if view is None:
        raise errors.NotFound()

    at = at_door.times(now)
    rules.may_issue_pack(at, now).or_refuse()
    using.use_duty(session, actor, Duty.PROCTOR, f"class:{sitting.class_id}", now=now)

    tablets.enrol(session, actor, device, name, now=now)
    seats = _seats(session, at_door, now)
    payload = {
        "v": VERSION,
        "sitting_id": sitting_id,
        "device": device,
        "issued_at": _text(now),
        "expires_at": _text(at.ends_at + rules.PACK_AFTER),
        "server_now": _text(now),
        "class_name": view.training_class.name,
        "exam_point": view.point.name,
        "room": view.room.name,
        **_times(at),
        "ticket_key": public_key("ticket"),
        "refusals": dict(refusals),
        "seats": seats,
    }
    token = _sign(payload)

    data = {"device": device, "seats": len(seats), "digest": sealing.digest(token.encode())}
    record(session, Event.PACK_ISSUED, actor.label, f"sitting:{sitting_id}", now=now, data=data)
    return Pack(token, public_key("pack"), public_key("ticket"))


def public_key(purpose: str) -> dict[str, Any]:
    """The public key of a purpose as a JWK, its thumbprint (RFC 7638) as key id."""
    key = ECKey.import_key(sealing.signing_key(purpose))
    return {**key.as_dict(private=False), "use": "sig", "alg": "ES256", "kid": key.thumbprint()}


def _sign(payload: Mapping[str, Any]) -> str:
    key = ECKey.import_key(sealing.signing_key("pack"))
    header = {"alg": "ES256", "typ": TYPE, "kid": key.thumbprint()}
    return jws.serialize_compact(header, json.dumps(payload, ensure_ascii=False, separators=(",", ":")), key)


def _times(at: Times) -> dict[str, str | None]:
    names = ("check_in_from", "starts_at", "last_entry_at", "ends_at")
    return {name: _text(getattr(at, name)) for name in names}


def _seats(session: Session, at_door: Door, now: datetime) -> list[dict[str, Any]]:
    roster = door.roster(session, at_door.sitting_id)
    photos = programme.photos(session, [place.trainee_id for place in roster], most_bytes=rules.LARGEST_PHOTO)
    return [_seat(place, at_door, photos.get(place.trainee_id), now) for place in roster]


def _seat(place: Place, at_door: Door, photo: tuple[bytes, str] | None, now: datetime) -> dict[str, Any]:
    return {
        "seat_id": place.seat_id,
        "number": place.number,
        "ticket_number": place.ticket_number,
        "issue": place.issue,
        "name": place.name,
        "citizen_id_masked": place.citizen_id_masked,
        "enterprise": place.enterprise,
        "photo": f"data:{photo[1]};base64,{base64.b64encode(photo[0]).decode()}" if photo is not None else "",
        # There is one, but it is too large to travel; the tablet shows it while it is connected.
        "photo_left_out": place.has_photo and photo is None,
        "admitted_at": _text(place.admitted_at),
        "refused": place.refusal,
        "last_scan_at": _text(place.looked_at),
        "state": place.state(at_door, now).value,
    }


def _text(instant: datetime | None) -> str | None:
    return instant.astimezone(UTC).isoformat().replace("+00:00", "Z") if instant is not None else None
