"""Admission tickets on paper: how long five hundred of them take, from the asking to the finished PDF."""

import time
from datetime import UTC, datetime

from sqlmodel import Session, select

from scripts.benchmark import machine, report, verdicts
from scripts.benchmark.databases import SQLITE, using
from scripts.benchmark.report import Bench
from scripts.benchmark.world import Plan, Stage
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor
from service.access.tables import Person
from service.kernel import database
from service.sittings.actions import printing
from service.sittings.api import printing as background
from service.sittings.queries import prints

TICKETS = 500
# Required is "well under a minute"; half of one is our reading of that.
MOST_SECONDS = 30


def run(bench: Bench) -> None:
    """Print the tickets of a whole day as the service does in the background: read, sign, draw, typeset, record."""
    rows = []
    for _ in range(bench.options.repeats):
        with bench.store.copy(SQLITE, Plan(TICKETS, Stage.DOOR)) as found, using(found.url):
            rows.append(_print(sorted(found.world.proctors)))
    report.show(f"{TICKETS} admission tickets in one PDF", rows)
    slowest = max(float(str(row["seconds"])) for row in rows)
    bench.judge(
        verdicts.at_most(f"{TICKETS} tickets, from asking to the PDF, the slowest run", MOST_SECONDS, slowest, " s")
    )
    bench.keep("tickets", {"rows": rows})


def _print(sitting_ids: list[int]) -> dict[str, object]:
    began = time.perf_counter()
    with database.writing() as session:
        batch, _ = printing.ask(session, _arranger(session), sitting_ids, now=datetime.now(UTC))
        code = batch.code
    background.prepare(code)
    seconds = time.perf_counter() - began
    with database.reading() as session:
        done = prints.print_of(session, code)
        assert done is not None and done.pdf is not None, "the batch was prepared"
        pages, size = done.done, len(done.pdf)
    return {
        "tickets": pages,
        "seconds": seconds,
        "ms each": 1000 * seconds / pages,
        "PDF KiB": size / 1024,
        "load": machine.load(),
    }


def _arranger(session: Session) -> Actor:
    """Somebody who may print; whose account it is makes no difference to the time."""
    person_id = session.exec(select(Person.id)).first()
    return Actor("account:1", "arranger", frozenset({Duty.ARRANGE}), account_id=1, person_id=person_id)
