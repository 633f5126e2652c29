"""How many candidates are held: each saves every five seconds at a moment of their own, whatever the answers take."""

import heapq
import math
import random
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime

from scripts.benchmark import candidates, driving, machine, report, servers, verdicts, world
from scripts.benchmark.driving import OpenLoop, Outcome, Visit
from scripts.benchmark.report import Bench, Ticker, console
from scripts.benchmark.servers import Running
from scripts.benchmark.world import Plan, World

PAUSE, HEARTBEAT = 5.0, 15.0
WARM_UP = 10.0
SAMPLE_EVERY = 10
MEGABYTES = "MiB"
# p99 in milliseconds; and what counts as flat memory.
TAIL, FLAT = 50, 1.05


def run(bench: Bench) -> None:
    """An open loop for as long as was asked, with the memory of the service sampled."""
    plan, seconds = Plan(bench.options.crowd), bench.options.held_seconds
    with bench.store.copy(bench.options.backend, plan) as database, servers.service(database) as running:
        memory: list[tuple[float, float]] = []

        def sample(now: float) -> None:
            if not memory or now - memory[-1][0] >= SAMPLE_EVERY:
                memory.append((now, machine.resident(running.pids)))

        cpu = machine.cpu_seconds(running.pids)
        beats = bench.options.heartbeats
        outcome = hold(running, database.world, seconds, heartbeats=beats, each_second=sample)
        cpu = (machine.cpu_seconds(running.pids) - cpu) / outcome.seconds
        memory.append((outcome.seconds, machine.resident(running.pids)))
    row = describe(outcome) | {"cores": cpu}
    report.show(
        f"{plan.seats} candidates, a save every {PAUSE:.0f} s each, {seconds:.0f} s, on {bench.options.backend}", [row]
    )
    settled = [share for at, share in memory if at >= WARM_UP * 2] or [memory[-1][1]]
    console.print(
        f"memory of server and database: {settled[0]:.0f} {MEGABYTES} once warm, {max(settled):.0f} at most,"
        f" {settled[-1]:.0f} at the end"
    )
    _judge(bench, row, settled)
    bench.keep("held", {"seats": plan.seats, "backend": bench.options.backend, **row, "memory_mib": memory})


def _judge(bench: Bench, row: Mapping[str, object], settled: list[float]) -> None:
    p99 = float(str(row["p99 ms"]))
    faults = sum(int(str(row[name])) for name in ("refused", "lost", "unanswered"))
    held = f"{bench.options.crowd:,} seats held, a save every {PAUSE:.0f} s each"
    driver = f" (the driver's own lateness {float(str(row['driver p99 ms'])):.0f} ms)"
    bench.judge(
        verdicts.at_most(f"{held}: p99", TAIL, p99, " ms", beside=driver),
        verdicts.at_most(f"{held}: errors", 0, faults),
        verdicts.at_most("its memory at the end ÷ once warm", FLAT, settled[-1] / settled[0]),
    )


def hold(
    running: Running, found: World, seconds: float, *, heartbeats: bool = False, each_second: Ticker | None = None
) -> Outcome:
    """Every seat of the world saves at its phase of the five seconds; the first ten seconds are not recorded."""
    loop = OpenLoop(running.port, len(found.places))
    visits = _saves(found, WARM_UP + seconds)
    if heartbeats:
        visits = heapq.merge(visits, _beats(found, WARM_UP + seconds), key=lambda one: one.due)
    return loop.run(visits, skip=WARM_UP, each_second=each_second)


def _phases(found: World, pause: float, seed: int) -> list[tuple[float, int]]:
    drawn = random.Random(seed)
    return sorted((drawn.random() * pause, place) for place in range(len(found.places)))


def _saves(found: World, seconds: float) -> Iterator[Visit]:
    positions, phases = sorted(found.kinds), _phases(found, PAUSE, 1)
    for turn in range(math.ceil(seconds / PAUSE)):
        position = positions[turn % len(positions)]
        body = {"choice": world.choice(found.kinds[position], turn), "flagged": False, "seq": turn + 1}
        address = f"/api/v1/exam/answers/{position}"
        for phase, place in phases:
            saving = candidates.request(found.places[place], "PUT", address, body)
            yield Visit(turn * PAUSE + phase, place, (saving,))


def _beats(found: World, seconds: float) -> Iterator[Visit]:
    phases = _phases(found, HEARTBEAT, 3)
    for turn in range(math.ceil(seconds / HEARTBEAT)):
        for phase, place in phases:
            body = {"made_at": datetime.now(UTC).isoformat(), "waiting": 0, "left": [], "after": 0}
            beat = candidates.request(found.places[place], "POST", "/api/v1/exam/heartbeat", body)
            yield Visit(turn * HEARTBEAT + phase, place, (beat,))


def describe(outcome: Outcome) -> dict[str, object]:
    """The row of an open loop: times in milliseconds, the driver's own lateness beside them."""
    row: dict[str, object] = {"visits": len(outcome.latencies)}
    row |= {f"p{share} ms": driving.quantile(outcome.latencies, share / 100) for share in (50, 95, 99)}
    row |= {"worst ms": driving.quantile(outcome.latencies, 1.0), "driver p99 ms": driving.quantile(outcome.lags, 0.99)}
    row |= {"refused": outcome.refused, "lost": outcome.lost, "unanswered": outcome.unanswered}
    if outcome.sample:
        console.print(f"[red]first refusal:[/] {outcome.sample.decode(errors='replace')[:300]}")
    return row
