"""What candidates type beside their ticket number, and pictures of incidents and answer sheets, under a new key.

See ``access.actions.rotating``.
"""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import rotating
from service.access.tables import Person
from service.kernel import sealing
from service.sittings.actions import enrolling
from service.sittings.queries import happenings, transcripts
from service.sittings.tables import IncidentPhoto, Seat, SheetPhoto, Sitting

MOST_PICTURES = 10


def move_entries(session: Session, limit: int, *, now: datetime) -> tuple[int, int]:
    """The index of every seat's entry code, made anew from the citizen id; how many were moved, and are left."""

    def anew(seat: Seat) -> None:
        sitting, person = session.get_one(Sitting, seat.sitting_id), session.get_one(Person, seat.person_id)
        code = enrolling.entry_code(sitting, seat.ticket_number, person)
        seat.id_tail_index = enrolling.id_tail_index(seat.person_id, code)

    return rotating.move(session, Seat, limit, anew, now=now)


def move_pictures(session: Session, limit: int, *, now: datetime) -> tuple[int, int]:
    """The pictures of incidents, those too that lie in clear from before."""
    # Of up to three megabytes each: others may write in between.
    return rotating.move(session, IncidentPhoto, min(limit, MOST_PICTURES), _picture_anew, now=now)


def move_sheets(session: Session, limit: int, *, now: datetime) -> tuple[int, int]:
    """The pictures of answer sheets."""
    return rotating.move(session, SheetPhoto, min(limit, MOST_PICTURES), _sheet_anew, now=now)


def _sheet_anew(photo: SheetPhoto) -> None:
    plain, place = transcripts.picture(photo), transcripts.photo_place(photo.sheet_id, photo.digest)
    photo.picture_sealed = plain and sealing.encrypt_picture(plain, bound_to=place)


def _picture_anew(photo: IncidentPhoto) -> None:
    plain, place = happenings.picture(photo), happenings.photo_place(photo.incident_id, photo.digest)
    photo.picture_sealed = plain and sealing.encrypt_picture(plain, bound_to=place)
