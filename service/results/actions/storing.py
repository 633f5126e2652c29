"""Storing the results of many sheets with their marks; a whole room hands in at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from service.results.rules import Scored
from service.results.tables import Result, SheetMarks

_RESULTS = sa.insert(Result).returning(col(Result.id), sort_by_parameter_order=True)
_MARKS = sa.insert(SheetMarks)


def store(session: Session, results: Sequence[Mapping[str, Any]], scored: Sequence[Mapping[int, Scored]]) -> None:
    """Store one row of results per sheet, and one of its marks; both in the same order."""
    if not results:
        return
    connection = session.connection()
    ids = connection.execute(_RESULTS, [{"key_digest": "", **one} for one in results]).scalars().all()
    marks = [
        {
            "result_id": result_id,
            "entries": [(position, one.choice, one.points, one.of) for position, one in sheet.items()],
        }
        for result_id, sheet in zip(ids, scored, strict=True)
        if sheet
    ]
    if marks:
        connection.execute(_MARKS, marks)
