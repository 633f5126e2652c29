"""What was signed is remembered outside the database, and no other record is signed: rewritten, cut off, restored."""

import json
import multiprocessing
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest
from sqlmodel import col, select
from typer.testing import CliRunner

from service import sweeping
from service.cli import app
from service.journal.actions import heads, remembering
from service.journal.actions.remembering import Alarm
from service.journal.queries import tree as queries
from service.journal.rules import Event
from service.journal.tables import JournalEntry
from service.kernel import database, settings
from tests import world as worlds
from tests.conftest import Browser, using
from tests.journal.merkle import append
from tests.journal.test_tampering import TABLES, chained, rooted, write_all
from tests.journal.test_verify_journal import rows_of

SIZES = (1, 2, 3, 255, 256, 257, 511, 513, 700)
WHY = "restored the backup of last night, the disk broke; Li and Wang decided it"


@pytest.fixture(autouse=True)
def apart(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A memory of each test's own."""
    yield
    remembering._memory.clear()
    remembering._alarms.clear()


def newest() -> int:
    with database.reading() as session:
        head = queries.newest(session)
        return head.size if head is not None else 0


def grow(entries: int) -> int:
    """Some more entries, and the sweep; over how many the newest head is then."""
    with database.writing() as session:
        append(session, entries)
    sweeping.seal_what_is_new()
    return newest()


def another_process() -> None:
    """What a process that has just begun remembers: what is in the file."""
    remembering._memory.clear()
    remembering._alarms.clear()


@pytest.mark.parametrize("size", SIZES)
def test_what_grows_is_signed_from_every_size_on(empty_url: str, size: int) -> None:
    assert grow(size) == size
    for more in (1, 3, 254):
        another_process()
        size += more
        assert grow(more) == size
    assert remembering.alarm() is None


def test_what_is_rolled_back_was_never_signed(empty_url: str) -> None:
    grow(2)
    with database.writing() as session:
        append(session, 5)
        assert heads.seal_head(session, now=worlds.PREPARED_AT) is not None
        session.rollback()
    assert json.loads(remembering.place().read_text())["size"] == 2
    with database.writing() as session:
        append(session, 4)
    assert grow(1) == 7 and remembering.alarm() is None


# --- what the owner of a database can do ---


@pytest.fixture
def record(tmp_path: Path) -> Iterator[Path]:
    """Six hundred entries, all under one head, in a file whose triggers its owner has taken away."""
    path = tmp_path / "record.db"
    with using(f"sqlite:///{path}"):
        from service import migrations

        migrations.upgrade()
        grow(600)
        with closing(sqlite3.connect(path)) as opened:
            for table in TABLES:
                for verb in ("update", "delete", "replace"):
                    opened.execute(f"DROP TRIGGER {table}_refuses_{verb}")
        yield path


def cut(connection: sqlite3.Connection) -> None:
    """The last hundred entries are gone, and every head and root over them."""
    rows = rows_of(connection)[:500]
    write_all(connection, rows)
    rooted(connection, rows)


def rewritten(connection: sqlite3.Connection) -> None:
    """One entry says something else; all after it is computed anew, as nobody needs a key for, and no head is left."""
    rows = rows_of(connection)
    rows[450] = {**rows[450], "actor": "account:99"}
    rows = chained(rows)
    write_all(connection, rows)
    connection.execute("DELETE FROM journal_tree_head")
    connection.execute("DELETE FROM journal_subtree")


def longer(connection: sqlite3.Connection) -> None:
    """The same, and the record is longer than the one that was signed."""
    rewritten(connection)
    rows = rows_of(connection)
    write_all(connection, chained([*rows, *rows[:50]]))


def without_roots(connection: sqlite3.Connection) -> None:
    """The entries stand, but what their root is put together from is gone."""
    connection.execute("DELETE FROM journal_subtree WHERE number = 0")


WAYS: list[tuple[Callable[[sqlite3.Connection], None], Alarm]] = [
    (cut, Alarm(600, 500)),
    (rewritten, Alarm(600, 600)),
    (longer, Alarm(600, 650)),
    (without_roots, Alarm(600, 600)),
]


@pytest.mark.parametrize("memory", ["of this process", "of the file"])
@pytest.mark.parametrize(("way", "found"), WAYS, ids=[way.__name__ for way, _ in WAYS])
def test_what_does_not_begin_with_what_was_signed_is_not_signed(
    record: Path, way: Callable[[sqlite3.Connection], None], found: Alarm, memory: str, caplog: pytest.LogCaptureFixture
) -> None:
    with closing(sqlite3.connect(record)) as opened, opened:
        way(opened)
    if memory == "of the file":
        another_process()
    else:
        remembering.place().unlink()
    before = newest()

    sweeping.seal_what_is_new()
    with database.writing() as session:
        # A publication or a room record goes on, without a head.
        append(session, 1)
        assert heads.seal_head(session, now=worlds.AFTER) is None
    sweeping.seal_what_is_new()

    assert newest() == before
    assert remembering.alarm() == Alarm(found.seen, found.now + 1)
    assert "THE JOURNAL WAS REWRITTEN" in caplog.text


def test_only_the_heads_gone_is_the_same_record_and_signed_again(record: Path) -> None:
    with closing(sqlite3.connect(record)) as opened, opened:
        opened.execute("DELETE FROM journal_tree_head")

    sweeping.seal_what_is_new()

    assert (newest(), remembering.alarm()) == (600, None)


# --- a backup that was restored ---


def test_the_operator_says_that_a_backup_was_restored_and_it_stays_on_record(record: Path) -> None:
    said = CliRunner().invoke(app, ["journal", "restored", "--reason", WHY])
    assert said.exit_code == 1 and "nothing to forget" in said.output
    root = json.loads(remembering.place().read_text())["root"]
    with closing(sqlite3.connect(record)) as opened, opened:
        cut(opened)
    sweeping.seal_what_is_new()
    kept = dict(remembering._memory)
    assert CliRunner().invoke(app, ["journal", "restored", "--reason", " "]).exit_code == 2

    said = CliRunner().invoke(app, ["journal", "restored", "--reason", WHY])

    assert said.exit_code == 0, said.output
    assert newest() == 501
    with database.reading() as session:
        last = session.exec(select(JournalEntry).order_by(col(JournalEntry.seq).desc())).first()
    assert last is not None and (last.event, last.actor) == (Event.JOURNAL_RESTORED, "operator")
    assert json.loads(last.data) == {"entries": 500, "reason": WHY, "root": root, "signed": 600}
    # Another process, which has still the old head in memory, takes over what the operator said.
    remembering._memory.update(kept)
    assert grow(1) == 502 and remembering.alarm() is None


# --- the file ---


def test_a_file_that_cannot_be_read_or_written_is_logged_and_memory_remains(
    record: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    remembering.place().write_text("{")
    assert grow(1) == 601 and "cannot be read" in caplog.text
    (tmp_path / "no-folder").write_text("")
    monkeypatch.setenv("PEIKAO_JOURNAL_MEMORY", str(tmp_path / "no-folder"))
    settings.current.cache_clear()
    assert grow(1) == 602 and "cannot be written" in caplog.text
    with closing(sqlite3.connect(record)) as opened, opened:
        cut(opened)
    sweeping.seal_what_is_new()
    assert remembering.alarm() == Alarm(602, 500)


def _remember_in_turn(first: int) -> None:
    for size in range(first, 400, 8):
        remembering.remember(size, f"{size:064x}")


def test_processes_that_share_the_file_leave_the_largest_head_in_it(record: Path) -> None:
    remembering.place().unlink()
    another_process()
    with multiprocessing.get_context("fork").Pool(8) as pool:
        pool.map(_remember_in_turn, range(1, 9))

    assert json.loads(remembering.place().read_text()) == {"size": 399, "root": f"{399:064x}", "restored": 0}


# --- who is told ---


def test_health_the_attestation_and_the_auditors_page_tell_of_it(staffed: object, browser: Browser) -> None:
    grow(1)
    health = browser.stranger().get("/health").json()
    attested = browser.of("auditor").get("/api/v1/separation/attestation").json()["journal"]
    assert (health, attested) == ({"status": "ok"}, "begins with all that was signed")
    assert "已停止签新的树头" not in browser.of("auditor").get("/journal").text

    remembering.remember(9999, "f" * 64)
    sweeping.seal_what_is_new()

    assert browser.stranger().get("/health").json() == {"status": "ok", "journal": "rewritten"}
    assert browser.of("auditor").get("/api/v1/separation/attestation").json()["journal"] == "rewritten"
    page = browser.of("auditor").get("/journal").text
    assert "日志已不是本系统此前签过的那一份。" in page and "签过至第 9999 条的树头" in page
    told = {
        name: "日志已不是本系统" in browser.of(name).get("/").text for name in ("auditor", "administrator", "author")
    }
    assert told == {"auditor": True, "administrator": True, "author": False}, "the first page of whoever watches"
