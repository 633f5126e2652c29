"""Measure the exam day on this machine, and put what is required beside it. Read the ratios before the rates."""

import argparse
import os
import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from scripts.benchmark import machine, report, saturation, verdicts
from scripts.benchmark.databases import POSTGRESQL, SQLITE, Store
from scripts.benchmark.report import Bench, Options, console
from scripts.benchmark.scenarios import (
    assembly,
    board,
    check_in,
    hand_in,
    held,
    idle,
    save,
    scale,
    start,
    tickets,
    weight,
)

SCENARIOS: dict[str, Callable[[Bench], None]] = {
    "save": save.run,
    "scale": scale.run,
    "held": held.run,
    "idle": idle.run,
    "start": start.run,
    "weight": weight.run,
    "check-in": check_in.run,
    "hand-in": hand_in.run,
    "board": board.run,
    "tickets": tickets.run,
    "assembly": assembly.run,
}


def main() -> int:
    """Run one scenario or all, print tables, write the figures."""
    options = _options()
    machine.many_files()
    os.sched_setaffinity(0, {machine.DRIVER_CORE})
    options.place.mkdir(parents=True, exist_ok=True)
    folder = Path(tempfile.mkdtemp(prefix="peikao-bench-", dir=options.place))
    folder.chmod(0o755)
    described = machine.describe(folder)
    console.print("; ".join(f"{name} {value}" for name, value in described.items()))
    bench = Bench(Store(folder), _chosen(options), {"machine": described, "driver": saturation.driver()})
    try:
        for name, scenario in SCENARIOS.items():
            if options.scenario in {name, "all"}:
                console.rule(name)
                scenario(bench)
                report.write(options.json, bench.figures)
        console.rule()
        bench.figures["verdicts"] = verdicts.show(bench.verdicts)
        report.write(options.json, bench.figures)
    finally:
        bench.store.servers.close()
        shutil.rmtree(folder, ignore_errors=True)
    console.print(f"figures: {options.json}")
    return 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="scripts/bench", description=__doc__)
    parser.add_argument("scenario", choices=[*SCENARIOS, "all"])
    parser.add_argument("--quick", action="store_true", help="few short rounds: five minutes for all, wider spreads")
    parser.add_argument("--rounds", type=int, help="rounds of every comparison (default 15; quick 4)")
    parser.add_argument("--seconds", type=float, default=2.0, help="length of one turn (default 2)")
    parser.add_argument("--seats", type=int, default=2000, help="seats at saturation (default 2000)")
    parser.add_argument("--crowd", type=int, help="seats of `held` and `scale` (default 9000, 10000; quick 3000)")
    parser.add_argument("--heartbeats", action="store_true", help="`held`: a heartbeat every 15 s each besides")
    parser.add_argument("--minutes", type=float, help="how long `held` holds (default 1; quick a quarter)")
    parser.add_argument("--database", choices=[SQLITE, POSTGRESQL], default=SQLITE, help="where there is a choice")
    parser.add_argument("--place", type=Path, default=Path("/var/tmp"), help="a folder on the disk to be measured")
    parser.add_argument("--json", type=Path, default=Path("var/bench/figures.json"), help="where the figures go")
    return parser.parse_args()


def _chosen(given: argparse.Namespace) -> Options:
    quick = given.quick
    return Options(
        rounds=given.rounds or (4 if quick else 15),
        repeats=2 if quick else 5,
        seconds=given.seconds,
        warm_up=2.0,
        seats=given.seats,
        crowd=given.crowd or (3000 if quick else 9000),
        many=given.crowd or (3000 if quick else 10_000),
        heartbeats=given.heartbeats,
        held_seconds=60 * (given.minutes or (0.25 if quick else 1.0)),
        backend=given.database,
    )


if __name__ == "__main__":
    raise SystemExit(main())
