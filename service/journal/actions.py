"""Writing to the record: :func:`record` is called by every action, in the action's own transaction."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from sqlalchemy.orm.util import identity_key
from sqlmodel import Session

from service.journal import rules
from service.journal.rules import Event
from service.journal.tables import JournalEntry, JournalHead
from service.kernel.by_hand import Query, Rows

SYSTEM = "system"


@dataclass(frozen=True, slots=True)
class Note:
    """One entry to be: who did what to which subject."""

    event: Event
    actor: str
    subject: str
    data: Mapping[str, object] = field(default_factory=dict)


def record(
    session: Session,
    event: Event,
    actor: str,
    subject: str,
    *,
    now: datetime,
    data: Mapping[str, object] | None = None,
) -> JournalEntry:
    """Append one entry: who (``account:7``, ``seat:12``, ``system``) did what to which subject (``paper:3``)."""
    row = _append(session, [Note(event, actor, subject, data or {})], now)[0]
    fields: dict[str, Any] = dict(zip(_COLUMNS, row, strict=True))
    return JournalEntry(**fields)


def record_many(session: Session, notes: Sequence[Note], *, now: datetime) -> None:
    """Append entries in order, the head locked once: what many did in one transaction."""
    if notes:
        _append(session, notes, now)


_HEAD = Query("SELECT seq, hash FROM journal_head", lock="FOR UPDATE")
_COLUMNS = {"seq": "int", "at": "text", "event": "text", "actor": "text", "subject": "text", "data": "text"}
_COLUMNS |= {"previous": "text", "hash": "text"}
_ENTRIES = Rows("journal_entry", _COLUMNS)
_ADVANCED = Rows("journal_head", {"seq": "int", "hash": "text", "id": "int"}, update=True)
Row = tuple[int, str, str, str, str, str, str, str]


def _append(session: Session, notes: Sequence[Note], now: datetime) -> list[Row]:
    # What the entries are about is written before the head is held; the rows need none of the session's bookkeeping.
    last, previous = _HEAD.rows(session)[0]
    at = now.astimezone(UTC).isoformat(timespec="microseconds")
    rows: list[Row] = []
    for seq, note in enumerate(notes, start=last + 1):
        entry = rules.Entry(seq, at, note.event.value, note.actor, note.subject, dict(note.data), previous)
        hashed = rules.entry_hash(entry)
        rows.append((seq, at, entry.event, entry.actor, entry.subject, rules.compact(entry.data), previous, hashed))
        previous = hashed
    connection = session.connection()
    _ENTRIES.write(connection, rows)
    _ADVANCED.write(connection, [(last + len(notes), previous, 1)])
    # Whoever has looked at the head in this session before must not go on with the old one.
    stale = session.identity_map.get(identity_key(JournalHead, 1))
    if stale is not None:
        session.expire(stale)
    return rows
