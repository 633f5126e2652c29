"""The world after its exam, shared by the tests of a module: each of them rolls back what it tries."""

from collections.abc import Iterator

import pytest

from service.kernel import database
from service.results.actions import marking, publishing
from tests import world as worlds
from tests.conftest import Databases, using
from tests.world import World


@pytest.fixture(scope="module")
def published(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The exam is over, nobody answered anything, and the results are published."""
    clock = tmp_path_factory.mktemp("published") / "clock"
    with databases.copy("world", worlds.build) as (url, world), using(url, clock):
        with database.writing() as session:
            worlds.begin_exam(session, world)
            marking.hand_in_overdue(session, now=worlds.AFTER)
            worlds.sign_record(session, world)
            publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)
            publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=worlds.AFTER)
        yield world
