"""Databases to measure on: SQLite as the service opens it, and a PostgreSQL that really waits for the disk."""

import os
import shutil
import subprocess
import uuid
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import psycopg

from scripts.benchmark import machine, world
from scripts.benchmark.world import Plan, World
from service import migrations
from service.kernel import database, settings
from tests import postgres

SQLITE, POSTGRESQL = "sqlite", "postgresql"
# Durable as in production; memory and log as a small server of its own would have them, and no just-in-time compiler,
# which only slows short statements down.
SETTINGS = {
    "fsync": "on",
    "synchronous_commit": "on",
    "full_page_writes": "on",
    "shared_buffers": "512MB",
    "max_wal_size": "4GB",
    "max_connections": "100",
    "jit": "off",
}


@dataclass(frozen=True)
class Database:
    """A database in its first state: its address, what is in it, and the processes that belong to it."""

    url: str
    world: World
    pids: tuple[int, ...] = ()


class Store:
    """Builds each world once per backend and hands out fresh copies of it; at most one PostgreSQL server runs."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.worlds: dict[tuple[str, str], World] = {}
        self.cluster = folder / "postgresql"
        self.servers = ExitStack()
        self.postmaster = 0

    @contextmanager
    def copy(self, backend: str, plan: Plan) -> Iterator[Database]:
        """A fresh copy; its server, where it has one, runs on the service's core."""
        mine = f"copy_{uuid.uuid4().hex[:8]}"
        if backend == SQLITE:
            name = self._template(SQLITE, plan)
            shutil.copyfile(self.folder / f"{name}.db", self.folder / f"{mine}.db")
            yield Database(f"sqlite:///{self.folder / mine}.db", self.worlds[SQLITE, name])
            for path in self.folder.glob(f"{mine}.db*"):
                path.unlink()
            return
        if not self.postmaster:
            self.postmaster = self.servers.enter_context(self._server())
        name, place = self._template(POSTGRESQL, plan), str(self.cluster)
        postgres.clone(place, mine, name)
        _checkpoint(self.cluster)
        try:
            yield Database(postgres.url(place, mine), self.worlds[POSTGRESQL, name], (self.postmaster,))
        finally:
            postgres.drop(place, mine)

    def _template(self, backend: str, plan: Plan) -> str:
        if (backend, plan.name) in self.worlds:
            return plan.name
        url = f"sqlite:///{self.folder / plan.name}.db"
        if backend == POSTGRESQL:
            postgres.clone(str(self.cluster), plan.name)
            url = postgres.url(str(self.cluster), plan.name)
        with using(url):
            migrations.upgrade()
            with database.writing() as session:
                self.worlds[backend, plan.name] = world.build(session, plan)
            # The counts that the planner goes by, and no half-filled log: what an evening's maintenance leaves.
            with database.engine().connect() as connection:
                connection = connection.execution_options(isolation_level="AUTOCOMMIT")
                if backend == SQLITE:
                    connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
                else:
                    connection.exec_driver_sql("VACUUM ANALYZE")
        return plan.name

    @contextmanager
    def _server(self) -> Iterator[int]:
        data = self.cluster / "data"
        if not data.exists():
            self.cluster.mkdir(mode=0o755, exist_ok=True)
            if os.geteuid() == 0:
                os.chown(self.cluster, postgres.NOBODY, postgres.NOBODY)
            self._run("initdb", "-U", "postgres", "-A", "trust", "-E", "UTF8", "--locale=C.UTF-8")
        words = " ".join(f"-c {name}={value}" for name, value in SETTINGS.items())
        with machine.on(machine.SERVER_CORE):
            self._run("pg_ctl", "-s", "-w", "-l", "log", "-o", f"-h '' -k {self.cluster} {words}", "start")
        try:
            yield int((data / "postmaster.pid").read_text().split()[0])
        finally:
            self._run("pg_ctl", "-s", "-w", "-m", "fast", "stop")

    def _run(self, program: str, *words: str) -> None:
        # PostgreSQL refuses to run as root.
        nobody = postgres.NOBODY if os.geteuid() == 0 else None
        subprocess.run(
            [str(postgres.binaries() / program), "-D", str(self.cluster / "data"), *words],
            check=True,
            stdout=subprocess.DEVNULL,
            cwd=self.cluster,
            env={"LC_ALL": "C.UTF-8", "PATH": "/usr/bin:/bin", "TZ": "UTC"},
            user=nobody,
            group=nobody,
            extra_groups=[] if nobody is not None else None,
        )


def _checkpoint(cluster: Path) -> None:
    """Write out what cloning left behind, so that it is not done while somebody measures."""
    with psycopg.connect(f"host={cluster} user=postgres dbname=postgres", autocommit=True) as connection:
        connection.execute("CHECKPOINT")


@contextmanager
def using(url: str) -> Iterator[None]:
    """Let the service's own code in this process work on a database, with the development secrets."""
    for name in [name for name in os.environ if name.startswith("PEIKAO_")]:
        del os.environ[name]
    os.environ["PEIKAO_DATABASE_URL"] = url
    settings.current.cache_clear()
    try:
        yield
    finally:
        database.let_go(url)
        del os.environ["PEIKAO_DATABASE_URL"]
        settings.current.cache_clear()
