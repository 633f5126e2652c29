"""The start: the pages of all candidates wait for it, so within a second of it every one of them asks for its paper.

Beside it, those who come late and all at once: within ten seconds each loads the page with all its parts, and starts.
"""

import random
from collections.abc import Iterator, Sequence

import sqlalchemy as sa

from scripts.benchmark import assets, candidates, machine, report, servers, verdicts, wire
from scripts.benchmark.databases import Database, using
from scripts.benchmark.driving import OpenLoop, Visit
from scripts.benchmark.report import Bench
from scripts.benchmark.scenarios import held
from scripts.benchmark.world import Place, Plan, Stage
from service.kernel import database as databases

AT_ONCE, COMING, LAST = 1.0, 10.0, 10.0
LATE = 200
START = "/api/v1/exam/start"


def run(bench: Bench) -> None:
    """Two crowds on fresh databases: one that only asks for the paper, one that also loads the page and its parts."""
    seats = bench.options.seats
    rows = [_rush(bench, seats, AT_ONCE, whole=False), _rush(bench, min(LATE, seats), COMING, whole=True)]
    report.show(f"candidates start, on {bench.options.backend}", rows)
    what = f"{seats:,} ask for the paper within {AT_ONCE:.0f} s; the last has it after"
    bench.judge(verdicts.at_most(what, LAST, float(str(rows[0]["last one after s"])), " s"))
    bench.keep("start", {"rows": rows})


def _rush(bench: Bench, crowd: int, within: float, *, whole: bool) -> dict[str, object]:
    plan = Plan(bench.options.seats, Stage.SEATED)
    with bench.store.copy(bench.options.backend, plan) as database, servers.service(database) as running:
        coming = database.world.places[:crowd]
        parts = list(assets.load(running.port, "/exam/paper", coming[0].token)) if whole else []
        cpu = machine.cpu_seconds(running.pids)
        outcome = OpenLoop(running.port, crowd).run(_visits(coming, parts, within))
        cpu = machine.cpu_seconds(running.pids) - cpu
        _require_papers(database, crowd, servers.ask(running.port, candidates.request(coming[0], "POST", START)))
    what = f"page, {len(parts) - 1} parts, start" if whole else "start"
    row: dict[str, object] = {"each": what, "within s": within, "requests": outcome.answered}
    return row | held.describe(outcome) | {"last one after s": outcome.seconds, "CPU s": cpu}


def _visits(coming: Sequence[Place], parts: list[str], within: float) -> Iterator[Visit]:
    drawn = random.Random(2)
    moments = sorted((drawn.random() * within, place) for place in range(len(coming)))
    for moment, place in moments:
        mine = coming[place]
        yield Visit(moment, place, (*_pages(mine, parts), candidates.request(mine, "POST", START)))


def _pages(place: Place, parts: list[str]) -> list[bytes]:
    return [wire.request("GET", address, place.token) for address in parts]


def _require_papers(database: Database, crowd: int, again: str) -> None:
    """See that everybody has started, and that what a start is answered with is the paper.

    Raises:
        SystemExit: somebody was left out, or the reply holds no questions.
    """
    asked, count = again.count('"stem":'), "SELECT count(*) FROM sittings_seat WHERE started_at IS NOT NULL"
    with using(database.url), databases.reading() as session:
        started = session.execute(sa.text(count)).scalar_one()
    if started != crowd or asked != len(database.world.kinds):
        raise SystemExit(f"{started} of {crowd} have started, and the reply holds {asked} questions: {again[:300]}")
