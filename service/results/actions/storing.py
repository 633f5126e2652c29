"""Storing the results of many sheets with their marks; a whole room hands in at once."""

from collections.abc import Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from service.kernel.by_hand import Rows
from service.results import queries
from service.results.rules import ResultState, Verdict


class Outcome(NamedTuple):
    """The first result of one seat, as it is stored."""

    seat_id: int
    sitting_id: int
    class_id: int
    trainee_id: int
    verdict: Verdict
    points: int
    pass_points: int
    marked_at: datetime


# In the order of an outcome's fields, and what is the same of all.
_COLUMNS = {"seat_id": "int", "sitting_id": "int", "class_id": "int", "trainee_id": "int", "verdict": "text"}
_COLUMNS |= {"points": "int", "pass_points": "int", "marked_at": "timestamptz", "state": "text", "key_digest": "text"}
_RESULTS = Rows("results_result", _COLUMNS)
_MARKS = Rows("results_sheet_marks", {"result_id": "int", "entries": "text"})


def store(session: Session, outcomes: Sequence[Outcome], marks: Sequence[str]) -> None:
    """Store one row of results per sheet, and one of its marks as :func:`rules.entries` writes them; in one order.

    Raises:
        IntegrityError: a seat has a result already.
    """
    if not outcomes:
        return
    connection = session.connection()
    _RESULTS.write(connection, [(*one, ResultState.MARKED.value, "") for one in outcomes])
    numbers = queries.first_results(session, [one.seat_id for one in outcomes])
    _MARKS.write(connection, [(numbers[one.seat_id], entries) for one, entries in zip(outcomes, marks, strict=True)])
