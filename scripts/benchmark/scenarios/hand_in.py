"""Handing in sheets of a hundred answers: closed, marked, journalled and on disk before the reply."""

from scripts.benchmark import report, servers, wire
from scripts.benchmark.report import Bench
from scripts.benchmark.scenarios.once import drain
from scripts.benchmark.world import Plan

ITEMS = 100


def run(bench: Bench) -> None:
    """Every seat hands in once, 64 connections at a time."""
    plan = Plan(bench.options.seats, long=True, answered=ITEMS)
    rows = []
    for _ in range(bench.options.repeats):
        with bench.store.copy(bench.options.backend, plan) as database, servers.service(database) as running:
            requests = [wire.request("POST", "/api/v1/exam/hand-in", one.token) for one in database.world.places]
            rows.append(drain(running, requests))
    report.show(f"handing in {ITEMS} stored answers, {plan.seats} seats, one core, on {bench.options.backend}", rows)
    bench.keep("hand-in", {"backend": bench.options.backend, "rows": rows})
