"""A staffed database that the tests of one module share: they only look, or leave nothing that others would see."""

from collections.abc import Iterator

import pytest

from tests import world as worlds
from tests.conftest import Browser, Databases, application, using
from tests.world import World


@pytest.fixture(scope="module")
def standing(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Staff of every duty, and nothing else; the service of this process uses it throughout the module."""
    clock = tmp_path_factory.mktemp("standing") / "clock"
    with databases.copy("staffed", worlds.found_staff) as (url, world), using(url, clock):
        yield world


@pytest.fixture(scope="module")
def door(standing: World) -> Browser:
    """HTTP to the application on the shared database; people stay signed in from test to test."""
    return Browser(application())
