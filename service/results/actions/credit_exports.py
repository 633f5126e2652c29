"""Telling the register of safety training what became of credits; that it was told goes on record."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import sealing
from service.results.queries import credits as queries
from service.results.queries.credits import Credited, Happening
from service.results.rules.credits import Position


def follow(session: Session, actor: Actor, after: Position, most: int) -> list[Happening]:
    """What happened to credits after a place, and one event more than ``most`` where there is one."""
    using.require_right(actor, Right.RESULTS_CREDITS)
    return queries.happenings(session, after, most + 1)


def standing(session: Session, actor: Actor, plan_year: int) -> list[Credited]:
    """The credits of a plan year that count now."""
    using.require_right(actor, Right.RESULTS_CREDITS)
    return queries.standing(session, plan_year)


def note(
    session: Session, actor: Actor, subject: str, content: bytes, number: int, form: str, after: str, *, now: datetime
) -> None:
    """Put on record what left the house, by its digest."""
    data = {"after": after, "number": number, "format": form, "digest": sealing.digest(content)}
    record(session, Event.CREDITS_EXPORTED, actor.label, subject, now=now, data=data)
