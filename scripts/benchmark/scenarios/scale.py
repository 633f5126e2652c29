"""Whether a save costs more when many more seats are there: processor time per save, few seats against many."""

from contextlib import ExitStack

from scripts.benchmark import contenders, report, verdicts
from scripts.benchmark.report import Bench
from scripts.benchmark.world import Plan

FEW = 100


def run(bench: Bench) -> None:
    """The same saturation on a small and on a large database, in the same rounds."""
    backend, many = bench.options.backend, bench.options.many
    with ExitStack() as stack:
        rivals = {f"{seats} seats": contenders.save(bench, stack, backend, Plan(seats)) for seats in (FEW, many)}
        rounds = report.interleave(rivals, bench.options.rounds)
    few, lots = f"{FEW} seats", f"{many} seats"
    title = f"the cost of a save by the number of seats, on {backend}"
    figures = report.compare(title, rounds, against=few)
    cost = 1 / figures[lots]["cpu_ratio"]["median"]
    bench.judge(verdicts.at_most(f"cost of a save at {many:,} seats ÷ at {FEW}", 1.2, cost))
    bench.keep("scale", figures)
