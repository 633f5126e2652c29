"""How long an aggregate takes over five million people's results, by every axis and across two, with its digest.

    .venv/bin/python -m scripts.benchmark.aggregates [PEOPLE] [FOLDER] [ROUNDS]

Classes of fifty, from eight enterprises each, over five years. Made are the rows that answers read: what every edition
added to the counts, and the tallies, which are added up here by the statements of their migration as publications add
them one by one. The results themselves are not read by an aggregate, so they are not made. Measured is the answer with
its total and its digest in this process, with the collector as the service keeps it, by the wall and as this process's
own time, for the machine may be doing other things; of the pages of an answer the first and the last. With
PEIKAO_DATABASE_URL an empty PostgreSQL database takes the place of the file in FOLDER.
"""

import importlib
import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session

from service import migrations
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.kernel import database, errors, memory
from service.oversight.actions import answering
from service.oversight.rules.definitions import Question, Rate
from service.results.rules.counting import COUNTED, PEOPLE_AXES, Axis

PEOPLE, OF_A_CLASS, GROUPS, ROUNDS, LECTURERS = 5_000_000, 50, 8, 100, 200
COUNTIES, ENTERPRISES, INSTITUTIONS, YEARS = 30, 1000, 50, 5
ROLES = ("safety_deputy", "safety_officer", "team_leader")
NOW = "2026-11-26 00:00:00.000000"


def _classes(number: int) -> Iterator[tuple[object, ...]]:
    for one in range(1, number + 1):
        role, year = ROLES[one % len(ROLES)], 2024 + one % YEARS
        institution = ENTERPRISES + 1 + one % INSTITUTIONS
        yield one, f"K{one}", f"K{one}", role, year, institution, f"{year}-01-01", f"{year}-01-31"


def _counts(number: int) -> Iterator[tuple[object, ...]]:
    chance = random.Random(5)
    for one in range(1, number + 1):
        month = f"{2024 + one % YEARS}-{1 + one % 12:02d}"
        for group in range(GROUPS):
            enrolled = OF_A_CLASS // GROUPS + (group < OF_A_CLASS % GROUPS)
            passed = chance.randint(enrolled - 2, enrolled)
            enterprise = 1 + (one * 7 + group * 131) % ENTERPRISES
            counts = (enrolled,) * 5 + (passed, 0, enrolled, passed, 0, 0)
            yield one, one, enterprise, f"C{enterprise % COUNTIES}", month, 0, *counts


def _fill(connection: sa.Connection, table: str, columns: str, rows: Iterator[tuple[object, ...]]) -> None:
    cursor: Any = connection.connection.cursor()
    if connection.dialect.name == "postgresql":
        with cursor.copy(f"COPY {table} ({columns}) FROM STDIN") as copying:
            for row in rows:
                copying.write_row(row)
        return
    marks = ", ".join("?" * len(columns.split(",")))
    cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)


