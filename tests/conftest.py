"""Real databases for every test: SQLite and PostgreSQL, copied from templates that were migrated and built once."""

import copy
import os
import re
import shutil
import tempfile
import uuid
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from functools import cache, lru_cache
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

import hypothesis
import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from service import migrations
from service.kernel import database, settings
from tests import postgres
from tests import world as worlds
from tests.growing import Grown, name_of
from tests.world import World

if TYPE_CHECKING:
    from service.main import Service

Left = TypeVar("Left")

# A busy machine is no fault: examples are judged by what they show, not by how long they take.
hypothesis.settings.register_profile("patient", deadline=None)
hypothesis.settings.load_profile("patient")

BACKENDS = ("sqlite", "postgresql")


# What asks the database something of its own, or bets on how it locks. The rest learns little on PostgreSQL that it
# does not learn on SQLite, and runs there with scripts/test --more.
DAILY_ON_BOTH = re.compile(
    r"tests/(kernel/|journal/|access/test_(granting_)?at_once|journeys/test_(faults|exam_day)|architecture/test_migrations|bank/test_searching"
    r"|security/test_database_roles|oversight/test_rates|papers/test_(custody|sealing)"
    r"|results/test_(marking|publishing|tallies)|sittings/test_(answers|cases|check_ins|late|sign_in|scheduling))"
)


