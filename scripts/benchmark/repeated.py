"""How long it takes to mark ten thousand handed-in sheets again from scratch, and whether they come out the same.

    .venv/bin/python -m scripts.benchmark.repeated [SHEETS] [FOLDER]

One exam of six seats is held by the service's own actions; its sittings, seats, sheets and marks are then copied until
there are enough. Measured is ``peikao results verify`` as a process of its own, by the wall and as its processor time.
"""

import os
import resource
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from service import migrations
from service.kernel import database
from tests import world as worlds
from tests.conftest import using
from tests.results import exams
from tests.results.exams import Fate

SHEETS, SEATS = 10_000, 6
# Columns that are keys, or unique, in the copies; everything else stays as it is.
COPIED = {
    "sittings_sitting": {"id": "id + :n"},
    "sittings_seat": {"id": "id + :n", "sitting_id": "sitting_id + :n", "ticket_number": "ticket_number || '-' || :n"},
    "sittings_answer": {"sitting_id": "sitting_id + :n", "seat_id": "seat_id + :n"},
    "results_result": {"id": "id + :n", "seat_id": "seat_id + :n", "sitting_id": "sitting_id + :n"},
    "results_sheet_marks": {"result_id": "result_id + :n"},
}


def _copy(copies: int) -> None:
    """Copy the one exam so many times; what refers to something else goes on referring to it."""
    with database.engine().begin() as connection:
        connection.exec_driver_sql("PRAGMA defer_foreign_keys = ON")
        for table, changed in COPIED.items():
            columns = [row[1] for row in connection.exec_driver_sql(f"PRAGMA table_info({table})")]
            taken = ", ".join(changed.get(column, column) for column in columns)
            statement = f"INSERT INTO {table} ({', '.join(columns)}) SELECT {taken} FROM {table} WHERE {{}} < 1000"
            first = next(iter(changed))
            for number in range(1, copies):
                connection.exec_driver_sql(statement.format(first).replace(":n", str(number * 1000)))


def main(sheets: int, folder: Path) -> int:
    url = f"sqlite:///{folder}/repeated.db"
    with using(url):
        migrations.upgrade()
        with database.writing() as session:
            world = worlds.build(session)
            exams.sit(session, world, dict.fromkeys(world.seats, Fate.PASSED), ("proctor1", "proctor2"))
        _copy(-(-sheets // SEATS))
    began = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-m", "service.cli", "results", "verify"],
        env={**os.environ, "PEIKAO_DATABASE_URL": url},
        check=False,
    )
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    print(f"{time.perf_counter() - began:.1f} s by the wall, {used.ru_utime + used.ru_stime:.1f} s of processor time")
    return done.returncode


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made:
        chosen = Path(sys.argv[2]) if len(sys.argv) > 2 else Path(made)
        sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else SHEETS, chosen))
