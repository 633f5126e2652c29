"""Reads on cases of answers alike."""

from dataclasses import dataclass

from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.results.queries import telling
from service.results.queries.telling import Sitter
from service.results.tables import SimilarityCase


@dataclass(frozen=True, slots=True)
class CaseLine:
    """A case with who the two are, and who opened and closed it; ``closer`` is empty while it is open."""

    case: SimilarityCase
    sitters: tuple[Sitter, Sitter]
    opener: str
    closer: str


def case(session: Session, case_id: int) -> SimilarityCase | None:
    """A case, locked: another may close it at this moment."""
    return session.get(SimilarityCase, case_id, with_for_update=True, populate_existing=True)


def open_on(session: Session, seats: tuple[int, int]) -> SimilarityCase | None:
    """The case on a pair that nobody has closed yet."""
    statement = select(SimilarityCase).where(
        SimilarityCase.seat_id == seats[0],
        SimilarityCase.other_seat_id == seats[1],
        col(SimilarityCase.closed_at).is_(None),
    )
    return session.exec(statement).first()


def of_class(session: Session, class_id: int) -> list[CaseLine]:
    """The cases of a class, the newest first."""
    opener, closer = aliased(Person), aliased(Person)
    statement = (
        select(SimilarityCase, opener.name, closer.name)
        .join(opener, col(opener.id) == col(SimilarityCase.opened_by))
        .outerjoin(closer, col(closer.id) == col(SimilarityCase.closed_by))
        .where(SimilarityCase.class_id == class_id)
        .order_by(col(SimilarityCase.id).desc())
    )
    found = session.exec(statement).all()
    sitters = telling.sitters(session, {seat for one, _, _ in found for seat in (one.seat_id, one.other_seat_id)})
    return [
        CaseLine(one, (sitters[one.seat_id], sitters[one.other_seat_id]), opened, closed or "")
        for one, opened, closed in found
    ]
