"""Reads on who has confirmed a room record, and whether it still says what they saw."""

from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session, col, select

from service.access.tables import Person
from service.sittings.queries import recording
from service.sittings.queries.day import SittingView
from service.sittings.rules import recording as rules
from service.sittings.tables import RecordConfirmation


@dataclass(frozen=True, slots=True)
class Signature:
    """One confirmation; not ``current`` once the content is another than the one that was seen."""

    person_id: int
    name: str
    at: datetime
    remark: str
    digest: str
    current: bool


def signatures(session: Session, sitting_id: int, digest: str) -> list[Signature]:
    """The confirmations of a sitting in their order, against the digest that its record has now."""
    statement = (
        select(RecordConfirmation, Person.name)
        .join(Person, col(Person.id) == col(RecordConfirmation.person_id))
        .where(RecordConfirmation.sitting_id == sitting_id)
        .order_by(col(RecordConfirmation.confirmed_at), col(RecordConfirmation.person_id))
    )
    return [
        Signature(row.person_id, name, row.confirmed_at, row.remark, row.digest, row.digest == digest)
        for row, name in session.exec(statement)
    ]


def of_view(session: Session, view: SittingView) -> list[Signature]:
    """The same, for whoever does not have the digest; it is made only where somebody has confirmed."""
    found = signatures(session, view.sitting.id or 0, "")
    if not found:
        return []
    return signatures(session, view.sitting.id or 0, rules.digest(recording.content(session, view)))
