"""Contenders: servers that were started and warmed up beforehand, each at rest until its turn comes.

Turns are short and follow each other closely, because the speed of a shared machine drifts within seconds: what was
measured in one round was measured under the same conditions, nearly.
"""

from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import dataclass, replace

import sqlalchemy as sa

from scripts.benchmark import candidates, saturation, servers
from scripts.benchmark.databases import SQLITE, Database, using
from scripts.benchmark.report import Bench
from scripts.benchmark.saturation import Rate, Saves
from scripts.benchmark.servers import Disk, Running
from scripts.benchmark.world import Plan
from service.kernel import database as databases


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


def save(
    bench: Bench, stack: ExitStack, backend: str, plan: Plan, disk: Disk | None = None, *, any_browser: bool = False
) -> Contender:
    """The service on a fresh database; every check is seen to be done before the first turn."""
    database = stack.enter_context(bench.store.copy(backend, plan))
    if any_browser:
        database = _for_any_browser(database)
    running = stack.enter_context(servers.service(database, disk))
    candidates.require_checks(running, database.world)
    return _warmed(bench, running, database, echo=False)


def _for_any_browser(database: Database) -> Database:
    """The same sittings, none of which asks for the Safe Exam Browser."""
    with using(database.url), databases.writing() as session:
        session.execute(sa.text("UPDATE sittings_sitting SET seb_config = NULL, seb_config_key = ''"))
    places = [replace(place, config_key="") for place in database.world.places]
    return replace(database, world=replace(database.world, places=places))


def echo(bench: Bench, stack: ExitStack, plan: Plan) -> Contender:
    """The bare FastAPI app, asked the same."""
    database = stack.enter_context(bench.store.copy(SQLITE, plan))
    return _warmed(bench, stack.enter_context(servers.echo()), database, echo=True)


def _warmed(bench: Bench, running: Running, database: Database, *, echo: bool) -> Contender:
    saves = Saves.of(database.world, bench.folder / f"{running.port}.parts", echo=echo)
    saturation.measure(running, saves, bench.options.warm_up)
    servers.rest(running)
    return Contender(running, database, saves, bench.options.seconds)
