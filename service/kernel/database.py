"""The database: engine, sessions and column types, alike on SQLite and PostgreSQL.

One request is one transaction, committed at the edge before the reply leaves: routes ask for a
:data:`Writing` session or, when they only look, a :data:`Reading` one. Nothing else commits.
"""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends
from sqlalchemy import event
from sqlalchemy.engine import Dialect, Engine, make_url
from sqlalchemy.exc import DisconnectionError, InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlmodel import Session, SQLModel
from typing_extensions import override

from service.kernel import settings
from service.kernel.turns import READS_AT_ONCE, WRITES_AT_ONCE, Turns
from service.kernel.turnstile import BUSY_SECONDS, Turnstile

# Every constraint has a name, or SQLite's batch migrations could not drop it later.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


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
# What a database raises that is away, full, or held for too long.
OUT_OF_ORDER = (OperationalError, InterfaceError, NoConnectionError, TimeoutError)
# PostgreSQL gave one of two transactions up because they stood in each other's way: run again, it succeeds.
_STOOD_IN_THE_WAY = {"40001", "40P01"}


def out_of_order(error: Exception) -> bool:
    """Whether the database cannot be used at all, so that trying the next write would only wait as long again."""
    met = getattr(getattr(error, "orig", None), "sqlstate", None) in _STOOD_IN_THE_WAY
    return isinstance(error, OUT_OF_ORDER) and not met


class Instant(sa.types.TypeDecorator[datetime]):
    """A UTC instant. SQLite forgets the time zone of a ``DateTime``; this puts it back and refuses naive values."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    @override
    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("an instant needs a time zone")
        return value.astimezone(UTC)

    @override
    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def written(instant: datetime) -> str:
    """An instant as SQLite keeps it, for statements that are written out by hand."""
    return instant.astimezone(UTC).strftime("%Y-%m-%d %H:%M:%S.%f")


def array(values: Iterable[int | str]) -> str:
    """Numbers, truths or digests, which need no quotes, as PostgreSQL writes an array; drivers look at each of them."""
    return f"{{{','.join(map(str, values))}}}"


def read(value: str | datetime | None) -> datetime | None:
    """An instant as a statement written out by hand returns it: text from SQLite, an instant from PostgreSQL."""
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value is None:
        return None
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def one_of(column: str, values: Iterable[Any]) -> sa.CheckConstraint:
    """A check that ``column`` holds a value of the enum: text and a check migrate cleanly, native enums do not."""
    listed = ", ".join(f"'{member.value}'" for member in values)
    return sa.CheckConstraint(f"{column} IN ({listed})", name=f"{column}_known")


def both_or_neither(*columns: str) -> sa.CheckConstraint:
    """A check that a "who" column and its "when" column are filled together."""
    empty = " AND ".join(f"{column} IS NULL" for column in columns)
    filled = " AND ".join(f"{column} IS NOT NULL" for column in columns)
    return sa.CheckConstraint(f"({empty}) OR ({filled})", name=f"{columns[0]}_paired")


def defaulting(value: Any) -> dict[str, Any]:
    """Keyword arguments of a column that came later: rows from before it hold this value."""
    return {"server_default": value}


@lru_cache(maxsize=8)
def engine_for(url: str) -> Engine:
    """The engine of a database address; SQLite gets WAL, full sync and foreign keys, PostgreSQL durable commits."""
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


def engine() -> Engine:
    """The engine of this process's settings."""
    return engine_for(settings.current().database_url)


@contextmanager
def reading(*, still: bool = False) -> Iterator[Session]:
    """A session that only looks, ``still`` at one moment all along, as SQLite's do; it is rolled back at the end."""
    with Session(engine(), expire_on_commit=False) as session:
        if still and engine().dialect.name == "postgresql":
            session.connection(execution_options={"isolation_level": "REPEATABLE READ"})
        yield session


@lru_cache(maxsize=8)
def _turnstile(url: str) -> Turnstile | None:
    """The turnstile of a SQLite database; PostgreSQL lets many write at once."""
    return Turnstile() if make_url(url).get_backend_name() == "sqlite" else None


@contextmanager
def writing() -> Iterator[Session]:
    """A session whose work is committed at the end, or rolled back whole on any exception."""
    turnstile = _turnstile(settings.current().database_url)
    with (
        turnstile.passing() if turnstile is not None else nullcontext(),
        Session(_writer(settings.current().database_url), expire_on_commit=False) as session,
        session.begin(),
    ):
        yield session


@lru_cache(maxsize=8)
def _writer(url: str) -> Engine:
    return engine_for(url).execution_options(writes=True)


_turn_to_read, _turn_to_write = Turns(READS_AT_ONCE), Turns(WRITES_AT_ONCE)


def _reading_dependency(_: Annotated[None, Depends(_turn_to_read, scope="function")]) -> Iterator[Session]:
    with reading() as session:
        yield session


def _writing_dependency(_: Annotated[None, Depends(_turn_to_write, scope="function")]) -> Iterator[Session]:
    with writing() as session:
        yield session


# "function" scope makes FastAPI leave the dependency, and so commit, before it sends the reply: what a
# caller sees acknowledged is on disk.
Reading = Annotated[Session, Depends(_reading_dependency, scope="function")]
Writing = Annotated[Session, Depends(_writing_dependency, scope="function")]
