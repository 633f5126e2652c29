"""Requests that can be made only once each, such as handing in: a closed loop until they are used up."""

from collections.abc import Sequence

from scripts.benchmark import driving, machine
from scripts.benchmark.report import console
from scripts.benchmark.saturation import CONNECTIONS
from scripts.benchmark.servers import Running


def drain(running: Running, requests: Sequence[bytes], connections: int = CONNECTIONS) -> dict[str, object]:
    """One row: the rate of the successful ones, by the clock and by processor time of server and database."""
    cpu = machine.cpu_seconds(running.pids)
    outcome = driving.closed(running.port, iter(requests), connections)
    cpu = machine.cpu_seconds(running.pids) - cpu
    done = outcome.answered - outcome.refused
    if outcome.sample:
        console.print(f"[red]first refusal:[/] {outcome.sample.decode(errors='replace')[:300]}")
    return {
        "done": done,
        "per second": done / outcome.seconds,
        "per CPU-s": done / cpu if cpu else 0.0,
        "p50 ms": driving.quantile(outcome.latencies, 0.5),
        "p99 ms": driving.quantile(outcome.latencies, 0.99),
        "refused": outcome.refused,
        "lost": outcome.lost + outcome.unanswered,
        "load": machine.load(),
    }
