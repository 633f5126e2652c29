"""Reads on what a person has done in a sitting, whichever table or entry of the journal keeps it."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.tables import Account
from service.journal.rules import Event
from service.journal.tables import JournalEntry
from service.sittings.rules.room import ExtraTimeKind
from service.sittings.tables import (
    Case,
    ExtraTime,
    IdentityCheck,
    Incident,
    LateAnswer,
    Message,
    Pause,
    RecordConfirmation,
    Scan,
    Seat,
    SheetReopening,
)

# Every column that names a person who did something in the room or at its door.
HANDS: tuple[Any, ...] = (
    Scan.person_id,
    Seat.admitted_by,
    Seat.refused_by,
    Case.closed_by,
    Pause.paused_by,
    Pause.resumed_by,
    Message.sent_by,
    Incident.person_id,
    IdentityCheck.checked_by,
    LateAnswer.decided_by,
    RecordConfirmation.person_id,
    SheetReopening.proposed_by,
    SheetReopening.decided_by,
)
# What leaves no row with a name: the sheet says how it was closed, only the journal says by whom.
JOURNALED = frozenset({Event.SEAT_RELEASED, Event.SEAT_HANDED_IN, Event.SEAT_TERMINATED})


def has_acted(session: Session, sitting_id: int, person_id: int) -> bool:
    """Whether a person has done anything in a sitting: looked at a ticket, stopped a clock, written, collected, signed.

    Fetching the roster to a tablet is asked for apart, see :func:`has_a_roster`: nothing in the room is other by that.
    """
    found = [_hand(hand, sitting_id, person_id) for hand in HANDS]
    # The minutes of an individual arrangement carry the name of who approved it, far from the room.
    given = _hand(ExtraTime.given_by, sitting_id, person_id)
    found.append(given.where(col(ExtraTime.kind) != ExtraTimeKind.ARRANGEMENT))
    found.append(_journaled(session, sitting_id, person_id))
    return bool(session.execute(sa.select(sa.or_(*(one.exists() for one in found)))).scalar())


def has_a_roster(session: Session, sitting_id: int, person_id: int) -> bool:
    """Whether a roster of a sitting was handed to a person's tablet: what is done with it may come at any time."""
    issued = sa.select(sa.literal(1)).where(
        col(JournalEntry.subject) == f"sitting:{sitting_id}",
        col(JournalEntry.event) == Event.PACK_ISSUED.value,
        col(JournalEntry.actor).in_(_labels(session, person_id)),
    )
    return session.execute(issued.limit(1)).first() is not None


def _labels(session: Session, person_id: int) -> list[str]:
    accounts = session.execute(sa.select(col(Account.id)).where(col(Account.person_id) == person_id)).scalars()
    return [f"account:{account_id}" for account_id in accounts]


def _hand(hand: Any, sitting_id: int, person_id: int) -> Any:
    return sa.select(sa.literal(1)).where(hand == person_id, hand.class_.sitting_id == sitting_id)


def _journaled(session: Session, sitting_id: int, person_id: int) -> Any:
    seats = session.execute(sa.select(col(Seat.id)).where(col(Seat.sitting_id) == sitting_id)).scalars()
    return sa.select(sa.literal(1)).where(
        col(JournalEntry.subject).in_([f"seat:{seat_id}" for seat_id in seats]),
        col(JournalEntry.actor).in_(_labels(session, person_id)),
        col(JournalEntry.event).in_([event.value for event in JOURNALED]),
    )
