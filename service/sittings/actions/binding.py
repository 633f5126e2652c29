"""Which machine a seat's changes come from: the key and the clock of each are kept, of one left behind as well."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.kernel import sealing
from service.sittings.tables import BoundMachine, Presence, Seat


@dataclass(frozen=True, slots=True)
class Browser:
    """What a browser shows of itself as it signs in; both may be empty.

    ``public_key`` signs what it must queue while the network is away. ``device_key`` it drew by lot before it asked, so
    that it is known again where it never heard our answer.
    """

    public_key: str = ""
    device_key: str = ""

    @property
    def device_digest(self) -> str:
        return sealing.digest(self.device_key.encode()) if self.device_key else ""


def is_bound_here(session: Session, seat: Seat, browser: Browser) -> bool:
    """Whether the machine that holds the seat is this very browser, asking again."""
    if not browser.device_key:
        return False
    holder = sa.select(col(BoundMachine.device_digest)).where(
        col(BoundMachine.seat_id) == seat.id, col(BoundMachine.replaced_at).is_(None)
    )
    return browser.device_digest in session.execute(holder).scalars().all()


def bind(session: Session, seat: Seat, session_digest: str, browser: Browser, *, now: datetime) -> BoundMachine:
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
    machine = BoundMachine(
        session_digest=session_digest,
        seat_id=seat.id,
        public_key=browser.public_key,
        device_digest=browser.device_digest,
        bound_at=now,
    )
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
