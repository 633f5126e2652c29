"""Reads on who has confirmed a room record, and whether it still says what they saw."""

from dataclasses import dataclass
from datetime import datetime

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.sittings.queries import recording
from service.sittings.queries.day import SittingView, proctors, view
from service.sittings.rules import recording as rules
from service.sittings.tables import RecordConfirmation, SignatureExcuse


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


@dataclass(frozen=True, slots=True)
class Excused:
    """A proctor who cannot sign any more, why, and who noted it when."""

    person_id: int
    name: str
    reason: str
    at: datetime
    noter: str


def excused(session: Session, sitting_id: int) -> list[Excused]:
    """Whose signature is excused, in the order it was noted."""
    proctor, noter = aliased(Person), aliased(Person)
    statement = (
        select(SignatureExcuse, proctor.name, noter.name)
        .join(proctor, col(proctor.id) == col(SignatureExcuse.person_id))
        .join(noter, col(noter.id) == col(SignatureExcuse.noted_by))
        .where(SignatureExcuse.sitting_id == sitting_id)
        .order_by(col(SignatureExcuse.noted_at), col(SignatureExcuse.person_id))
    )
    return [
        Excused(row.person_id, name, row.reason, row.noted_at, noted) for row, name, noted in session.exec(statement)
    ]


def absentees(session: Session, person_ids: frozenset[int]) -> dict[int, str]:
    """The names of those whose signature is missing, by person."""
    statement = select(Person.id, Person.name).where(col(Person.id).in_(person_ids)).order_by(col(Person.name))
    return {person_id or 0: name for person_id, name in session.exec(statement)}


def missing(session: Session, sitting_id: int) -> frozenset[int]:
    """The proctors of a sitting who have not signed its record as it is now, and are not excused from it."""
    found = view(session, sitting_id)
    assert found is not None
    return lacking(session, sitting_id, of_view(session, found), excused(session, sitting_id))


def lacking(session: Session, sitting_id: int, signed: list[Signature], let_off: list[Excused]) -> frozenset[int]:
    """The same, for whoever has read the signatures already."""
    done = {one.person_id for one in signed if one.current} | {one.person_id for one in let_off}
    return proctors(session, sitting_id) - done
