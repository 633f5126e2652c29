"""Which machine a seat's changes come from: the key and the clock of each are kept, of one left behind as well."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.sittings.tables import BoundMachine, Presence, Seat


def bind(session: Session, seat: Seat, session_digest: str, public_key: str, *, now: datetime) -> BoundMachine:
    """Note the machine that has just signed in, and close the books on the one before it.

    A seat has one presence, which the new machine will soon write over: what is known of the old clock is kept now.
    """
    assert seat.id is not None
    before = sa.select(BoundMachine).where(
        col(BoundMachine.seat_id) == seat.id, col(BoundMachine.replaced_at).is_(None)
    )
    for old in session.execute(before).scalars():
        old.replaced_at, old.drift_ms = now, _heard(session, seat, old)
        session.add(old)
    machine = BoundMachine(session_digest=session_digest, seat_id=seat.id, public_key=public_key, bound_at=now)
    session.add(machine)
    session.flush()
    return machine


def drift_ms(session: Session, seat: Seat, machine: BoundMachine) -> int | None:
    """How far a machine's clock was from ours when it was last heard; nothing where it never was."""
    return machine.drift_ms if machine.replaced_at is not None else _heard(session, seat, machine)


def heard_at(session: Session, seat: Seat) -> datetime | None:
    """The last sign of life from a seat, whichever machine gave it; nothing where there was none."""
    presence = session.get(Presence, (seat.sitting_id, seat.id), populate_existing=True)
    return presence.seen_at if presence is not None else None


def _heard(session: Session, seat: Seat, machine: BoundMachine) -> int | None:
    presence = session.get(Presence, (seat.sitting_id, seat.id), populate_existing=True)
    return presence.drift_ms if presence is not None and presence.seen_at >= machine.bound_at else None
