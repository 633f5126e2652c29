"""Reads on declared ties, and on which institution teaches a class."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.rules.ties import TieKind
from service.access.tables import Organisation, Person, Tie
from service.kernel.by_hand import Query


def living(session: Session, person_id: int, organisation_id: int, kind: TieKind) -> Tie | None:
    """The tie of this kind between the two that has not been withdrawn."""
    statement = select(Tie).where(
        Tie.person_id == person_id,
        Tie.organisation_id == organisation_id,
        Tie.kind == kind,
        col(Tie.withdrawn_at).is_(None),
    )
    return session.exec(statement).first()


@dataclass(frozen=True, slots=True)
class TieLine:
    """A tie with the names of the person, the institution, and whoever asked for its withdrawal."""

    tie: Tie
    person: str
    organisation: str
    proposer: str


def listing(*, person_id: int | None = None, organisation_id: int | None = None, text: str = "") -> Any:
    """A select of all ties, the newest first: of one person, to one institution, of people with this in their names."""
    proposer = aliased(Person)
    statement = (
        select(Tie, Person.name, Organisation.name, proposer.name)
        .join(Person, col(Person.id) == col(Tie.person_id))
        .join(Organisation, col(Organisation.id) == col(Tie.organisation_id))
        .outerjoin(proposer, col(proposer.id) == col(Tie.withdrawal_proposed_by))
        .order_by(col(Tie.id).desc())
    )
    for column, value in ((Tie.person_id, person_id), (Tie.organisation_id, organisation_id)):
        if value is not None:
            statement = statement.where(col(column) == value)
    return statement.where(col(Person.name).contains(text, autoescape=True)) if text else statement


def line(row: Any) -> TieLine:
    """A row of the listing."""
    tie, person, organisation, proposer = row
    return TieLine(tie, person, organisation, proposer or "")


def lines(session: Session, person_id: int | None = None) -> list[TieLine]:
    """All ties, or those of one person, the newest first."""
    return [line(row) for row in session.exec(listing(person_id=person_id))]


_NEAR = Query("""
SELECT t.person_id, g.subject FROM access_tie t JOIN access_taught g ON g.organisation_id = t.organisation_id
WHERE t.person_id IN ?* AND g.subject IN ?* AND t.withdrawn_at IS NULL AND (t.until IS NULL OR t.until > ?)
""")


_TAUGHT_NEAR = Query("""
SELECT DISTINCT g.subject FROM access_tie t JOIN access_taught g ON g.organisation_id = t.organisation_id
WHERE t.person_id = ? AND t.withdrawn_at IS NULL AND (t.until IS NULL OR t.until > ?)
""")


def classes_near(session: Session, person_id: int, *, ended_after: date) -> frozenset[int]:
    """The classes that an institution teaches to which a declared tie brings this person."""
    subjects = (subject for (subject,) in _TAUGHT_NEAR.rows(session, person_id, ended_after))
    return frozenset(int(subject.removeprefix("class:")) for subject in subjects)


def near(session: Session, uses: Collection[tuple[int, str]], *, ended_after: date) -> set[tuple[int, str]]:
    """Of these persons and subjects those that a tie brings too near: its institution teaches the class."""
    people, subjects = list({one for one, _ in uses}), list({subject for _, subject in uses})
    return {(person, subject) for person, subject in _NEAR.rows(session, people, subjects, ended_after)}
