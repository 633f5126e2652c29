"""Wrong guesses at seats, counted in the database by seat and place: in all processes together, and after a restart.

A wrong guess is written anyway, with its entry in the journal; whoever is right the first time meets none of this. The
seat's own number of failures says whether there is anything to look at: a proctor who unlocks it sets it to nothing,
and so does whoever is right.
"""

from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.rules import lockout
from service.access.rules.lockout import Tries
from service.sittings.tables import Seat, SeatGuess


def minutes(session: Session, seat: Seat, place: str, now: datetime) -> int:
    """For how many minutes more this place may not try this seat; 0 where it may."""
    row = session.get(SeatGuess, (seat.id, place)) if seat.failed_attempts else None
    if row is None or row.held_until is None or row.held_until <= now:
        return 0
    return -(-(row.held_until - now) // timedelta(minutes=1))


def fail(session: Session, seat: Seat, place: str, now: datetime) -> None:
    """Count one wrong guess; the caller has locked the seat, so that each is counted by itself."""
    assert seat.id is not None
    if seat.failed_attempts == 0:
        forget(session, seat)
    row = session.get(SeatGuess, (seat.id, place)) or SeatGuess(seat_id=seat.id, place=place, failures=0, last_at=now)
    before = Tries(row.failures, row.last_at, row.held_until) if row.failures else Tries()
    after = lockout.failed(before, now)
    row.failures, row.last_at, row.held_until = after.failures, now, after.held_until
    seat.failed_attempts += 1
    session.add_all((row, seat))


def forgive(session: Session, seat: Seat) -> None:
    """Whoever was right makes the failures count no more; nothing is written where there were none."""
    if seat.failed_attempts:
        forget(session, seat)
        seat.failed_attempts = 0
        session.add(seat)


def forget(session: Session, seat: Seat) -> None:
    """Throw away what was tried at this seat."""
    session.execute(sa.delete(SeatGuess).where(col(SeatGuess.seat_id) == seat.id))


def is_due(session: Session, *, now: datetime) -> bool:
    """Whether there is a guess to sweep away; looking costs no write lock."""
    old = select(SeatGuess.seat_id).where(col(SeatGuess.last_at) <= now - lockout.FORGOTTEN_AFTER)
    return session.exec(old.limit(1)).first() is not None


def sweep(session: Session, *, now: datetime) -> int:
    """Throw away what was tried a day ago, for an address is a person's; how many there were."""
    gone = session.execute(sa.delete(SeatGuess).where(col(SeatGuess.last_at) <= now - lockout.FORGOTTEN_AFTER))
    assert isinstance(gone, sa.CursorResult)
    return gone.rowcount
