"""Telephone numbers under a new key; see ``access.actions.rotating``."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import rotating
from service.kernel import sealing
from service.programme.tables import Trainee


def move_phones(session: Session, limit: int, *, now: datetime) -> tuple[int, int]:
    """The telephone numbers of trainees; how many were moved, and how many are left."""
    return rotating.move(session, Trainee, limit, _phone_anew, now=now)


def _phone_anew(trainee: Trainee) -> None:
    place = f"programme_trainee:{trainee.person_id}"
    plain = sealing.decrypt_personal(trainee.phone_sealed, bound_to=place)
    trainee.phone_sealed = sealing.encrypt_personal(plain, bound_to=place)
