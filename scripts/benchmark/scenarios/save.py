"""How many answers a second are saved, in terms of what the bare framework can do at all."""

from contextlib import ExitStack

from scripts.benchmark import contenders, report, saturation, servers, verdicts
from scripts.benchmark.databases import POSTGRESQL, SQLITE
from scripts.benchmark.report import Bench, Round, Spread, console
from scripts.benchmark.servers import Disk
from scripts.benchmark.world import Plan

ECHO, ON_SQLITE, ON_POSTGRESQL = "FastAPI echo", "SQLite", "PostgreSQL"
ANY_BROWSER = "SQLite, no SEB asked for"
ADDED_MS = 2.0
SLOW = f"SQLite, fsync +{ADDED_MS:.0f} ms"


def run(bench: Bench) -> None:
    """Saves at saturation on both databases and on a slower disk, beside the echo, in the same rounds."""
    plan, library = Plan(bench.options.seats), servers.disk_library(bench.folder)
    with ExitStack() as stack:
        rivals = {
            ECHO: contenders.echo(bench, stack, plan),
            ON_SQLITE: contenders.save(bench, stack, SQLITE, plan),
            ANY_BROWSER: contenders.save(bench, stack, SQLITE, plan, any_browser=True),
            ON_POSTGRESQL: contenders.save(bench, stack, POSTGRESQL, plan),
        }
        if library is not None:
            rivals[SLOW] = contenders.save(bench, stack, SQLITE, plan, Disk(library, ADDED_MS))
        rounds = report.interleave(rivals, bench.options.rounds)
    title = f"saving answers, {plan.seats} seats, one core; {saturation.driver()}"
    figures = report.compare(title, rounds, against=ECHO)
    figures["postgresql_to_sqlite"] = _between(rounds, ON_POSTGRESQL, ON_SQLITE)
    if library is not None:
        figures["slow_to_fast"] = _between(rounds, SLOW, ON_SQLITE)
        figures["saves_per_sync"] = _per_sync(bench, plan, Disk(library))
        slow = [one[SLOW].requests / max(1, one[SLOW].syncs) for one in rounds]
        figures["saves_per_sync_slow"] = Spread.of(slow).median
        console.print(f"saves per fsync: {figures['saves_per_sync']:.0f}; {SLOW}: {figures['saves_per_sync_slow']:.0f}")
    _judge(bench, rounds)
    bench.keep("save", figures)


def _judge(bench: Bench, rounds: list[Round]) -> None:
    required = {
        (ON_SQLITE, ECHO): ("a save with every check ÷ FastAPI echo", 1.2),
        (ANY_BROWSER, ECHO): ("a save where no SEB is asked for ÷ FastAPI echo", 1.2),
        (ON_POSTGRESQL, ON_SQLITE): ("PostgreSQL ÷ SQLite", 0.8),
        (SLOW, ON_SQLITE): (f"fsync {ADDED_MS:.0f} ms slower ÷ as it is", 0.85),
    }
    for (one, other), (what, goal) in required.items():
        if one not in rounds[0]:
            bench.judge(verdicts.missing(what, "no C compiler here to slow the disk down with"))
            continue
        wall, cpu = _ratios(rounds, one, other)
        bench.judge(verdicts.ratio(what, goal, wall.median, cpu.median))


def _ratios(rounds: list[Round], one: str, other: str) -> tuple[Spread, Spread]:
    wall = Spread.of([found[one].per_second / found[other].per_second for found in rounds])
    return wall, Spread.of([found[one].per_cpu_second / found[other].per_cpu_second for found in rounds])


def _between(rounds: list[Round], one: str, other: str) -> dict[str, str]:
    wall, cpu = _ratios(rounds, one, other)
    console.print(f"{one} ÷ {other}: {wall}; per CPU-second {cpu}")
    return {"wall": str(wall), "cpu": str(cpu)}


def _per_sync(bench: Bench, plan: Plan, watched: Disk) -> float:
    """How many saves share one wait for the disk; apart from the rounds, for counting costs a little."""
    with ExitStack() as stack:
        rate = contenders.save(bench, stack, SQLITE, plan, watched)()
    return rate.requests / max(1, rate.syncs)
