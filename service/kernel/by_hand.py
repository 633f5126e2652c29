"""Statements written out by hand, for what comes by the thousand: composing them anew costs more than running them.

Each is written once and fits SQLite and PostgreSQL. Nothing of the session's bookkeeping is used; what it has not
written yet is written first, so that nobody reads past it.
"""

import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from functools import lru_cache
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from service.kernel import database


class Query:
    """Reads columns. ``?`` stands for a value, ``IN ?*`` and ``NOT IN ?*`` for many; ``lock`` is for PostgreSQL only.

    Instants come back as the driver has them: :func:`database.read` reads both kinds.
    """

    def __init__(self, text: str, *, lock: str = "") -> None:
        self._sqlite = text.replace("IN ?*", "IN (SELECT value FROM json_each(?))")
        numbered = text.replace("%", "%%").replace("NOT IN ?*", "<> ALL(?)").replace("IN ?*", "= ANY(?)")
        self._postgresql = f"{numbered.replace('?', '%s')} {lock}"

    def rows(self, session: Session, *values: Any) -> Sequence[Any]:
        """All rows. Of ``values`` those that stand for many are lists."""
        session.flush()
        connection = session.connection()
        if _is_postgresql(connection):
            return connection.exec_driver_sql(self._postgresql, values).fetchall()
        return connection.exec_driver_sql(self._sqlite, tuple(map(_for_sqlite, values))).fetchall()


class Rows:
    """Writes many rows; ``columns`` are named with their PostgreSQL types. An update finds its rows by ``id``."""

    def __init__(self, table: str, columns: Mapping[str, str], *, update: bool = False) -> None:
        self._instants = [index for index, kind in enumerate(columns.values()) if kind == "timestamptz"]
        names = ", ".join(columns)
        given = "unnest(" + ", ".join(f"%s::{kind}[]" for kind in columns.values()) + ")"
        if update:
            others = [name for name in columns if name != "id"]
            assert list(columns) == [*others, "id"], "the id comes last, as it does in the statement"
            self._sqlite = f"UPDATE {table} SET {', '.join(f'{name} = ?' for name in others)} WHERE id = ?"  # noqa: S608
            new = ", ".join(f"{name} = new.{name}" for name in others)
            self._postgresql = f"UPDATE {table} SET {new} FROM {given} AS new({names}) WHERE {table}.id = new.id"  # noqa: S608
        else:
            self._sqlite = f"INSERT INTO {table} ({names}) VALUES ({', '.join('?' * len(columns))})"  # noqa: S608
            # Numbers that the database gives come in the order of the rows.
            ordered = f"{given} WITH ORDINALITY AS given({names}, place) ORDER BY place"
            self._postgresql = f"INSERT INTO {table} ({names}) SELECT {names} FROM {ordered}"  # noqa: S608

    def write(self, connection: sa.Connection, rows: Sequence[Sequence[Any]]) -> None:
        """Write these rows, in their order; their values in the order of the columns."""
        if not rows:
            return
        if _is_postgresql(connection):
            connection.exec_driver_sql(self._postgresql, tuple(map(list, zip(*rows, strict=True))))
        else:
            connection.exec_driver_sql(self._sqlite, self._for_sqlite(rows))

    def _for_sqlite(self, rows: Sequence[Sequence[Any]]) -> list[Any]:
        if not self._instants:
            return list(rows)
        columns: list[Sequence[Any]] = list(zip(*rows, strict=True))
        for index in self._instants:
            columns[index] = [_written(value) if value is not None else None for value in columns[index]]
        return list(zip(*columns, strict=True))


# One instant stands in many rows of a group.
_written = lru_cache(maxsize=256)(database.written)


def _is_postgresql(connection: sa.Connection) -> bool:
    return connection.dialect.name == "postgresql"


def _for_sqlite(value: Any) -> Any:
    if isinstance(value, datetime):
        return _written(value)
    if isinstance(value, date):
        return value.isoformat()
    return json.dumps(value) if isinstance(value, list) else value
