"""What statistics of items and papers are counted on: the marks of everybody who sat, by form."""

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from sqlmodel import Session, col, select

from service.access.tables import Person
from service.results.queries import current, standing
from service.results.rules import ResultState, Scored, Verdict
from service.results.tables import Result
from service.sittings.tables import Seat, Sitting

# Who was found to have cheated says nothing of an item.
COUNTED = (Verdict.PASSED, Verdict.FAILED)
# By seat and position, what was marked.
Sheets = dict[int, dict[int, Scored]]


@dataclass(frozen=True, slots=True)
class Sitter:
    """Who sat where: the sitting, the number of the seat, ticket and name."""

    sitting_id: int
    number: int
    ticket_number: str
    name: str


def sheets_of_class(session: Session, class_id: int, *, published: bool = False) -> dict[int, Sheets]:
    """What was marked at hand-in, and late answers accepted since, by form and seat; or the published ones only."""
    states = [ResultState.PUBLISHED] if published else list(ResultState)
    statement = (
        select(Result, Sitting.form_id)
        .join(Sitting, col(Sitting.id) == col(Result.sitting_id))
        .where(Result.class_id == class_id, col(Result.verdict).in_(COUNTED), col(Result.state).in_(states), current())
        .order_by(col(Result.seat_id))
    )
    found = session.exec(statement).all()
    marked = standing.as_answered(session, [result for result, _ in found])
    by_form: dict[int, Sheets] = defaultdict(dict)
    for result, form_id in found:
        if form_id is not None and result.seat_id in marked:
            by_form[form_id][result.seat_id] = marked[result.seat_id]
    return by_form


def pass_points(session: Session, class_id: int, form_id: int) -> int:
    """The pass mark that the results of a form were judged by."""
    statement = (
        select(Result.pass_points)
        .join(Sitting, col(Sitting.id) == col(Result.sitting_id))
        .where(Result.class_id == class_id, Sitting.form_id == form_id)
        .order_by(col(Result.pass_points).desc())
    )
    return session.exec(statement).first() or 0


def published_classes(session: Session) -> list[int]:
    """The classes with published results, the newest first."""
    published = select(Result.class_id).where(Result.state == ResultState.PUBLISHED).distinct()
    return list(session.exec(published.order_by(col(Result.class_id).desc())))


def sitters(session: Session, seat_ids: Collection[int]) -> dict[int, Sitter]:
    """Who sat in these seats, by seat."""
    statement = (
        select(Seat, Person.name)
        .join(Person, col(Person.id) == col(Seat.person_id))
        .where(col(Seat.id).in_(seat_ids))
        .order_by(col(Seat.sitting_id), col(Seat.number))
    )
    return {
        seat.id or 0: Sitter(seat.sitting_id, seat.number, seat.ticket_number, name)
        for seat, name in session.exec(statement)
    }
