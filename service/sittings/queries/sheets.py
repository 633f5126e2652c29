"""Sheets as they are handed in: the choices of many seats, in one statement."""

import json
from collections.abc import Iterable

from sqlmodel import Session

from service.sittings.tables import Seat

# Written out, and folded into one row a seat by the database: a room of sheets is thousands of answers, and a row
# object for each of them cost more than reading them.
_GIVEN = """
SELECT seat_id, {folded} FROM sittings_answer
WHERE sitting_id {sittings} AND seat_id {seats} AND choice <> '' GROUP BY seat_id
"""
_SQLITE = _GIVEN.format(
    folded="json_group_object(position, choice)",
    sittings="IN (SELECT value FROM json_each(?))",
    seats="IN (SELECT value FROM json_each(?))",
)
_POSTGRESQL = _GIVEN.format(folded="json_object_agg(position, choice)::text", sittings="= ANY(%s)", seats="= ANY(%s)")


def given(session: Session, rows: Iterable[Seat]) -> dict[int, dict[int, str]]:
    """The choices of many seats by position, empty ones left out."""
    places = list(rows)
    sitting_ids, seat_ids = list({row.sitting_id for row in places}), [row.id for row in places]
    connection = session.connection()
    if connection.dialect.name == "postgresql":
        found = connection.exec_driver_sql(_POSTGRESQL, (sitting_ids, seat_ids)).fetchall()
    else:
        found = connection.exec_driver_sql(_SQLITE, (json.dumps(sitting_ids), json.dumps(seat_ids))).fetchall()
    return {
        seat_id: {int(position): choice for position, choice in json.loads(folded).items()} for seat_id, folded in found
    }
