"""What candidates type beside their ticket number, under a new key; see ``access.actions.rotating``."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import rotating
from service.access.tables import Person
from service.sittings.actions import enrolling
from service.sittings.tables import Seat, Sitting


def move_entries(session: Session, limit: int, *, now: datetime) -> tuple[int, int]:
    """The index of every seat's entry code, made anew from the citizen id; how many were moved, and are left."""

    def anew(seat: Seat) -> None:
        sitting, person = session.get_one(Sitting, seat.sitting_id), session.get_one(Person, seat.person_id)
        code = enrolling.entry_code(sitting, seat.ticket_number, person)
        seat.id_tail_index = enrolling.id_tail_index(seat.person_id, code)

    return rotating.move(session, Seat, limit, anew, now=now)
