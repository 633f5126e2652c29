"""A record is tampered with at random, in every way that the owner of a database can; all of it is found and located.

``TAMPERING_SEED`` chooses another set. A hundred and twenty of them every time, a thousand with ``--long``.
"""

import json
import os
import random
import shutil
import sqlite3
import subprocess
import sys
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from importlib.machinery import SourceFileLoader
from importlib.util import module_from_spec, spec_from_loader
from pathlib import Path
from types import ModuleType

import pytest
from cryptography.hazmat.primitives.asymmetric import ed25519

from service import migrations
from service.journal.actions.heads import seal_head
from service.journal.rules import GENESIS
from service.kernel import database, sealing
from service.kernel.settings import ROOT
from tests import world as worlds
from tests.conftest import using
from tests.journal import merkle
from tests.journal.test_verify_journal import PROGRAM, Row, forged, rows_of

LENGTH, HEADS, TRUSTED = 700, (90, 256, 300, 600, 690), 600
TABLES = ("journal_entry", "journal_tree_head", "journal_subtree", "journal_head_key")
SEED = os.environ.get("TAMPERING_SEED", "2026-11-26")


def load() -> ModuleType:
    """The program as a module, for a thousand processes would take minutes to begin."""
    loader = SourceFileLoader("verify_journal", str(ROOT / "scripts" / "verify_journal"))
    spec = spec_from_loader("verify_journal", loader)
    assert spec is not None
    module = module_from_spec(spec)
    loader.exec_module(module)
    return module


@dataclass(frozen=True, slots=True)
class Outside:
    """A record, and what its owner cannot change: the public key, and a head that somebody else kept."""

    path: Path
    key_file: Path
    keys: dict[str, ed25519.Ed25519PublicKey]
    trusted: dict[int, str]


@pytest.fixture(scope="module")
def verifier() -> ModuleType:
    return load()


@pytest.fixture(scope="module")
def outside(verifier: ModuleType, tmp_path_factory: pytest.TempPathFactory) -> Outside:
    """Seven hundred entries by the real service, with five heads; the last ten entries are under none."""
    folder = tmp_path_factory.mktemp("tampering")
    path, key_file, last = folder / "record.db", folder / "key.pem", 0
    with using(f"sqlite:///{path}"):
        migrations.upgrade()
        for size in (*HEADS, LENGTH):
            with database.writing() as session:
                merkle.append(session, size - last)
                if size != LENGTH:
                    seal_head(session, now=worlds.PREPARED_AT)
            last = size
        key_file.write_text(sealing.ed25519_pem(sealing.journal_key().public))
        with database.engine().connect() as connection:
            connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    with closing(sqlite3.connect(path)) as opened:
        for table in TABLES:
            for verb in ("update", "delete", "replace"):
                opened.execute(f"DROP TRIGGER {table}_refuses_{verb}")
        (root,) = opened.execute("SELECT root FROM journal_tree_head WHERE size = ?", (TRUSTED,)).fetchone()
    return Outside(path, key_file, verifier.public_keys(str(key_file)), {TRUSTED: root})


# --- what somebody who owns the database can do ---

# Where it has to be found: the first and the last entry that the verdict may name.
Place = tuple[int, int]


def below(number: int) -> int:
    """The newest head that does not cover an entry."""
    return max((size for size in HEADS if size < number), default=0)


def over(number: int) -> int:
    """The first head that covers an entry."""
    return min(size for size in HEADS if size >= number)


def write_all(connection: sqlite3.Connection, rows: list[Row]) -> None:
    """Put these entries in place of all others, and the head on the last of them."""
    connection.execute("DELETE FROM journal_entry")
    for row in rows:
        names = ", ".join(f":{name}" for name in row)
        connection.execute(f"INSERT INTO journal_entry ({', '.join(row)}) VALUES ({names})", row)
    last = rows[-1]["hash"] if rows else GENESIS
    connection.execute("UPDATE journal_head SET seq = ?, hash = ?", (len(rows), last))


def chained(rows: list[Row]) -> list[Row]:
    """These entries numbered and hashed anew, as nobody needs a key for."""
    made: list[Row] = []
    for number, row in enumerate(rows, start=1):
        previous = made[-1]["hash"] if made else GENESIS
        made.append(forged({**row, "seq": number, "previous": previous}))
    return made


