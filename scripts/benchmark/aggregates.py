"""How long an aggregate takes over five million people's results, by every axis, with its digest.

    .venv/bin/python -m scripts.benchmark.aggregates [PEOPLE] [FOLDER]

Classes of fifty, from eight enterprises each, over five years. Made are the rows that answers read: what every edition
added to the counts, and the tallies, which are added up here in one statement as publications add them one by one. The
results themselves are not read by an aggregate, so they are not made. Measured is the query and the digest in this
process, on whatever else the machine is doing.
"""

import os
import random
import statistics
import sys
import time
from collections.abc import Iterator
from pathlib import Path

PEOPLE, OF_A_CLASS, GROUPS, ROUNDS = 5_000_000, 50, 8, 60
COUNTIES, ENTERPRISES, INSTITUTIONS, YEARS = 30, 1000, 50, 5
ROLES = ("safety_deputy", "safety_officer", "team_leader")
NOW = "2026-11-26 00:00:00.000000"
KEYS = {
    "class": "c.class_id",
    "role": "k.role",
    "institution": "k.institution_id",
    "enterprise": "c.enterprise_id",
    "county": "c.county",
    "month": "c.month",
    "plan_year": "k.plan_year",
}


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


def make(people: int) -> None:
    """A database of the newest schema with the rows that answers are made of."""
    from service import migrations
    from service.kernel import database
    from service.results.rules.counting import COUNTED

    migrations.upgrade()
    number, counted = people // OF_A_CLASS, ", ".join(COUNTED)
    with database.engine().execution_options(writes=True).begin() as connection:

        def fill(table: str, columns: str, rows: Iterator[tuple[object, ...]]) -> None:
            marks = ", ".join("?" * len(columns.split(",")))
            cursor: object = connection.connection.cursor()
            cursor.executemany(f"INSERT INTO {table} ({columns}) VALUES ({marks})", rows)  # type: ignore[attr-defined]

        bodies = range(1, ENTERPRISES + INSTITUTIONS + 1)
        fill(
            "access_organisation",
            "id, kind, name, county",
            ((one, "enterprise" if one <= ENTERPRISES else "institution", f"B{one}", "") for one in bodies),
        )
        fill(
            "access_person",
            "id, name, citizen_id_index, citizen_id_sealed, citizen_id_masked",
            ((one, f"P{one}", f"{one:032x}", b"", "") for one in (1, 2)),
        )
        fill(
            "programme_plan",
            "year, people_target, cumulative_percent, practical_basis, source",
            ((2024 + one, 1_000_000, 60, "offline", "") for one in range(YEARS)),
        )
        fill("programme_class", "id, code, name, role, plan_year, institution_id, starts_on, ends_on", _classes(number))
        fill(
            "results_edition",
            "id, class_id, number, cause, reason, planned, proposed_by, decided_by, at, digest",
            ((one, one, 1, "published", "", 1_000_000, 1, 2, NOW, "") for one in range(1, number + 1)),
        )
        fill(
            "results_count", f"edition_id, class_id, enterprise_id, county, month, imported, {counted}", _counts(number)
        )
        sums = ", ".join(f"SUM({name})" for name in COUNTED)
        for axis, key in KEYS.items():
            connection.exec_driver_sql(
                f"INSERT INTO results_tally (axis, key, plan_year, month, imported, {counted})"
                f" SELECT '{axis}', CAST({key} AS TEXT), k.plan_year, c.month, c.imported, {sums} FROM results_count c"
                " JOIN programme_class k ON k.id = c.class_id GROUP BY 2, 3, 4, 5"
            )


def measure() -> None:
    """Every axis many times; the class axis has a hundred thousand groups, so one year of it is asked for."""
    from service.kernel import database
    from service.oversight.queries import rates
    from service.oversight.rules.definitions import Answer, Question, Rate, total_of
    from service.results.queries import editions
    from service.results.rules.counting import Axis

    with database.reading() as session:
        version = editions.newest(session)
        for axis in Axis:
            if axis is Axis.LECTURER:
                continue
            question = Question(Rate.PASS, axis, plan_year=2024 if axis is Axis.CLASS else None)
            took, cells = [], []
            for _ in range(ROUNDS):
                began = time.perf_counter()
                cells = rates.cells(session, question, version, newest=True)
                found = Answer(question, version, None, tuple(cells), total_of(cells))
                digest = found.digest
                took.append(1000 * (time.perf_counter() - began))
            people = found.total.counts.enrolled if found.total is not None else 0
            took.sort()
            print(
                f"{axis:12} {len(cells):7,} groups of {people:9,} people: median {statistics.median(took):7.1f} ms, "
                f"p99 {took[int(0.99 * (len(took) - 1))]:7.1f} ms  {digest[:12]}"
            )


def main() -> int:
    """Make it unless it is there, then measure."""
    people = int(sys.argv[1]) if len(sys.argv) > 1 else PEOPLE
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("var")
    folder.mkdir(exist_ok=True)
    path = folder / f"aggregates-{people}.db"
    os.environ["PEIKAO_DATABASE_URL"] = f"sqlite:///{path.resolve()}"
    if not path.exists():
        make(people)
    measure()
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
