"""What counts for every position of a sheet, whatever happened to the sheet since it was first marked."""

from collections.abc import Iterable

from sqlmodel import Session, col, select

from service.results import queries
from service.results.rules import Scored
from service.results.tables import Result


def of_results(session: Session, results: Iterable[Result]) -> dict[int, dict[int, Scored]]:
    """What counts for every position of these results, by seat: a later version rests on the first one's marks."""
    firsts = select(Result).where(col(Result.seat_id).in_([one.seat_id for one in results]), Result.version == 1)
    return {first.seat_id: queries.counting(session, first.id or 0) for first in session.exec(firsts)}