def make(people: int) -> None:
    """A database of the newest schema with the rows that answers are made of."""
    migrations.upgrade()
    number, counted = people // OF_A_CLASS, ", ".join(COUNTED)
    bodies, teachers = range(1, ENTERPRISES + INSTITUTIONS + 1), range(1, LECTURERS + 1)
    tallies = importlib.import_module("service.migrations.versions.0110_tallies_by_two_axes")
    with database.engine().execution_options(writes=True).begin() as connection:

        def fill(table: str, columns: str, rows: Iterator[tuple[object, ...]]) -> None:
            _fill(connection, table, columns, rows)

        fill(
            "access_organisation",
            "id, kind, name, county",
            ((one, "enterprise" if one <= ENTERPRISES else "institution", f"B{one}", "") for one in bodies),
        )
        fill(
            "access_person",
            "id, name, citizen_id_index, citizen_id_sealed, citizen_id_masked",
            ((one, f"P{one}", f"{one:032x}", b"", "") for one in teachers),
        )
        fill(
            "programme_plan",
            "year, people_target, cumulative_percent, practical_basis, source",
            ((2024 + one, 1_000_000, 60, "offline", "") for one in range(YEARS)),
        )
        fill("programme_class", "id, code, name, role, plan_year, institution_id, starts_on, ends_on", _classes(number))
        fill(
            "programme_lecturer",
            "id, person_id, organisation_id, title, senior, mining_major, practice_years, full_time",
            ((one, one, ENTERPRISES + 1, "", True, True, 9, True) for one in teachers),
        )
        fill(
            "programme_class_lecturer",
            "class_id, lecturer_id",
            ((one, 1 + (one + more) % LECTURERS) for one in range(1, number + 1) for more in (0, 7)),
        )
        fill(
            "results_edition",
            "id, class_id, number, cause, reason, planned, plan_year, proposed_by, decided_by, at, digest",
            (
                (one, one, 1, "published", "", 1_000_000, 2024 + one % YEARS, 1, 2, NOW, "")
                for one in range(1, number + 1)
            ),
        )
        fill(
            "results_count", f"edition_id, class_id, enterprise_id, county, month, imported, {counted}", _counts(number)
        )
        for statement in tallies.refilling():
            connection.exec_driver_sql(statement)
    # The counts that the planner goes by, and the pages that all may see: what an evening's maintenance leaves.
    with database.engine().connect() as connection:
        maintenance = "VACUUM ANALYZE" if connection.dialect.name == "postgresql" else "ANALYZE"
        connection.execution_options(isolation_level="AUTOCOMMIT").exec_driver_sql(maintenance)


def questions() -> Iterator[Question]:
    """Every axis alone, of all years and of one, and of two months; every two axes."""
    for by in PEOPLE_AXES:
        yield from (Question(Rate.PASS, by), Question(Rate.PASS, by, plan_year=2024))
        yield Question(Rate.PASS, by, since="2025-03", until="2025-04")
        yield from (Question(Rate.PASS, by, across) for across in PEOPLE_AXES if across not in {by, Axis.CLASS})


def _pages(session: Session, actor: Actor, question: Question) -> set[int]:
    """The first page and the last."""
    last, step = 1, 1 << 10
    while step:
        try:
            answering.answer(session, actor, replace(question, page=last + step), None)
            last += step
        except errors.NotFound:
            step //= 2
    return {1, last}


def measure(rounds: int) -> None:
    """Every question many times; what it takes is an answer with total and digest."""
    actor = Actor("client:benchmark", "", frozenset({Duty.STATISTICS}), confined=Right.STATISTICS_PASS_RATES)
    worst = 0.0
    memory.keep_what_is_loaded()
    with database.reading() as session:
        for question in questions():
            for page in sorted(_pages(session, actor, question)):
                asked, walls, own = replace(question, page=page), [], []
                for _ in range(rounds):
                    began, used = time.perf_counter(), time.process_time()
                    given = answering.answer(session, actor, asked, None)
                    digest = given.digest
                    walls.append(1000 * (time.perf_counter() - began))
                    own.append(1000 * (time.process_time() - used))
                p99 = sorted(walls)[int(0.99 * (rounds - 1))]
                worst = max(worst, p99)
                name = f"{asked.by} × {asked.across}" if asked.across else str(asked.by)
                print(
                    f"{name:26} {asked.plan_year or '':4} {asked.since or '':7} page {page:4}: {len(given.cells):5,}"
                    f" groups, median {statistics.median(walls):6.1f} ms, p99 {p99:6.1f} ms,"
                    f" of the process {statistics.median(own):6.1f} ms  {digest[:12]}",
                    flush=True,
                )
    print(f"the slowest question: p99 {worst:.1f} ms")


def main() -> int:
    """Make it unless it is there, then measure."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("var")
    rounds = int(sys.argv[3]) if len(sys.argv) > 3 else ROUNDS
    folder.mkdir(exist_ok=True)
    path = folder / f"aggregates-{people}.db"
    os.environ.setdefault("PEIKAO_DATABASE_URL", f"sqlite:///{path.resolve()}")
    if not sa.inspect(database.engine()).has_table("results_tally"):
        make(people)
    measure(rounds)
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
