"""Reads on batches of tickets; the PDF itself is read only when it is fetched."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.sittings.tables import Seat, Sitting, TicketPrint


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a batch is, without its PDF."""

    code: str
    person_id: int
    sittings: str
    total: int
    done: int
    asked_at: datetime
    beat_at: datetime
    finished_at: datetime | None
    fault: str


_COLUMNS = tuple(getattr(TicketPrint, name) for name in Progress.__slots__)


def progress(session: Session, code: str) -> Progress | None:
    row = session.execute(sa.select(*_COLUMNS).where(col(TicketPrint.code) == code)).first()
    return Progress(*row) if row is not None else None


def own(session: Session, person_id: int) -> list[Progress]:
    """Somebody's batches, the newest first."""
    statement = sa.select(*_COLUMNS).where(col(TicketPrint.person_id) == person_id)
    return [Progress(*row) for row in session.execute(statement.order_by(col(TicketPrint.asked_at).desc()))]


def print_of(session: Session, code: str, *, lock: bool = False) -> TicketPrint | None:
    return session.get(TicketPrint, code, with_for_update=lock or None, populate_existing=lock)


def any_before(session: Session, instant: datetime) -> bool:
    """Whether a batch was asked for before an instant."""
    return session.exec(select(TicketPrint.code).where(TicketPrint.asked_at < instant).limit(1)).first() is not None


def fingerprint(session: Session, sitting_ids: Sequence[int]) -> list[tuple[object, ...]]:
    """Everything that tickets of these sittings depend on and that can change while they are being prepared."""
    what = (Sitting.id, Sitting.room_id, Sitting.starts_at, Sitting.cancelled_at, Seat.id, Seat.ticket_issue)
    statement = (
        sa.select(*map(col, what))
        .join(Seat, col(Seat.sitting_id) == col(Sitting.id))
        .where(col(Sitting.id).in_(set(sitting_ids)))
        .order_by(col(Sitting.id), col(Seat.number))
    )
    return [tuple(row) for row in session.execute(statement)]
