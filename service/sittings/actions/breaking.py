"""What a break-glass opening means in the rooms that wait for the paper."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions.custody import Hand
from service.access.rules.policy import Actor
from service.kernel.decision import Decision
from service.papers.actions import breaking, opening
from service.papers.rules.states import Form
from service.sittings import queries


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
        late.began_at = now
        session.add(late)
