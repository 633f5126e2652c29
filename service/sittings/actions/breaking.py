"""What a break-glass opening means in the rooms that wait for the paper."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions.custody import Hand
from service.access.rules.policy import Actor
from service.kernel.decision import Decision
from service.papers.actions import breaking, opening
from service.papers.rules.states import Form
from service.sittings import queries
from service.sittings.tables import ExtraTime, Sitting


def intend_to_break(session: Session, actor: Actor, paper_id: int, letter: Form, *, now: datetime) -> None:
    """Put on record that a custodian is about to break a form open; the caller commits it by itself."""
    form = breaking.form_to_break(session, actor, paper_id, letter)
    opening.intend(session, actor, form.id or 0, now=now)


def break_open(
    session: Session, actor: Actor, paper_id: int, letter: Form, reason: str, hand: Hand, *, now: datetime
) -> tuple[Decision, bool]:
    """A custodian's hand; with the second one, rooms that waited get their whole duration from now on."""
    decision, opened = breaking.break_open(session, actor, paper_id, letter, reason, hand, now=now)
    if opened:
        form = breaking.form_to_break(session, actor, paper_id, letter)
        begin_waiting(session, form.id or 0, now)
    return decision, opened


def begin_waiting(session: Session, form_id: int, now: datetime) -> None:
    """Whoever waited for the seal to be opened gets the whole duration from then on."""
    for late in queries.waiting_for(session, form_id, now):
        begin_anew(session, late, now)


def begin_anew(session: Session, sitting: Sitting, now: datetime) -> None:
    """The whole duration from now on, or from the opening that is still to come; given minutes stay, pauses are over.

    A pause stood for time that went by before: the later beginning gives it back, and to add it would count it twice.
    """
    given = dict(
        session.execute(
            sa.select(col(ExtraTime.seat_id), sa.func.sum(col(ExtraTime.seconds)))
            .where(col(ExtraTime.sitting_id) == sitting.id)
            .group_by(col(ExtraTime.seat_id))
        ).all()
    )
    sitting.began_at, sitting.extra_seconds = now, int(given.get(None, 0))
    sitting.paused_at, sitting.entry_seconds = now if sitting.paused_at is not None else None, 0
    session.add(sitting)
    for seat in queries.seats_of(session, sitting.id or 0):
        seat.extra_seconds = int(given.get(seat.id, 0))
        seat.paused_at = now if seat.paused_at is not None else None
        session.add(seat)
