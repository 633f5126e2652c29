"""Telephone numbers and photographs under a new key; see ``access.actions.rotating``."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import rotating
from service.kernel import sealing
from service.programme.queries import classes
from service.programme.tables import Trainee

MOST_PHOTOS = 50


def move_phones(session: Session, limit: int, *, now: datetime) -> tuple[int, int]:
    """The telephone numbers of trainees; how many were moved, and how many are left."""
    return rotating.move(session, Trainee, limit, _phone_anew, now=now)


def _phone_anew(trainee: Trainee) -> None:
    place = f"programme_trainee:{trainee.person_id}"
    plain = sealing.decrypt_personal(trainee.phone_sealed, bound_to=place)
    trainee.phone_sealed = sealing.encrypt_personal(plain, bound_to=place)


def move_photos(session: Session, limit: int, *, now: datetime) -> tuple[int, int]:
    """The photographs of trainees, those too that lie in clear from before."""
    # Of up to 200 KB each: others may write in between.
    return rotating.move(session, Trainee, min(limit, MOST_PHOTOS), _photo_anew, column="photo_key_id", now=now)


def _photo_anew(trainee: Trainee) -> None:
    assert trainee.photo_sealed is not None and trainee.photo_key_id is not None, "paired by a check of the table"
    place = classes.photo_place(trainee.id or 0)
    plain = sealing.decrypt_picture(trainee.photo_sealed, trainee.photo_key_id, bound_to=place)
    trainee.photo_sealed = sealing.encrypt_picture(plain, bound_to=place)
