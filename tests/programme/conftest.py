"""What the tests of the programme share: a class the evening before its exam, and sessions that leave nothing."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest
from sqlmodel import Session

from service.kernel import database
from tests import world as worlds
from tests.conftest import Databases, using
from tests.world import World


@pytest.fixture(scope="module")
def prepared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """One class of six team leaders with their hours; whoever else is needed comes with a test."""
    clock = tmp_path_factory.mktemp("prepared") / "clock"
    with databases.copy("world", worlds.build) as (url, world), using(url, clock):
        clock.write_text(str((worlds.PREPARED_AT - datetime.now(UTC)).total_seconds()))
        yield world


@pytest.fixture
def session(prepared: World) -> Iterator[Session]:
    """A session whose work is undone at the end."""
    with database.reading() as session:
        yield session
