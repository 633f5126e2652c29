"""Writing to the record: :func:`record` is called by every action, in the action's own transaction."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from sqlmodel import Session, select

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
    return record_many(session, [Note(event, actor, subject, data or {})], now=now)[0]


def record_many(session: Session, notes: Sequence[Note], *, now: datetime) -> list[JournalEntry]:
    """Append entries in order, the head locked once: what many did in one transaction."""
    head = session.exec(select(JournalHead).with_for_update()).one()
    at, rows = now.astimezone(UTC).isoformat(timespec="microseconds"), []
    for note in notes:
        entry = rules.Entry(
            seq=head.seq + 1,
            at=at,
            event=note.event.value,
            actor=note.actor,
            subject=note.subject,
            data=dict(note.data),
            previous=head.hash,
        )
        head.seq, head.hash = entry.seq, rules.entry_hash(entry)
        data = json.dumps(entry.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False)
        rows.append(
            JournalEntry(
                seq=entry.seq,
                at=at,
                event=entry.event,
                actor=note.actor,
                subject=note.subject,
                data=data,
                previous=entry.previous,
                hash=head.hash,
            )
        )
    session.add_all(rows)
    session.add(head)
    session.flush()
    return rows
