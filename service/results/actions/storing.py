"""Storing the results of many sheets with their marks; a whole room hands in at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from service.kernel.by_hand import Rows
from service.results.tables import Result

_RESULTS = sa.insert(Result).returning(col(Result.id), sort_by_parameter_order=True)
_MARKS = Rows("results_sheet_marks", {"result_id": "int", "entries": "text"})


def store(session: Session, results: Sequence[Mapping[str, Any]], marks: Sequence[str]) -> None:
    """Store one row of results per sheet, and one of its marks as :func:`rules.entries` writes them; in one order."""
    if not results:
        return
    connection = session.connection()
    ids = connection.execute(_RESULTS, [{"key_digest": "", **one} for one in results]).scalars().all()
    _MARKS.write(connection, list(zip(ids, marks, strict=True)))