def leaves(rows: list[Row]) -> list[bytes]:
    """The leaves of entries, by the book."""
    found = []
    for row in rows:
        body = {name: row[name] for name in ("seq", "at", "event", "actor", "subject", "previous")}
        body["data"] = json.loads(str(row["data"]))
        found.append(merkle.leaf(json.dumps(body, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()))
    return found


def rooted(connection: sqlite3.Connection, rows: list[Row]) -> None:
    """Kept roots and roots of heads computed anew."""
    found = leaves(rows)
    connection.execute("DELETE FROM journal_tree_head WHERE size > ?", (len(rows),))
    connection.execute("DELETE FROM journal_subtree WHERE (number + 1) * 256 > ?", (len(rows),))
    for (size,) in connection.execute("SELECT size FROM journal_tree_head").fetchall():
        root = merkle.root(found[:size]).hex()
        connection.execute("UPDATE journal_tree_head SET root = ? WHERE size = ?", (root, size))
    for (number,) in connection.execute("SELECT number FROM journal_subtree").fetchall():
        root = merkle.root(found[number * 256 : number * 256 + 256]).hex()
        connection.execute("UPDATE journal_subtree SET root = ? WHERE number = ?", (root, number))


def another(row: Row, chance: random.Random) -> Row:
    """An entry with another field, or with another value in its data."""
    field = chance.choice(["at", "event", "actor", "subject", "data"])
    if field == "data":
        return {**row, "data": json.dumps({"number": chance.randrange(10**6)}, separators=(",", ":"))}
    return {**row, field: f"{row[field]}{chance.randrange(10)}"}


def change(connection: sqlite3.Connection, rows: list[Row], chance: random.Random) -> Place:
    number = chance.randint(1, LENGTH)
    rows[number - 1] = another(rows[number - 1], chance)
    write_all(connection, rows)
    return number, number


def delete(connection: sqlite3.Connection, rows: list[Row], chance: random.Random) -> Place:
    gone = chance.sample(range(1, LENGTH + 1), chance.randint(1, 5))
    connection.executemany("DELETE FROM journal_entry WHERE seq = ?", [(number,) for number in gone])
    return min(gone), min(gone)


def insert(connection: sqlite3.Connection, rows: list[Row], chance: random.Random) -> Place:
    place = chance.randint(1, LENGTH)
    new = forged(another(rows[place - 1], chance))
    write_all(connection, [{**row, "seq": n} for n, row in enumerate([*rows[: place - 1], new, *rows[place - 1 :]], 1)])
    # The new entry's own hash is right, so the one after it is the first that does not fit; or a head right over it.
    return (below(place) + 1, place) if place in HEADS else (place + 1, place + 1)


def reorder(connection: sqlite3.Connection, rows: list[Row], chance: random.Random) -> Place:
    one, other = sorted(chance.sample(range(LENGTH), 2))
    rows[one], rows[other] = {**rows[other], "seq": one + 1}, {**rows[one], "seq": other + 1}
    write_all(connection, rows)
    return one + 1, one + 1


def truncate(connection: sqlite3.Connection, rows: list[Row], chance: random.Random) -> Place:
    length = chance.randrange(max(HEADS))
    write_all(connection, rows[:length])
    return length + 1, length + 1


def truncate_with_heads(connection: sqlite3.Connection, rows: list[Row], chance: random.Random) -> Place:
    length = chance.randrange(TRUSTED)
    write_all(connection, rows[:length])
    rooted(connection, rows[:length])
    return length + 1, length + 1


def chain_anew(connection: sqlite3.Connection, rows: list[Row], chance: random.Random) -> Place:
    number = chance.randint(1, max(HEADS))
    rows[number - 1] = another(rows[number - 1], chance)
    write_all(connection, chained(rows))
    return below(number) + 1, over(number)


def chain_and_root_anew(connection: sqlite3.Connection, rows: list[Row], chance: random.Random) -> Place:
    place = chain_anew(connection, rows, chance)
    rooted(connection, rows_of(connection))
    return place


def sign_with_another_key(connection: sqlite3.Connection, rows: list[Row], chance: random.Random) -> Place:
    place = chain_and_root_anew(connection, rows, chance)
    private = ed25519.Ed25519PrivateKey.from_private_bytes(chance.randbytes(32))
    for size, root, at, key_id in connection.execute("SELECT size, root, at, key_id FROM journal_tree_head").fetchall():
        text = f"peikao journal head v1\n{size}\n{root}\n{at}\n{key_id}\n".encode()
        signature = private.sign(text).hex()
        connection.execute("UPDATE journal_tree_head SET signature = ? WHERE size = ?", (signature, size))
    public = private.public_key().public_bytes_raw().hex()
    connection.execute("UPDATE journal_head_key SET public_key = ?", (public,))
    # Heads from before the change could have stayed; a forger who signs all of them is found at the first.
    return 1, place[1]


def take_heads_away(connection: sqlite3.Connection, rows: list[Row], chance: random.Random) -> Place:
    number = chance.randint(1, TRUSTED)
    del rows[number - 1]
    write_all(connection, chained(rows))
    rooted(connection, rows_of(connection))
    connection.execute("DELETE FROM journal_tree_head WHERE size >= ?", (number,))
    return below(number) + 1, TRUSTED


WAYS: tuple[Callable[[sqlite3.Connection, list[Row], random.Random], Place], ...] = (
    change,
    delete,
    insert,
    reorder,
    truncate,
    truncate_with_heads,
    chain_anew,
    chain_and_root_anew,
    sign_with_another_key,
    take_heads_away,
)


# --- found, and where ---


def located(verifier: ModuleType, outside: Outside, path: Path) -> Place | None:
    """The entries that the verdict names; nothing where the record is found whole."""
    try:
        verifier.verify(str(path), outside.keys, outside.trusted)
    except verifier.Broken as broken:
        return broken.first, broken.last
    return None


def tamper(verifier: ModuleType, outside: Outside, folder: Path, number: int) -> tuple[str, Place, Place | None]:
    """One tampering: its kind, where it has to be found, and where it is."""
    chance, way, copy = random.Random(f"{SEED}/{number}"), WAYS[number % len(WAYS)], folder / "copy.db"
    shutil.copy(outside.path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("PRAGMA synchronous = OFF")
        expected = way(connection, rows_of(connection), chance)
    return way.__name__, expected, located(verifier, outside, copy)


def test_the_record_is_whole_before_anybody_touches_it(verifier: ModuleType, outside: Outside) -> None:
    said = verifier.verify(str(outside.path), outside.keys, outside.trusted).splitlines()

    assert said[0].startswith(f"OK: {LENGTH} entries")
    assert said[1:] == [
        f"checked: {LENGTH} entries, {len(HEADS) + 1} roots of heads, {len(HEADS)} signatures of heads",
        f"not checked: {LENGTH - max(HEADS)} entries after the newest head",
    ]


@pytest.mark.parametrize("count", [120, pytest.param(1000, marks=pytest.mark.long)])
def test_every_tampering_is_found_where_it_is(
    verifier: ModuleType, outside: Outside, tmp_path: Path, count: int
) -> None:
    outcomes = [(number, *tamper(verifier, outside, tmp_path, number)) for number in range(count)]

    wrong = [(number, way, due, found) for number, way, due, found in outcomes if not _found(way, due, found)]
    assert wrong == [], f"TAMPERING_SEED={SEED}"
    assert Counter(way for _, way, _, _ in outcomes) == dict.fromkeys((one.__name__ for one in WAYS), count // 10)


def _found(way: str, due: Place, found: Place | None) -> bool:
    if way == sign_with_another_key.__name__:
        return found is not None and found[0] == due[0] and found[1] <= due[1]
    return found == due


# --- in words, as an auditor runs it ---


def run(*words: str) -> tuple[int, list[str]]:
    made = subprocess.run([sys.executable, str(PROGRAM), *words], capture_output=True, text=True)
    return made.returncode, (made.stdout + made.stderr).strip().splitlines()


@pytest.fixture
def anew(outside: Outside, tmp_path: Path) -> Path:
    """A copy whose entry 420 was changed, and the chain computed anew."""
    copy = tmp_path / "copy.db"
    shutil.copy(outside.path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        rows = rows_of(connection)
        rows[419]["actor"] = "account:999"
        write_all(connection, chained(rows))
    return copy


def test_a_chain_computed_anew_is_told_by_the_heads(anew: Path) -> None:
    status, (said,) = run(str(anew))

    at = worlds.PREPARED_AT.isoformat(timespec="microseconds")
    hint = "by the kept roots the first of these is between 301 and 512"
    assert status == 1
    assert said == f"BROKEN between entries 301 and 600: the head over 600 entries, of {at}, is of other ones; {hint}"


def test_roots_computed_anew_are_told_by_the_key_only(outside: Outside, anew: Path) -> None:
    with closing(sqlite3.connect(anew)) as connection, connection:
        rooted(connection, rows_of(connection))

    status, said = run(str(anew))
    assert (status, said[1:]) == (
        0,
        [
            "checked: 700 entries, 5 roots of heads, 0 signatures of heads",
            "not checked: 10 entries after the newest head",
            "not checked: signatures of heads, for want of --public-key",
            "not checked: whether newer heads were taken away, for want of --trusted",
        ],
    )
    fault = "the head over 600 entries is not signed by a key that was given"
    assert run(str(anew), "--public-key", str(outside.key_file)) == (
        1,
        [f"BROKEN between entries 301 and 600: {fault}"],
    )


def test_heads_taken_away_are_told_by_whoever_kept_one(outside: Outside, anew: Path, tmp_path: Path) -> None:
    state = tmp_path / "state.json"
    state.write_text(json.dumps({"size": TRUSTED, "root": outside.trusted[TRUSTED], "more": 1}))
    with closing(sqlite3.connect(anew)) as connection, connection:
        rows = rows_of(connection)[:450]
        write_all(connection, rows)
        rooted(connection, rows)

    with_key = (str(anew), "--public-key", str(outside.key_file))
    assert run(*with_key)[0] == 0
    assert run(*with_key, "--trusted", str(state)) == (
        1,
        [f"BROKEN at entry 451: a head is over {TRUSTED} entries, the chain ends at 450"],
    )


@pytest.mark.parametrize("size", [0, -1])
def test_a_head_over_no_entries_hides_no_other(outside: Outside, anew: Path, size: int) -> None:
    """It is never reached, and all heads are compared in the order of their sizes."""
    with closing(sqlite3.connect(anew)) as connection, connection:
        rooted(connection, rows_of(connection))
        connection.execute("PRAGMA ignore_check_constraints = ON")
        copied = f"SELECT {size}, root, at, key_id, signature, 'planted' FROM journal_tree_head LIMIT 1"
        connection.execute(f"INSERT INTO journal_tree_head (size, root, at, key_id, signature, code) {copied}")

    said = [f"BROKEN at entry 701: a head is over {size} entries, the chain ends at 700"]
    assert run(str(anew)) == (1, said)
    assert run(str(anew), "--public-key", str(outside.key_file)) == (1, said)


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param(
            "UPDATE journal_subtree SET root = 'ff' WHERE number = 1",
            "BROKEN between entries 257 and 512: the kept root of these entries is another",
            id="another kept root",
        ),
        pytest.param(
            "DELETE FROM journal_subtree WHERE number = 1",
            "BROKEN between entries 257 and 512: the root of these entries was not kept",
            id="a kept root too few",
        ),
        pytest.param(
            "INSERT INTO journal_subtree (level, number, root) VALUES (8, 2, 'ff')",
            "BROKEN at entry 701: roots of later entries were kept, the chain ends at 700",
            id="a kept root too many",
        ),
    ],
)
def test_kept_roots_are_those_of_the_entries(outside: Outside, tmp_path: Path, statement: str, said: str) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(outside.path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute(statement)

    assert run(str(copy)) == (1, [said])


@pytest.mark.parametrize("option", ["--public-key", "--trusted"])
def test_a_file_that_cannot_be_read_is_no_verdict(outside: Outside, option: str) -> None:
    status, said = run(str(outside.path), option, str(outside.path))

    assert status == 2 and said[0].startswith("the journal cannot be read: ")


def test_a_record_from_before_the_tree_is_verified_as_it_was(outside: Outside, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    shutil.copy(outside.path, copy)
    with closing(sqlite3.connect(copy)) as connection, connection:
        for table in ("journal_tree_head", "journal_head_key", "journal_subtree"):
            connection.execute(f"DROP TABLE {table}")

    status, said = run(str(copy))
    assert (status, said[1]) == (0, f"checked: {LENGTH} entries, 0 roots of heads, 0 signatures of heads")
