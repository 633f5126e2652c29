"""What Alembic runs: all migrations in one transaction, batch mode for SQLite."""

from typing import Any, Literal

import sqlalchemy as sa
import sqlmodel
from alembic import context
from alembic.autogenerate.api import AutogenContext

from service import migrations, schema
from service.kernel import database


def plain_types(kind: str, thing: Any, _: AutogenContext) -> str | Literal[False]:
    """Migrations name SQLAlchemy's own types, so that old ones run whatever becomes of ours."""
    if kind == "type" and isinstance(thing, database.Instant):
        return "sa.DateTime(timezone=True)"
    if kind == "type" and isinstance(thing, sqlmodel.AutoString):
        return f"sa.String(length={thing.length})" if thing.length else "sa.String()"
    if kind == "type" and isinstance(thing, sa.LargeBinary):
        return "sa.LargeBinary()"
    return False


def describable(name: str | None, kind: str, _: Any) -> bool:
    """Whether the models can say it: the bank's search index is the databases' own, and each has it differently."""
    return kind not in {"table", "index"} or not str(name).startswith(migrations.OF_THE_DATABASE)


def keep_references(connection: sa.Connection, *, enforced: bool) -> None:
    """Making a SQLite table anew drops the old one; its rows must not be missed while it is gone."""
    if connection.dialect.name == "sqlite":
        raw = connection.connection.dbapi_connection
        assert raw is not None
        raw.execute(f"PRAGMA foreign_keys={'ON' if enforced else 'OFF'}")
        if enforced and (broken := raw.execute("PRAGMA foreign_key_check").fetchall()):
            raise RuntimeError(f"the migration left references to nothing: {broken}")


# Migrations write, so SQLite's lock is taken at the beginning.
with database.engine().execution_options(writes=True).connect() as connection:
    keep_references(connection, enforced=False)
    context.configure(
        connection=connection,
        target_metadata=schema.metadata,
        render_as_batch=True,
        render_item=plain_types,
        include_name=describable,
        compare_type=True,
    )
    with context.begin_transaction():
        context.run_migrations()
    keep_references(connection, enforced=True)
