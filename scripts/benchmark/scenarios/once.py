"""Requests that can be made only once each, such as handing in: each round has a database and a service of its own.

The echo has its turn right beside, driven by the same driver, so that a ratio is of one and the same minute.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from itertools import repeat
from typing import Any

from scripts.benchmark import driving, machine, report, servers, verdicts, wire
from scripts.benchmark.databases import Database
from scripts.benchmark.driving import Outcome
from scripts.benchmark.report import Bench, console
from scripts.benchmark.saturation import CONNECTIONS, Rate
from scripts.benchmark.servers import Running
from scripts.benchmark.world import Plan

ECHO = "FastAPI echo"
# This share of the requests goes before and is not counted: a service just started has still to find its feet.
WARM_UP = 10
Requests = Callable[[Running, Database], Sequence[bytes]]


def compare(bench: Bench, title: str, plan: Plan, requests: Requests, goal: float) -> dict[str, Any]:
    """Measure what ``requests`` makes of a fresh world, beside the echo; print, judge, and give the figures back."""
    with ExitStack() as stack:
        echo = stack.enter_context(servers.echo())
        servers.rest(echo)
        rivals = {
            ECHO: lambda: _echo(bench, echo),
            title: lambda: _all(bench, plan, requests),
        }
        rounds = report.interleave(rivals, bench.options.repeats)
    figures = report.compare(f"{title}: {plan.seats} seats, one core, on {bench.options.backend}", rounds, against=ECHO)
    mine = figures[title]
    per_second, wall, cpu = (mine[kind]["median"] for kind in ("per_second", "ratio", "cpu_ratio"))
    bench.judge(verdicts.rate(title, goal, per_second, wall, cpu))
    return figures | {"backend": bench.options.backend}


def _echo(bench: Bench, running: Running) -> Rate:
    body = {"choice": "A", "flagged": False, "seq": 1}
    with servers.awake(running):
        return _drive(running, repeat(wire.request("POST", "/echo", "nobody", body)), bench.options.seconds)


def _all(bench: Bench, plan: Plan, requests: Requests) -> Rate:
    """A fresh service does all there is to do, once."""
    with bench.store.copy(bench.options.backend, plan) as database, servers.service(database) as running:
        made = requests(running, database)
        before = len(made) // WARM_UP
        driving.closed(running.port, iter(made[:before]), CONNECTIONS)
        return _drive(running, iter(made[before:]))


def _drive(running: Running, requests: Iterator[bytes], seconds: float = float("inf")) -> Rate:
    cpu = machine.cpu_seconds(running.pids)
    outcome = driving.closed(running.port, requests, CONNECTIONS, seconds)
    return _rate(outcome, machine.cpu_seconds(running.pids) - cpu)


def _rate(outcome: Outcome, cpu: float) -> Rate:
    """The rate of the successful ones."""
    if outcome.sample:
        console.print(f"[red]first refusal:[/] {outcome.sample.decode(errors='replace')[:300]}")
    p50, p95, p99 = (driving.quantile(outcome.latencies, share) for share in (0.5, 0.95, 0.99))
    done, broken = outcome.answered - outcome.refused, outcome.lost + outcome.unanswered
    return Rate(done, outcome.seconds, cpu, outcome.refused, broken, p50, p95, p99)
