"""A database whose roles have been applied, and a way to come in as one of them."""

from collections.abc import Iterator
from typing import Any

import psycopg
import pytest
from typer.testing import CliRunner

from service.cli import app
from service.kernel import database
from service.migrations import roles
from tests import postgres
from tests import world as worlds
from tests.conftest import Databases, using
from tests.security.doors import DOORS


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


@pytest.fixture(scope="module")
def ids(locked: tuple[str, str]) -> dict[str, dict[str, Any]]:
    """By user name what statements on accounts name; there is something of everybody to be seen and changed."""
    server, name = locked
    with psycopg.connect(f"host={server} user=postgres dbname={name}", autocommit=True) as owner:
        found = owner.execute("SELECT username, id, person_id, organisation_id FROM access_account").fetchall()
        rows = {username: (account, person, body) for username, account, person, body in found}
        own, mine, institution = rows["institution"]
        common = {"own": own, "mine": mine, "institution": institution, "enterprise_person": rows["enterprise"][1]}
        common |= {"confined": "", "kind": "employed", "mark": "new"}
        named = {username: {**common, "account": row[0], "person": row[1]} for username, row in rows.items()}
        for username, values in named.items():
            for statement in DOORS.values():
                owner.execute(statement.format(**{**values, "mark": username, "kind": "seconded"}).encode())
    return named


@pytest.fixture
def training(locked: tuple[str, str]) -> Iterator[psycopg.Connection]:
    """A connection of the role, whose work is undone."""
    server, name = locked
    with psycopg.connect(f"host={server} user={roles.TRAINING}_user dbname={name}") as connection:
        yield connection
        connection.rollback()
