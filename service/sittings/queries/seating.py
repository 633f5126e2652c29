"""Reads on what refers to a seat."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.sittings.tables import (
    Answer,
    Case,
    Departure,
    ExtraTime,
    Gap,
    IdentityCheck,
    Incident,
    LateAnswer,
    Message,
    Pause,
    Presence,
    Scan,
)

# All tables whose rows are about a seat, but for the minutes of an individual arrangement, which come with the seat.
ABOUT: tuple[Any, ...] = (
    Answer,
    Case,
    Departure,
    Gap,
    IdentityCheck,
    Incident,
    LateAnswer,
    Message,
    Pause,
    Presence,
    Scan,
)


def touched(session: Session, seat_id: int) -> bool:
    """Whether anything at the door or in the room refers to a seat."""
    rows = [sa.select(sa.literal(1)).where(table.seat_id == seat_id).exists() for table in ABOUT]
    return bool(session.execute(sa.select(sa.or_(*rows))).scalar())


def minutes_of(session: Session, seat_id: int) -> list[ExtraTime]:
    """The minutes that a seat has been given."""
    return list(session.exec(select(ExtraTime).where(col(ExtraTime.seat_id) == seat_id)))
