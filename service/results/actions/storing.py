"""Storing the results of many sheets with their marks; written out by hand, because a whole room hands in at once."""

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col

from service.results.rules import Scored
from service.results.tables import Result

_RESULTS = sa.insert(Result).returning(col(Result.id), sort_by_parameter_order=True)
_MARKS = 'INSERT INTO results_mark (result_id, position, choice, points, "of") {values}'
_SQLITE = _MARKS.format(values="VALUES (?, ?, ?, ?, ?)")
_POSTGRESQL = _MARKS.format(values="SELECT * FROM unnest(%s::int[], %s::int[], %s::text[], %s::int[], %s::int[])")


def store(session: Session, results: Sequence[Mapping[str, Any]], scored: Sequence[Mapping[int, Scored]]) -> None:
    """Store one row of results per sheet, and one mark for every position of each; both in the same order."""
    if not results:
        return
    connection = session.connection()
    ids = connection.execute(_RESULTS, [{"key_digest": "", **one} for one in results]).scalars().all()
    rows = [
        (result_id, position, one.choice, one.points, one.of)
        for result_id, sheet in zip(ids, scored, strict=True)
        for position, one in sheet.items()
    ]
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_POSTGRESQL, tuple(map(list, zip(*rows, strict=True))))
    else:
        connection.exec_driver_sql(_SQLITE, rows)
