"""The last head that this installation signed, kept where the owner of the database does not reach.

Whoever owns the database can write another record, whole in itself, and would only have to wait a minute until the
service signed it. So the service remembers, in memory and in a small file that all its processes share, over how many
entries it signed which root, and signs nothing that does not begin with them. It goes on recording and serving: an exam
is not stopped for that. A restored backup is another record as well; the operator says so, and that is on record.
"""

import fcntl
import json
import logging
import os
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path

from sqlalchemy.engine import make_url
from sqlmodel import Session

from service.journal import queries as journal
from service.journal.actions import record
from service.journal.queries import tree as queries
from service.journal.rules import Event, tree
from service.kernel import errors, sealing, settings

log = logging.getLogger("peikao")
OPERATOR = "operator"


@dataclass(frozen=True, slots=True)
class Seen:
    """A head that was signed; ``restored`` counts how often the operator has begun anew after a backup."""

    size: int
    root: str
    restored: int = 0


@dataclass(frozen=True, slots=True)
class Alarm:
    """What was signed and is not there any more: over ``seen`` entries, of which there are ``now``."""

    seen: int
    now: int

    @property
    def shorter(self) -> bool:
        """Whether entries are missing at the end; otherwise they are other ones."""
        return self.now < self.seen


_memory: dict[Path, Seen] = {}
_alarms: dict[Path, Alarm] = {}
_lock = threading.Lock()


def place() -> Path:
    """The file of this database, whoever the service connects as."""
    given = settings.current()
    address = make_url(given.database_url)
    parts = (address.get_backend_name(), address.host, address.port, address.database, address.query.get("host"))
    name = sealing.digest("|".join(str(part or "") for part in parts).encode())[:16]
    return given.journal_memory / f"journal-{name}.json"


def alarm() -> Alarm | None:
    """What this process found when it last looked."""
    return _alarms.get(place())


def check(session: Session) -> Alarm | None:
    """Look whether the record begins with all that is remembered; it is logged, each time, where it does not.

    The session has read nothing yet, or holds the journal's head: of a moment long past the record would be shorter.
    """
    file = place()
    known = _known(file)
    last = journal.head(session).seq
    found = next((Alarm(seen.size, last) for seen in known if not _begins_with(session, seen, last)), None)
    if found is None:
        _alarms.pop(file, None)
        return None
    _alarms[file] = found
    log.error(
        "THE JOURNAL WAS REWRITTEN: a head over %d entries was signed, the %d that are there do not begin with them;"
        " nothing more is signed. After a backup: peikao journal restored",
        found.seen,
        found.now,
    )
    return found


def _begins_with(session: Session, seen: Seen, last: int) -> bool:
    if not 0 < seen.size <= last:
        return seen.size == 0
    try:
        return tree.root(queries.known(session, seen.size), 0, seen.size).hex() == seen.root
    except KeyError:
        # Roots or entries that it was put together from are gone.
        return False


def remember(size: int, root: str) -> None:
    """Remember a head whose transaction is on disk. A file that cannot be written is logged, and memory remains."""
    file = place()
    with _lock:
        mine = max((*_known(file), Seen(0, "")), key=lambda seen: (seen.restored, seen.size))
        _memory[file] = seen = Seen(size, root, mine.restored) if size > mine.size else mine
        try:
            with _alone(file):
                there = _read(file)
                if there is None or (there.restored, there.size) < (seen.restored, seen.size):
                    _write(file, seen)
        except OSError:
            log.exception("what was signed of the journal cannot be written to %s; this process remembers", file)


def restored(session: Session, reason: str, *, now: datetime) -> None:
    """Put on record that a backup was restored: what was signed and is not there, and why. Then :func:`forget`.

    Raises:
        WrongState: the record begins with all that was signed, so there is nothing to forget.
    """
    found = check(session)
    if found is None:
        raise errors.WrongState("journal_grows", "日志与此前签过的树头相符，不需要这一步。")
    lost = next(seen for seen in _known(place()) if seen.size == found.seen)
    data = {"signed": lost.size, "root": lost.root, "entries": found.now, "reason": reason}
    record(session, Event.JOURNAL_RESTORED, OPERATOR, "journal", now=now, data=data)


def forget() -> None:
    """Begin anew, for all processes: what they remember is from before. Only after :func:`restored` was committed."""
    file = place()
    with _lock, _alone(file):
        number = max((seen.restored for seen in _known(file)), default=0) + 1
        _write(file, Seen(0, "", number))
        _memory.pop(file, None)
        _alarms.pop(file, None)


def _known(file: Path) -> list[Seen]:
    """What is remembered in memory and in the file, but for what the operator has said goodbye to."""
    known = {seen for seen in (_memory.get(file), _read(file)) if seen is not None}
    newest = max((seen.restored for seen in known), default=0)
    return sorted((seen for seen in known if seen.restored == newest), key=lambda seen: seen.size)


def _read(file: Path) -> Seen | None:
    try:
        said = json.loads(file.read_text())
        return Seen(int(said["size"]), str(said["root"]), int(said["restored"]))
    except FileNotFoundError:
        return None
    except (OSError, ValueError, TypeError, KeyError) as error:
        log.error("what was signed of the journal cannot be read from %s: %s", file, type(error).__name__)
        return None


def _write(file: Path, seen: Seen) -> None:
    """Whole or not at all, and on disk."""
    beside = file.with_suffix(".new")
    with beside.open("w") as written:
        json.dump(asdict(seen), written)
        written.flush()
        os.fsync(written.fileno())
    beside.replace(file)


@contextmanager
def _alone(file: Path) -> Iterator[None]:
    """No other process writes the file meanwhile."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.with_suffix(".lock").open("w") as held:
        fcntl.flock(held, fcntl.LOCK_EX)
        yield
