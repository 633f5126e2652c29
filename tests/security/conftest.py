"""A database whose roles have been applied, and a way to come in as one of them."""

from collections.abc import Iterator

import pytest
from typer.testing import CliRunner

from service.cli import app
from service.kernel import database
from service.migrations import roles
from tests import postgres
from tests import world as worlds
from tests.conftest import Databases, using


@pytest.fixture(scope="session")
def to_lock(postgres_server: str, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    """Makes databases on PostgreSQL whatever the other tests are about."""
    return Databases("postgresql", tmp_path_factory.mktemp("locked"), postgres_server)


@pytest.fixture(scope="module")
def locked(
    to_lock: Databases, postgres_server: str, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[tuple[str, str]]:
    """A database with the whole world in it and the roles applied: its server and name."""
    clock = tmp_path_factory.mktemp("clock") / "clock"
    with to_lock.copy("locked", worlds.build) as (url, _), using(url, clock):
        said = CliRunner().invoke(app, ["database-roles", "--apply"])
        assert said.exit_code == 0, said.output
        roles.apply(database.engine())  # A second time it changes nothing.
        with database.engine().begin() as connection:
            for role in roles.grants():
                connection.exec_driver_sql(f"DROP USER IF EXISTS {role}_user")
                connection.exec_driver_sql(f"CREATE USER {role}_user IN ROLE {role}")
        yield postgres_server, url.partition("@/")[2].partition("?")[0]


def as_role(locked: tuple[str, str], role: str) -> str:
    """The address of the database for a user of the role."""
    server, name = locked
    return postgres.url(server, name).replace("postgres@", f"{role}_user@")
