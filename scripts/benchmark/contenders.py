"""Contenders: servers that were started and warmed up beforehand, each at rest until its turn comes.

Turns are short and follow each other closely, because the speed of a shared machine drifts within seconds: what was
measured in one round was measured under the same conditions, nearly.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass

from scripts.benchmark import saturation, servers
from scripts.benchmark.databases import SQLITE, Database
from scripts.benchmark.report import Bench
from scripts.benchmark.saturation import Rate, Saves
from scripts.benchmark.servers import Disk, Running
from scripts.benchmark.world import Plan


@dataclass(frozen=True)
class Contender:
    """A server at rest, its database, and what it will be asked."""

    running: Running
    database: Database
    saves: Saves
    seconds: float

    def __call__(self, beside: Callable[[], None] | None = None) -> Rate:
        """One turn."""
        with servers.awake(self.running):
            return saturation.measure(self.running, self.saves, self.seconds, beside)


def save(bench: Bench, stack: ExitStack, backend: str, plan: Plan, disk: Disk | None = None) -> Contender:
    """The service on a fresh database."""
    database = stack.enter_context(bench.store.copy(backend, plan))
    running = stack.enter_context(servers.service(database, disk))
    return _warmed(bench, running, database, echo=False)


def echo(bench: Bench, stack: ExitStack, plan: Plan) -> Contender:
    """The bare FastAPI app, asked the same."""
    database = stack.enter_context(bench.store.copy(SQLITE, plan))
    return _warmed(bench, stack.enter_context(servers.echo()), database, echo=True)


def _warmed(bench: Bench, running: Running, database: Database, *, echo: bool) -> Contender:
    saves = Saves.of(database.world, bench.folder / f"{running.port}.parts", echo=echo)
    saturation.measure(running, saves, bench.options.warm_up)
    servers.rest(running)
    return Contender(running, database, saves, bench.options.seconds)
