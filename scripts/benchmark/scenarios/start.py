"""The start: everybody opens the paper within ten seconds, once with the page loaded before, once with everything."""

import random
from collections.abc import Iterator

from scripts.benchmark import assets, machine, report, servers, wire
from scripts.benchmark.driving import OpenLoop, Visit
from scripts.benchmark.report import Bench
from scripts.benchmark.scenarios import held
from scripts.benchmark.world import Plan, Stage, World

WITHIN = 10.0


def run(bench: Bench) -> None:
    """Two crowds on fresh databases: one that only presses start, one that also loads the page and its parts."""
    rows = [_rush(bench, whole=False), _rush(bench, whole=True)]
    report.show(f"{bench.options.seats} candidates start within {WITHIN:.0f} s, on {bench.options.backend}", rows)
    bench.keep("start", {"rows": rows})


def _rush(bench: Bench, *, whole: bool) -> dict[str, object]:
    plan = Plan(bench.options.seats, Stage.SEATED)
    with bench.store.copy(bench.options.backend, plan) as database, servers.service(database) as running:
        found = database.world
        parts = list(assets.load(running.port, "/exam/paper", found.places[0].token)) if whole else []
        cpu = machine.cpu_seconds(running.pids)
        loop = OpenLoop(running.port, len(found.places))
        outcome = loop.run(_visits(found, parts))
        cpu = machine.cpu_seconds(running.pids) - cpu
    what = f"page, {len(parts) - 1} parts, start" if whole else "start"
    row: dict[str, object] = {"each": what, "requests": outcome.answered}
    return row | held.describe(outcome) | {"all done after s": outcome.seconds, "CPU s": cpu}


def _visits(found: World, parts: list[str]) -> Iterator[Visit]:
    drawn = random.Random(2)
    moments = sorted((drawn.random() * WITHIN, place) for place in range(len(found.places)))
    for moment, place in moments:
        mine = found.places[place].token
        pages = [wire.request("GET", address, mine) for address in parts]
        yield Visit(moment, place, (*pages, wire.request("POST", "/api/v1/exam/start", mine)))