# Who may do what asks nothing of a database, and every cell takes minutes: on PostgreSQL with scripts/test --long.
LONG_ON_POSTGRESQL = re.compile(r"tests/security/test_(matrix|markers)")
# What takes too long for every change, whatever it is about.
SLOW = frozenset((settings.ROOT / "tests" / "slow.txt").read_text(encoding="utf-8").splitlines())


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Browsers last: the loop that drives one stays behind in its process, where no other loop can run any more.

    A module's tests on one database stay in one process, which goes through their long beginning once.
    """
    items.sort(key=lambda item: item.get_closest_marker("browser") is not None)
    for item in items:
        backend = getattr(item, "callspec", None) and item.callspec.params.get("databases")  # type: ignore[attr-defined]
        item.add_marker(pytest.mark.xdist_group(f"{item.path.stem}-{backend}"))
        if item.nodeid.partition("::")[0] in SLOW or (backend == "postgresql" and not DAILY_ON_BOTH.match(item.nodeid)):
            item.add_marker(pytest.mark.more)
        if backend == "postgresql" and LONG_ON_POSTGRESQL.match(item.nodeid):
            item.add_marker(pytest.mark.long)


@contextmanager
def using(url: str, clock_file: Path | None = None) -> Iterator[None]:
    """Point the service of this process at a database, and let go of it afterwards."""
    before = {name: value for name, value in os.environ.items() if name.startswith("PEIKAO_")}
    # Tests set the clock from act to act; those about idle sessions and step-up say how patient the service is.
    os.environ |= {"PEIKAO_DATABASE_URL": url, "PEIKAO_IDLE_MINUTES": "1440", "PEIKAO_STEP_UP_MINUTES": "1440"}
    # Each database has a file of its own there.
    os.environ["PEIKAO_JOURNAL_MEMORY"] = str(Path(tempfile.gettempdir()) / "peikao-memory")
    # A test makes more requests in a minute than a person; tests/kernel/test_flooding.py says how many are too many.
    os.environ |= {"PEIKAO_REQUESTS_PER_ACCOUNT": "1000000", "PEIKAO_REQUESTS_PER_ADDRESS": "1000000"}
    if clock_file is not None:
        os.environ["PEIKAO_CLOCK_FILE"] = str(clock_file)
    settings.current.cache_clear()
    try:
        yield
    finally:
        database.let_go(url)
        for name in [name for name in os.environ if name.startswith("PEIKAO_")]:
            del os.environ[name]
        os.environ.update(before)
        settings.current.cache_clear()


@cache
def _on_server(_: str) -> dict[str, Any]:
    """What each template of a PostgreSQL server was left with, by its name."""
    return {}


class Databases:
    """Makes databases of one backend: empty but migrated, with the whole world in it, or as far on as a test wants."""

    def __init__(self, backend: str, folder: Path, server: str) -> None:
        self.backend, self.folder, self.server = backend, folder, server
        # A server's databases are everybody's who makes some there.
        self.templates: dict[str, Any] = _on_server(server) if server else {}

    def _url(self, name: str) -> str:
        if self.backend == "sqlite":
            return f"sqlite:///{self.folder / name}.db"
        return postgres.url(self.server, name)

    def _template(self, name: str, build: Callable[[Session], Left]) -> Left:
        """A database that is made once, upon a copy of what it goes on from: all migrations, or another world."""
        if name not in self.templates:
            first, then = self._beginning(build)
            self._duplicate(first, name)
            with using(self._url(name)):
                self._fill(name, then)
        return self.templates[name]  # type: ignore[no-any-return]

    def _beginning(self, build: Callable[[Session], Left]) -> tuple[str, Callable[[Session], Left]]:
        """The template that a builder goes on from, and what is left to be built upon its copy."""
        if isinstance(build, Grown):
            name = name_of(build.first)
            world = copy.deepcopy(self._template(name, build.first))
            return name, lambda session: build.then(session, world)  # type: ignore[return-value]
        if "migrated" not in self.templates:
            if self.backend == "postgresql":
                postgres.clone(self.server, "migrated")
            with using(self._url("migrated")):
                migrations.upgrade()
                self._fill("migrated", lambda _: None)
        return "migrated", build

    def _fill(self, name: str, build: Callable[[Session], object]) -> None:
        with database.writing() as session:
            self.templates[name] = build(session)
        if self.backend == "sqlite":
            with database.engine().connect() as connection:
                connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")

    @contextmanager
    def copy(self, name: str, build: Callable[[Session], World]) -> Iterator[tuple[str, World]]:
        """A fresh copy of a template: its address and its world."""
        world = copy.deepcopy(self._template(name, build))
        with self._copied(name) as url:
            yield url, world

    @contextmanager
    def stage(self, go_on: Callable[[Session, World], Left], at: datetime) -> Iterator[tuple[str, Left]]:
        """A fresh copy of the world as ``go_on`` left it, which each process asks only once, at the moment ``at``.

        Its address, and what ``go_on`` returned.
        """
        name = f"{go_on.__module__}_{go_on.__qualname__}".replace(".", "_")[-63:]
        if name not in self.templates:
            world = copy.deepcopy(self._template("world", worlds.build))
            self._duplicate("world", name)
            clock = self.folder / f"{name}.clock"
            clock.write_text(str((at - datetime.now(UTC)).total_seconds()))
            with using(self._url(name), clock):
                self._fill(name, lambda session: go_on(session, world))
        left = copy.deepcopy(self.templates[name])
        with self._copied(name) as url:
            yield url, left

    @contextmanager
    def _copied(self, name: str) -> Iterator[str]:
        mine = f"copy_{uuid.uuid4().hex[:12]}"
        self._duplicate(name, mine)
        try:
            yield self._url(mine)
        finally:
            if self.backend == "sqlite":
                for path in self.folder.glob(f"{mine}.db*"):
                    path.unlink()
            else:
                postgres.drop(self.server, mine)

    def _duplicate(self, name: str, target: str) -> None:
        if self.backend == "sqlite":
            shutil.copy(self.folder / f"{name}.db", self.folder / f"{target}.db")
        else:
            postgres.clone(self.server, target, name)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    with postgres.server() as folder:
        yield folder


@pytest.fixture(scope="session", params=BACKENDS)
def databases(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Databases:
    server = request.getfixturevalue("postgres_server") if request.param == "postgresql" else ""
    return Databases(request.param, tmp_path_factory.mktemp(request.param), server)


@pytest.fixture
def empty_url(databases: Databases, tmp_path: Path) -> Iterator[str]:
    """A migrated database with nothing in it; the service of this process uses it."""
    with databases.copy("empty", lambda _: World()) as (url, _), using(url, tmp_path / "clock"):
        yield url


@pytest.fixture
def staffed(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """A database with staff of every duty, and nothing else."""
    with databases.copy("staffed", worlds.found_staff) as (url, world), using(url, tmp_path / "clock"):
        yield world


@pytest.fixture
def world(databases: Databases, tmp_path: Path) -> Iterator[World]:
    """A database as it stands the evening before the exam."""
    with databases.copy("world", worlds.build) as (url, world), using(url, tmp_path / "clock"):
        yield world


@pytest.fixture(scope="module")
def under_way(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """Half an hour into the exam, for the tests of a module together: everybody admitted, the paper open."""
    clock = tmp_path_factory.mktemp("under-way") / "clock"
    clock.write_text(str((worlds.WORKING_AT - datetime.now(UTC)).total_seconds()))
    with databases.stage(begun, worlds.WORKING_AT) as (url, world), using(url, clock):
        yield world


def begun(session: Session, world: World) -> World:
    """Everybody is admitted and the paper is open: for :func:`staged`."""
    worlds.begin_exam(session, world)
    return world


class Clock:
    """Sets the clock of the service in this process; it goes on from there."""

    def set(self, instant: datetime) -> None:
        path = settings.current().clock_file
        assert path is not None
        path.write_text(str((instant - datetime.now(UTC)).total_seconds()))


@pytest.fixture
def clock() -> Clock:
    return Clock()


class Staged(Protocol):
    """Takes a test to where a function has brought the world at a moment; the clock goes on from there."""

    def __call__(self, go_on: Callable[[Session, World], Left], at: datetime) -> Left: ...


@pytest.fixture
def staged(databases: Databases, tmp_path: Path, clock: Clock) -> Iterator[Staged]:
    """For tests that share a long beginning: it is gone through once in each process, and copied."""
    with ExitStack() as stack:

        def begin(go_on: Callable[[Session, World], Left], at: datetime) -> Left:
            url, left = stack.enter_context(databases.stage(go_on, at))
            stack.enter_context(using(url, tmp_path / "clock"))
            clock.set(at)
            return left

        yield begin


@lru_cache(maxsize=1)
def _routes() -> "Service":
    from service.main import create_app

    return create_app()


def application() -> "Service":
    """The application as new; only its routes, which take a third of a second to build, are those of the process."""
    app = copy.copy(_routes())
    app.lay_lanes()
    return app


class Browser:
    """An HTTP client that signs in as whom it is told; each person has cookies of their own."""

    def __init__(self, app: object) -> None:
        self.app = app
        self.clients: dict[str, TestClient] = {}

    def stranger(self) -> TestClient:
        """A client of nobody."""
        return TestClient(self.app, base_url="http://127.0.0.1:8000", follow_redirects=False)  # type: ignore[arg-type]

    def of(self, username: str) -> TestClient:
        """The client of a member of staff, signed in."""
        if username not in self.clients:
            client = self.stranger()
            reply = client.post("/api/v1/session", json={"username": username, "password": worlds.PASSWORD})
            assert reply.status_code == 200, reply.text
            self.clients[username] = client
        return self.clients[username]

    def candidate(self, world: World, seat_id: int, trainee_id: int) -> TestClient:
        """The client of a candidate, signed in to a seat."""
        client = self.stranger()
        body = {"ticket_number": world.tickets[seat_id], "id_tail": world.citizen_ids[trainee_id][-6:]}
        reply = client.post("/api/v1/exam/session", json=body)
        assert reply.status_code == 200, reply.text
        return client


@pytest.fixture
def browser() -> Browser:
    """HTTP to the real application in this process; its database and clock are those of the other fixtures."""
    return Browser(application())
