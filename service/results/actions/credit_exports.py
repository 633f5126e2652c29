"""Telling the register of safety training what became of credits; that it was told goes on record."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import sealing
from service.results.queries import credits as queries
from service.results.queries import imported
from service.results.queries.credits import Credited, Happening
from service.results.rules.credits import Position


def follow(session: Session, actor: Actor, after: Position, most: int) -> list[Happening]:
    """What happened to credits after a place, and one event more than ``most`` where there is one."""
    using.require_right(actor, Right.RESULTS_CREDITS)
    return queries.happenings(session, after, most + 1)


@dataclass(frozen=True, slots=True)
class Standing:
    """The credits of a plan year that count now, and who passed elsewhere in it, by class and trainee."""

    plan_year: int
    credits: list[Credited]
    elsewhere: frozenset[tuple[int, int]]

    @property
    def from_elsewhere(self) -> int:
        """How many of the credits are of people who passed elsewhere."""
        return sum((one.credit.class_id, one.credit.trainee_id) in self.elsewhere for one in self.credits)

    @property
    def left_out(self) -> int:
        """How many passed elsewhere and have no credit, since such a result earns none."""
        return len(self.elsewhere) - self.from_elsewhere


def standing(session: Session, actor: Actor, plan_year: int) -> Standing:
    """The credits of a plan year that count now."""
    using.require_right(actor, Right.RESULTS_CREDITS)
    elsewhere = imported.passed(session, plan_year=plan_year)
    return Standing(plan_year, queries.standing(session, plan_year), elsewhere)


def note(
    session: Session, actor: Actor, subject: str, content: bytes, number: int, form: str, after: str, *, now: datetime
) -> None:
    """Put on record what left the house, by its digest."""
    data = {"after": after, "number": number, "format": form, "digest": sealing.digest(content)}
    record(session, Event.CREDITS_EXPORTED, actor.label, subject, now=now, data=data)
