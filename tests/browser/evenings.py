"""Worlds that a browser test begins with: built once, in a SQLite file that each test copies."""

from collections.abc import Callable
from pathlib import Path

from sqlmodel import Session

from service import migrations
from service.kernel import database
from tests.conftest import using
from tests.world import World


def kept(folder: Path, build: Callable[[Session], World]) -> tuple[Path, World]:
    """The file of a world, whole without a log beside it, and what is known of it."""
    path = folder / "world.db"
    with using(f"sqlite:///{path}"):
        migrations.upgrade()
        with database.writing() as session:
            world = build(session)
        with database.engine().connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path, world
