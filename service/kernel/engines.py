"""Engines as this service wants them: what is acknowledged is on disk, and a server that is away is noticed."""

import time
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url
from sqlalchemy.exc import DisconnectionError

from service.kernel.turnstile import BUSY_SECONDS

# A server that is there answers at once; and a network that has swallowed it is noticed before the writes give up.
_POSTGRESQL = {
    "connect_timeout": 5,
    "keepalives_idle": 5,
    "keepalives_interval": 3,
    "keepalives_count": 3,
    "tcp_user_timeout": BUSY_SECONDS * 1000,
}
# A connection that was used a moment ago is taken to be alive.
RESTED_SECONDS = 5.0


def made(url: str) -> Engine:
    """A new engine: SQLite gets WAL, full sync and foreign keys, PostgreSQL durable commits."""
    address = make_url(url)
    if address.get_backend_name() == "postgresql":
        words = {name: value for name, value in _POSTGRESQL.items() if name not in address.query}
        room = {"pool_size": 16, "max_overflow": 8, "pool_timeout": BUSY_SECONDS}
        grown = sa.create_engine(address, connect_args=words, hide_parameters=True, **room)
        event.listen(grown, "connect", _prepare_postgresql)
        event.listen(grown, "checkin", _note_use)
        event.listen(grown, "checkout", _look_after_rest)
        return grown
    if address.database:
        Path(address.database).parent.mkdir(parents=True, exist_ok=True)
    # What a refused statement was about does not belong into a log: names, digests, sealed ids.
    engine = sa.create_engine(address, pool_size=32, max_overflow=16, hide_parameters=True)
    event.listen(engine, "connect", _prepare_sqlite)
    event.listen(engine, "begin", _begin_sqlite)
    event.listen(engine, "before_cursor_execute", _refuse_zero)
    return engine


def _refuse_zero(_c: object, _cursor: object, statement: str, given: Any, _context: object, _many: bool) -> None:
    # PostgreSQL holds no text with a zero byte; SQLite would, and programs that read it would stop there.
    rows = given if isinstance(given, list) else (given,)
    if any(isinstance(one, str) and "\0" in one for row in rows for one in row):
        raise sa.exc.DataError(statement, None, ValueError("a text with a zero byte"))


def _prepare_sqlite(connection: Any, _record: object) -> None:
    # The driver must not open transactions of its own: see _begin_sqlite.
    connection.isolation_level = None
    # What is deleted is overwritten: a sealed paper's plain rows must not stay behind in freed pages.
    pragmas = ("journal_mode=WAL", "synchronous=FULL", "foreign_keys=ON", "secure_delete=ON")
    for pragma in (*pragmas, f"busy_timeout={BUSY_SECONDS * 1000}"):
        connection.execute(f"PRAGMA {pragma}")


def _prepare_postgresql(connection: Any, _record: object) -> None:
    # An operator may have told the server to acknowledge commits that are not on disk yet. We may not: what this
    # service acknowledges is durable. A setting that waits for a standby as well stays as it is.
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT set_config('synchronous_commit', 'on', false)"
            " WHERE current_setting('synchronous_commit') IN ('off', 'local')"
        )
        cursor.execute(f"SELECT set_config('lock_timeout', '{BUSY_SECONDS}s', false)")
    connection.commit()


def _note_use(_connection: Any, record: Any) -> None:
    record.info["used"] = time.monotonic()


def _look_after_rest(connection: Any, record: Any, _proxy: object) -> None:
    """Ask a connection that has rested whether it still lives; before every write that were a round trip more.

    One that dies within these seconds fails one group, which is told so, and takes the whole pool with it.

    Raises:
        DisconnectionError: it does not; the pool makes a new one.
    """
    if time.monotonic() - record.info.get("used", 0.0) < RESTED_SECONDS:
        return
    try:
        connection.execute("SELECT 1")
        connection.rollback()
    except Exception as error:
        raise DisconnectionError from error


def _begin_sqlite(connection: sa.Connection) -> None:
    # A transaction that reads first and writes later fails with "database is locked" whatever the busy
    # timeout; taking the write lock at the beginning makes writers queue instead.
    writes = connection.get_execution_options().get("writes", False)
    connection.exec_driver_sql("BEGIN IMMEDIATE" if writes else "BEGIN")
