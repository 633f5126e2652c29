"""Alembic migrations: upgrade, and the check that the database is at the newest one."""

from pathlib import Path

from alembic import command
from alembic.config import Config
from alembic.migration import MigrationContext
from alembic.script import ScriptDirectory

from service.kernel import database

HERE = Path(__file__).parent
# What the names of tables and indexes begin with that no model describes: the bank's search index (migration 0080).
OF_THE_DATABASE = "bank_search"


def config() -> Config:
    """Alembic's configuration; the database address comes from the settings."""
    configuration = Config()
    configuration.set_main_option("script_location", str(HERE))
    return configuration


def upgrade() -> None:
    """Bring the database to the newest schema."""
    command.upgrade(config(), "head")


def require_newest() -> None:
    """Refuse to work on a stale schema.

    Raises:
        RuntimeError: with the command that mends it.
    """
    expected = ScriptDirectory.from_config(config()).get_current_head()
    with database.engine().connect() as connection:
        found = MigrationContext.configure(connection).get_current_revision()
    if found != expected:
        raise RuntimeError(f"the database schema is at {found}, this service needs {expected}: run `peikao migrate`")
