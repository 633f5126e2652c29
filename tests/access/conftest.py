"""Databases that the tests of one module share: what a test tries there, it undoes."""

from collections.abc import Iterator

import pytest

from tests import world as worlds
from tests.conftest import Databases, using
from tests.world import World


@pytest.fixture(scope="module")
def standing(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Staff of every duty, and nothing else."""
    clock = tmp_path_factory.mktemp("standing") / "clock"
    with databases.copy("staffed", worlds.found_staff) as (url, world), using(url, clock):
        yield world


@pytest.fixture(scope="module")
def prepared(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """The evening before the exam."""
    clock = tmp_path_factory.mktemp("prepared") / "clock"
    with databases.copy("world", worlds.build) as (url, world), using(url, clock):
        yield world
