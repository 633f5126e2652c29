"""How long ``scripts/verify_journal`` takes over a long record, and how much memory: made by the service's own code.

    .venv/bin/python -m scripts.benchmark.long_record [ENTRIES] [FOLDER]

Entries are those of an exam day in kind and size. The table of entries has no secondary indexes here, for verifying
reads by number only and making them would take longer than all the rest; heads and kept roots are made as always.
"""

import os
import sqlite3
import sys
import time
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

ENTRIES, BATCH, SEALED_EVERY = 10_000_000, 100_000, 1_000_000
BEGAN = datetime(2026, 11, 20, 1, 0, tzinfo=UTC)
TABLE = (
    "CREATE TABLE journal_entry (seq INTEGER PRIMARY KEY, at VARCHAR, event VARCHAR, actor VARCHAR, subject VARCHAR,"
    " data TEXT, previous VARCHAR, hash VARCHAR)"
)


def make(path: Path, entries: int) -> None:
    """A database of the newest schema with so many entries, and a head for every million."""
    os.environ["PEIKAO_DATABASE_URL"] = f"sqlite:///{path}"
    from service import migrations
    from service.journal.actions import Note, heads, record_many
    from service.journal.rules import Event
    from service.kernel import database

    def note(n: int) -> Note:
        account, seat, digest = f"account:{n % 97}", f"seat:{n}", f"{n:064x}"
        match n % 4:
            case 0:
                return Note(
                    Event.SEAT_HANDED_IN, seat, seat, {"by": "candidate", "at": n, "answered": 40, "sheet": digest}
                )
            case 1:
                return Note(
                    Event.SEAT_MARKED, "system", seat, {"points": n % 101, "verdict": "passed", "digest": digest}
                )
            case 2:
                return Note(Event.TICKET_SCANNED, account, f"sitting:{n % 97}", {"verdict": "fits", "seat": n})
            case _:
                return Note(Event.SIGNED_IN, account, account)

    migrations.upgrade()
    with closing(sqlite3.connect(path)) as made:
        made.execute("DROP TABLE journal_entry")
        made.execute(TABLE)
    for first in range(0, entries, BATCH):
        until = min(first + BATCH, entries)
        with database.writing() as session:
            notes = [note(number) for number in range(first, until)]
            record_many(session, notes, now=BEGAN + timedelta(seconds=first))
            if until % SEALED_EVERY == 0 or until == entries:
                heads.seal_head(session, now=BEGAN + timedelta(seconds=until))
        print(f"\rmade {until:,} entries", end="", flush=True)
    print()


def write_key(path: Path) -> None:
    """The public key, as an auditor has it."""
    from service.kernel import sealing

    path.write_text(sealing.ed25519_pem(sealing.journal_key().public))


def verify(path: Path, key: Path) -> int:
    """Run the verifier as a program, on one core, and say what it took."""
    began = time.perf_counter()
    words = [sys.executable, "scripts/verify_journal", str(path), "--public-key", str(key)]
    child = os.posix_spawn(sys.executable, words, os.environ)
    _, status, used = os.wait4(child, 0)
    wall, processor = time.perf_counter() - began, used.ru_utime + used.ru_stime
    print(
        f"{wall:.1f} s by the clock, {processor:.1f} s of processor, at most {used.ru_maxrss / 1024:.0f} MiB of memory"
    )
    return os.waitstatus_to_exitcode(status)


def main() -> int:
    """Make it unless it is there, then verify it."""
    entries = int(sys.argv[1]) if len(sys.argv) > 1 else ENTRIES
    folder = Path(sys.argv[2]) if len(sys.argv) > 2 else Path("var")
    folder.mkdir(exist_ok=True)
    path, key = folder / f"long-{entries}.db", folder / f"long-{entries}.pem"
    if not key.exists():
        path.unlink(missing_ok=True)
        # In a process of its own: what a process took before it became another one counts as that one's memory.
        made = os.fork()
        if made == 0:
            make(path, entries)
            write_key(key)
            os._exit(0)
        if os.waitpid(made, 0)[1] != 0:
            return 2
    return verify(path, key)


if __name__ == "__main__":
    raise SystemExit(main())
