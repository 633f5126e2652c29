"""The database: its engine, sessions and column types, alike on SQLite and PostgreSQL.

One request is one transaction, committed at the edge before the reply leaves: routes ask for a
:data:`Writing` session or, when they only look, a :data:`Reading` one. Nothing else commits.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, nullcontext
from datetime import UTC, datetime
from functools import lru_cache
from threading import Lock
from typing import Annotated, Any

import sqlalchemy as sa
from fastapi import Depends
from sqlalchemy.engine import Dialect, Engine, make_url
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as NoConnectionError
from sqlmodel import Session, SQLModel
from typing_extensions import override

from service.kernel import engines, settings
from service.kernel.turns import READS_AT_ONCE, WRITES_AT_ONCE, Turns
from service.kernel.turnstile import Turnstile

# Every constraint has a name, or SQLite's batch migrations could not drop it later.
SQLModel.metadata.naming_convention = {
    "ix": "ix_%(column_0_label)s",
    "uq": "uq_%(table_name)s_%(column_0_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


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


# An engine that fell out of a cache of some size would leave its open connections behind, and two threads that come
# first at the same moment would make two: so each address keeps its one until it is let go of.
_engines: dict[str, Engine] = {}
_making = Lock()


def engine_for(url: str) -> Engine:
    """The one engine of a database address, made when it is first asked for."""
    found = _engines.get(url)
    if found is None:
        with _making:
            if url not in _engines:
                _engines[url] = engines.made(url)
            found = _engines[url]
    return found


def let_go(url: str) -> None:
    """Close what is open to a database; whoever asks for it later gets a new engine."""
    _writer.cache_clear()
    engine = _engines.pop(url, None)
    if engine is not None:
        engine.dispose()


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
