"""``scripts/verify_journal`` finds every change of the record, and shares no code with the service it judges.

It is only ever run as a program, as an auditor runs it. The databases it looks at are those of the real service; who
meddles with them first drops the triggers, as an owner of the database can.
"""

import ast
import hashlib
import json
import re
import shutil
import sqlite3
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from service import migrations
from service.journal import rules
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import database
from service.kernel.settings import ROOT
from tests import world as worlds
from tests.conftest import using

PROGRAM = ROOT / "scripts" / "verify_journal"
LENGTH = 8
Row = dict[str, object]
Meddling = Callable[[Callable[[sqlite3.Connection], object]], tuple[int, str]]


def verify(*places: str) -> tuple[int, str]:
    """The exit status and the verdict of the verifier; what it says below that is another test's business."""
    run = subprocess.run([sys.executable, str(PROGRAM), *places], capture_output=True, text=True)
    return run.returncode, (run.stdout + run.stderr).strip().partition("\n")[0]


@pytest.fixture(scope="module")
def chain(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with eight entries by the real service."""
    path = tmp_path_factory.mktemp("chain") / "chain.db"
    with using(f"sqlite:///{path}"):
        migrations.upgrade()
        with database.writing() as session:
            for number in range(1, LENGTH + 1):
                record(
                    session,
                    Event.SEAT_MARKED,
                    f"account:{number}",
                    f"seat:{number}",
                    now=worlds.PREPARED_AT,
                    data={"points": 60 + number, "verdict": "passed", "姓": "林"},
                )
        with database.engine().connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    return path


@pytest.fixture
def meddle(chain: Path, tmp_path: Path) -> Meddling:
    """Copy the file, change the copy by a hand that owns the database, and verify it."""

    def change(hand: Callable[[sqlite3.Connection], object]) -> tuple[int, str]:
        copy = tmp_path / "copy.db"
        shutil.copy(chain, copy)
        with closing(sqlite3.connect(copy)) as connection, connection:
            connection.execute("DROP TRIGGER journal_entry_refuses_update")
            connection.execute("DROP TRIGGER journal_entry_refuses_delete")
            connection.execute("DROP TRIGGER journal_entry_refuses_replace")
            hand(connection)
        return verify(str(copy))

    return change


def rows_of(connection: sqlite3.Connection) -> list[Row]:
    connection.row_factory = sqlite3.Row
    return [dict(row) for row in connection.execute("SELECT * FROM journal_entry ORDER BY seq")]


def insert(connection: sqlite3.Connection, row: Row) -> None:
    places = ", ".join(f":{name}" for name in row)
    connection.execute(f"INSERT INTO journal_entry ({', '.join(row)}) VALUES ({places})", row)


def forged(row: Row) -> Row:
    """An entry with a hash that fits its content, computed without the service."""
    body = {name: row[name] for name in ("seq", "at", "event", "actor", "subject", "previous")}
    body["data"] = json.loads(str(row["data"]))
    text = json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
    return {**row, "hash": hashlib.sha256(text.encode()).hexdigest()}


# --- what it says ---


def test_a_whole_record_is_found_whole(chain: Path) -> None:
    with closing(sqlite3.connect(chain)) as connection:
        (head,) = connection.execute("SELECT hash FROM journal_head").fetchone()

    assert verify(str(chain)) == (0, f"OK: {LENGTH} entries, head {head}")


def test_dropping_the_triggers_alone_changes_nothing(
    meddle: Meddling,
) -> None:
    assert meddle(lambda _: None)[0] == 0


CONTENT, ORDER = "its content does not match its hash", "it does not follow the entry before it"
LAST = "SELECT hash FROM journal_entry WHERE seq = {}"


@pytest.mark.parametrize(
    ("statements", "said"),
    [
        pytest.param(
            ["UPDATE journal_entry SET actor = 'account:9' WHERE seq = 5"], f"BROKEN at entry 5: {CONTENT}", id="change"
        ),
        pytest.param(
            ["UPDATE journal_entry SET data = replace(data, '65', '95') WHERE seq = 5"],
            f"BROKEN at entry 5: {CONTENT}",
            id="better points",
        ),
        pytest.param(
            ["UPDATE journal_entry SET actor = 'x' WHERE seq IN (3, 7)"],
            f"BROKEN at entry 3: {CONTENT}",
            id="two changes: the first is named",
        ),
        pytest.param(
            ["UPDATE journal_entry SET data = 'no json' WHERE seq = 5"],
            "BROKEN at entry 5: its data is not JSON",
            id="unreadable data",
        ),
        pytest.param(
            ["DELETE FROM journal_entry WHERE seq = 4"], "BROKEN at entry 4: number 4 is missing", id="deletion"
        ),
        pytest.param(
            ["DELETE FROM journal_entry WHERE seq = 1"], "BROKEN at entry 1: number 1 is missing", id="the first"
        ),
        pytest.param(
            ["DELETE FROM journal_entry WHERE seq = 4", "UPDATE journal_entry SET seq = seq - 1 WHERE seq > 4"],
            f"BROKEN at entry 4: {ORDER}",
            id="deletion, closed up",
        ),
        pytest.param(
            ["DELETE FROM journal_entry WHERE seq > 6"],
            "BROKEN at entry 7: the head says 8 entries, the chain ends at 6",
            id="truncation",
        ),
        pytest.param(
            ["DELETE FROM journal_entry"],
            "BROKEN at entry 1: the head says 8 entries, the chain ends at 0",
            id="all gone",
        ),
        pytest.param(
            ["DELETE FROM journal_entry WHERE seq > 6", "UPDATE journal_head SET seq = 6"],
            "BROKEN at entry 7: the head says 6 entries, the chain ends at 6",
            id="truncation, counted down",
        ),
        pytest.param(
            ["UPDATE journal_head SET hash = 'f' || substr(hash, 2)"],
            "BROKEN at entry 9: the head says 8 entries, the chain ends at 8",
            id="another head",
        ),
    ],
)
def test_the_first_broken_entry_is_named(meddle: Meddling, statements: list[str], said: str) -> None:
    assert meddle(lambda connection: [connection.execute(statement) for statement in statements]) == (1, said)


def test_a_forged_entry_at_the_end_does_not_fit_the_head(
    meddle: Meddling,
) -> None:
    def append(connection: sqlite3.Connection) -> None:
        last = rows_of(connection)[-1]
        insert(connection, forged({**last, "seq": LENGTH + 1, "previous": last["hash"]}))

    assert meddle(append) == (1, "BROKEN at entry 10: the head says 8 entries, the chain ends at 9")


def test_a_forged_entry_in_the_middle_breaks_what_follows_it(
    meddle: Meddling,
) -> None:
    def rewrite(connection: sqlite3.Connection) -> None:
        new = forged({**rows_of(connection)[4], "actor": "account:9"})
        connection.execute("UPDATE journal_entry SET actor = :actor, hash = :hash WHERE seq = :seq", new)

    assert meddle(rewrite) == (1, f"BROKEN at entry 6: {ORDER}")


def test_a_second_value_hidden_under_a_key_is_found(
    meddle: Meddling,
) -> None:
    statement = """UPDATE journal_entry SET data = '{"points":99,' || substr(data, 2) WHERE seq = 5"""

    assert meddle(lambda connection: connection.execute(statement))[0] == 1


@pytest.mark.parametrize(
    "data",
    [
        pytest.param('{"b":1,"a":2}', id="names out of order"),
        pytest.param('{"a":1,"a":1}', id="a name twice"),
        pytest.param('{"a": 1}', id="a space"),
        pytest.param('{"a":01}', id="a zero in front"),
        pytest.param('{"a":-0}', id="a minus before nothing"),
        pytest.param('{"a":1.0e0}', id="a number written at length"),
        pytest.param('{"a":"\\u0041"}', id="an escape too many"),
        pytest.param('{"a":1} ', id="a space behind"),
        pytest.param('{"a":1}{}', id="something behind"),
        pytest.param('{"a":"\t"}', id="a raw tabulator"),
    ],
)
def test_data_that_is_written_otherwise_is_found_though_its_hash_is_right(meddle: Meddling, data: str) -> None:
    def rewrite(connection: sqlite3.Connection) -> None:
        row = rows_of(connection)[-1]
        text = json.dumps({name: row[name] for name in ("actor", "at")}, separators=(",", ":"), ensure_ascii=False)[:-1]
        rest = json.dumps({name: row[name] for name in ("event", "previous", "seq", "subject")}, separators=(",", ":"))
        digest = hashlib.sha256(f'{text},"data":{data},{rest[1:]}'.encode()).hexdigest()
        connection.execute("UPDATE journal_entry SET data = ?, hash = ? WHERE seq = ?", (data, digest, LENGTH))
        connection.execute("UPDATE journal_head SET hash = ?", (digest,))

    assert meddle(rewrite)[1] in {
        f"BROKEN at entry {LENGTH}: its data is not canonical JSON",
        f"BROKEN at entry {LENGTH}: its data is not JSON",
    }


# --- any change whatever ---

texts = st.text(st.characters(exclude_categories=("Cs", "Cc")), max_size=20)
anything = hypothesis_settings(
    max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def broken(said: tuple[int, str]) -> int:
    """The number of the entry that the verifier names as the first broken one."""
    found = re.match(r"BROKEN at entry (\d+): ", said[1])
    assert said[0] == 1 and found is not None, said
    return int(found[1])


places = st.integers(min_value=1, max_value=LENGTH)


@anything
@given(place=places, column=st.sampled_from(["at", "event", "actor", "subject", "previous", "hash"]), value=texts)
def test_any_changed_field_is_found_at_its_entry(meddle: Meddling, place: int, column: str, value: str) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute(f"UPDATE journal_entry SET {column} = ? WHERE seq = ?", (f"_{value}", place))

    assert broken(meddle(change)) == place


@anything
@given(place=places, value=st.dictionaries(texts, st.one_of(texts, st.integers(), st.booleans()), max_size=3))
def test_any_other_data_is_found_at_its_entry(meddle: Meddling, place: int, value: dict[str, object]) -> None:
    def change(connection: sqlite3.Connection) -> None:
        connection.execute("UPDATE journal_entry SET data = ? WHERE seq = ?", (json.dumps(value), place))

    assert broken(meddle(change)) == place


@anything
@given(gone=st.sets(places, min_size=1))
def test_any_deletion_is_found_at_the_first_that_is_missing(meddle: Meddling, gone: set[int]) -> None:
    def delete(connection: sqlite3.Connection) -> None:
        connection.executemany("DELETE FROM journal_entry WHERE seq = ?", [(place,) for place in gone])

    assert broken(meddle(delete)) == min(gone)


@anything
@given(place=places, actor=texts)
def test_any_insertion_is_found_though_its_own_hash_is_right(meddle: Meddling, place: int, actor: str) -> None:
    def squeeze_in(connection: sqlite3.Connection) -> None:
        row = rows_of(connection)[place - 1]
        connection.execute("UPDATE journal_entry SET seq = -seq - 1 WHERE seq >= ?", (place,))
        connection.execute("UPDATE journal_entry SET seq = -seq WHERE seq < 0")
        insert(connection, forged({**row, "actor": f"_{actor}"}))

    assert broken(meddle(squeeze_in)) == place + 1


@anything
@given(pair=st.lists(places, min_size=2, max_size=2, unique=True))
def test_any_swap_is_found_at_the_earlier_of_the_two(meddle: Meddling, pair: list[int]) -> None:
    def swap(connection: sqlite3.Connection) -> None:
        one, other = pair
        for old, new in ((one, -1), (other, one), (-1, other)):
            connection.execute("UPDATE journal_entry SET seq = ? WHERE seq = ?", (new, old))

    assert broken(meddle(swap)) == min(pair)


# --- the other databases, and the other statuses ---


def test_it_reads_whichever_database_the_service_uses(empty_url: str) -> None:
    place = empty_url.removeprefix("sqlite:///")
    with database.writing() as session:
        for number in range(3):
            head = record(session, Event.SIGNED_OUT, "account:1", f"plan:{number}", now=worlds.PREPARED_AT).hash
    assert verify(place) == (0, f"OK: 3 entries, head {head}")

    with database.engine().execution_options(writes=True).begin() as connection:
        on = " ON journal_entry" if connection.dialect.name == "postgresql" else ""
        connection.execute(sa.text(f"DROP TRIGGER journal_entry_refuses_update{on}"))
        connection.execute(sa.text("UPDATE journal_entry SET subject = 'plan:9' WHERE seq = 2"))
    assert verify(place) == (1, f"BROKEN at entry 2: {CONTENT}")


def test_an_empty_record_is_whole(empty_url: str) -> None:
    assert verify(empty_url.removeprefix("sqlite:///")) == (0, f"OK: 0 entries, head {rules.GENESIS}")


@pytest.mark.parametrize(
    ("content", "said"),
    [
        pytest.param(None, "the journal cannot be read: no such file: ", id="no such file"),
        pytest.param(b"", "the journal cannot be read: no such table: journal_head", id="an empty file"),
        pytest.param(b"x" * 5000, "the journal cannot be read: file is not a database", id="no database"),
    ],
)
def test_what_cannot_be_read_is_neither_whole_nor_broken(tmp_path: Path, content: bytes | None, said: str) -> None:
    place = tmp_path / "some.db"
    if content is not None:
        place.write_bytes(content)

    assert verify(str(place)) == (2, said + (str(place) if content is None else ""))


def test_a_database_without_a_head_cannot_be_judged(
    meddle: Meddling,
) -> None:
    assert meddle(lambda connection: connection.execute("DELETE FROM journal_head"))[0] == 2


@pytest.mark.parametrize("words", [[], ["one", "two"]], ids=["no place", "two places"])
def test_called_wrongly_it_explains_itself(words: list[str]) -> None:
    status, said = verify(*words)

    assert status == 2
    assert said.startswith("Recompute the journal's chain from the database, sharing no code with the service.")


def test_it_changes_nothing(chain: Path) -> None:
    before = chain.read_bytes()

    assert verify(str(chain))[0] == 0

    assert chain.read_bytes() == before


def test_it_imports_nothing_of_the_service() -> None:
    imported = set()
    for node in ast.walk(ast.parse(PROGRAM.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            imported |= {name.name.partition(".")[0] for name in node.names}
        elif isinstance(node, ast.ImportFrom):
            imported.add((node.module or ".").partition(".")[0])

    assert imported == {
        "collections",
        "contextlib",
        "cryptography",
        "datetime",
        "hashlib",
        "json",
        "pathlib",
        "psycopg",
        "sqlite3",
        "sys",
        "typing",
    }
    assert imported - {"cryptography", "psycopg"} <= sys.stdlib_module_names


def test_it_runs_where_the_service_is_not_installed(chain: Path, tmp_path: Path) -> None:
    alone = shutil.copy(PROGRAM, tmp_path / "verify_journal")

    run = subprocess.run(
        [sys.executable, "-I", "-S", str(alone), str(chain)], capture_output=True, text=True, cwd=tmp_path
    )

    assert (run.returncode, run.stdout[:13]) == (0, f"OK: {LENGTH} entries")
