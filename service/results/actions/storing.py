"""Storing the results of many sheets with their marks; a whole room hands in at once."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import NamedTuple

from sqlmodel import Session

from service.kernel.by_hand import Rows
from service.results import queries
from service.results.rules import ResultState, Verdict


class Outcome(NamedTuple):
    """The result of one sheet that was handed in, as it is stored."""

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
_COLUMNS |= {"version": "int", "rests_on": "int", "replaces_id": "int"}
_RESULTS = Rows("results_result", _COLUMNS)
_MARKS = Rows("results_sheet_marks", {"result_id": "int", "entries": "text"})


def store(session: Session, outcomes: Sequence[Outcome], marks: Sequence[str]) -> None:
    """Store one row of results per sheet, and one of its marks as :func:`rules.entries` writes them; in one order.

    Where a sheet was opened again, what was handed in before keeps its result, and this one replaces it.

    Raises:
        IntegrityError: a seat has a result already.
    """
    if not outcomes:
        return
    connection = session.connection()
    seats = [one.seat_id for one in outcomes]
    before = queries.taken_back(session, seats)
    _RESULTS.write(connection, [(*one, ResultState.MARKED.value, "", *_version(before, one)) for one in outcomes])
    numbers = queries.newest_results(session, seats)
    _MARKS.write(connection, [(numbers[one.seat_id], entries) for one, entries in zip(outcomes, marks, strict=True)])


def _version(before: Mapping[int, tuple[int, int]], one: Outcome) -> tuple[int, int, int | None]:
    """The version of a result, the one whose marks it rests on, which is itself, and the number of the one before."""
    if one.seat_id not in before:
        return 1, 1, None
    number, version = before[one.seat_id]
    return version + 1, version + 1, number
