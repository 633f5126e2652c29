"""Ten thousand connections that ask for nothing any more, and candidates who go on saving among them."""

from scripts.benchmark import machine, report, servers, verdicts, wire
from scripts.benchmark.report import Bench, console
from scripts.benchmark.scenarios import held
from scripts.benchmark.wire import Lines
from scripts.benchmark.world import Plan

SEATS, CONNECTIONS, SECONDS = 300, 10_000, 15.0
# Opened in such lots, so that the queue of the listening socket is not what is measured.
LOT = 200
# A file, which no limit on requests counts: each connection has asked once and been answered.
ASKED = "/static/icon.svg"
# What one of them may cost in memory, and how much the tail of the saves may suffer.
KIBIBYTES, SLOWER_MS = 64, 50


def run(bench: Bench) -> None:
    """The same saves without the crowd and within it, on SQLite."""
    plan = Plan(SEATS)
    with bench.store.copy(bench.options.backend, plan) as database, servers.service(database) as running:
        alone = held.describe(held.hold(running, database.world, SECONDS))
        before = machine.resident(running.pids[:1])
        crowd = open_crowd(running.port, CONNECTIONS)
        grown = machine.resident(running.pids[:1]) - before
        among = held.describe(held.hold(running, database.world, SECONDS))
        left = still_open(crowd)
        crowd.close()
    report.show(
        f"{SEATS} candidates save, {CONNECTIONS:,} idle connections", [{"idle": 0, **alone}, {"idle": left, **among}]
    )
    each = grown * 1024 / CONNECTIONS
    console.print(f"memory of the service: {before:.0f} MiB, {grown:.0f} MiB more for the crowd, {each:.1f} KiB each")
    faults = sum(int(str(among[name])) for name in ("refused", "lost", "unanswered"))
    bench.judge(
        verdicts.at_least("idle connections held", CONNECTIONS, left),
        verdicts.at_most("saves among them: p99", SLOWER_MS, float(str(among["p99 ms"])), " ms"),
        verdicts.at_most("saves among them: errors", 0, faults),
        verdicts.at_most("memory of an idle connection", KIBIBYTES, each, " KiB"),
    )
    bench.keep("idle", {"connections": left, "alone": alone, "among": among, "kib_each": each})


def open_crowd(port: int, number: int) -> Lines:
    """Connections that have asked for one thing and got it; they stay open as long as a browser's would."""
    crowd, request = Lines(port, 0), wire.request("GET", ASKED)
    answered: set[int] = set()

    def lost(place: int) -> None:
        crowd.all[place].socket.send(request)

    for first in range(0, number, LOT):
        places = range(first, min(first + LOT, number))
        for place in places:
            crowd.add()
            crowd.all[place].socket.send(request)
        while len(answered) < places.stop:
            crowd.wait(5.0, answered.add, lost)
    return crowd


def still_open(crowd: Lines) -> int:
    """How many of the connections the server has not hung up."""
    gone: list[int] = []
    before = -1
    while before < len(gone):
        before = len(gone)
        crowd.wait(0.1, lambda _: None, gone.append)
    return len(crowd.all) - len(gone)
