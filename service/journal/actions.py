"""Writing to the record: :func:`record` is called by every action, in the action's own transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.util import identity_key
from sqlmodel import Session, col

from service.journal import rules
from service.journal.rules import Event
from service.journal.tables import JournalEntry, JournalHead

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
    return JournalEntry(**_append(session, [Note(event, actor, subject, data or {})], now)[0])


def record_many(session: Session, notes: Sequence[Note], *, now: datetime) -> None:
    """Append entries in order, the head locked once: what many did in one transaction."""
    if notes:
        _append(session, notes, now)


_HEAD = sa.select(col(JournalHead.seq), col(JournalHead.hash)).with_for_update()
_ENTRIES = sa.insert(JournalEntry)
_ADVANCED = sa.update(JournalHead).values(seq=sa.bindparam("to_seq"), hash=sa.bindparam("to_hash"))


def _append(session: Session, notes: Sequence[Note], now: datetime) -> list[dict[str, Any]]:
    # What the entries are about is written first; the rows themselves need none of the session's bookkeeping.
    session.flush()
    connection = session.connection()
    last, previous = connection.execute(_HEAD).one()
    at, rows = now.astimezone(UTC).isoformat(timespec="microseconds"), []
    for seq, note in enumerate(notes, start=last + 1):
        entry = rules.Entry(seq, at, note.event.value, note.actor, note.subject, dict(note.data), previous)
        previous = rules.entry_hash(entry)
        rows.append(
            {
                "seq": seq,
                "at": at,
                "event": entry.event,
                "actor": entry.actor,
                "subject": entry.subject,
                "data": json.dumps(entry.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
                "previous": entry.previous,
                "hash": previous,
            }
        )
    connection.execute(_ENTRIES, rows)
    connection.execute(_ADVANCED, {"to_seq": last + len(notes), "to_hash": previous})
    # Whoever has looked at the head in this session before must not go on with the old one.
    stale = session.identity_map.get(identity_key(JournalHead, 1))
    if stale is not None:
        session.expire(stale)
    return rows
