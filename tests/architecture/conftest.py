"""The exam under way, shared by the tests of a module."""

from collections.abc import Iterator
from datetime import UTC, datetime

import pytest

from service.kernel import database
from tests import world as worlds
from tests.conftest import Databases, using
from tests.world import World


@pytest.fixture(scope="module")
def under_way(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Half an hour into the exam: everybody admitted, the paper open."""
    clock = tmp_path_factory.mktemp("under-way") / "clock"
    clock.write_text(str((worlds.WORKING_AT - datetime.now(UTC)).total_seconds()))
    with databases.copy("world", worlds.build) as (url, world), using(url, clock):
        with database.writing() as session:
            worlds.begin_exam(session, world)
        yield world
