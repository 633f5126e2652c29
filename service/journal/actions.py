"""Writing to the record: :func:`record` is called by every action, in the action's own transaction."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime

from sqlmodel import Session, select

from service.journal import rules
from service.journal.rules import Event
from service.journal.tables import JournalEntry, JournalHead

SYSTEM = "system"


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
    head = session.exec(select(JournalHead).with_for_update()).one()
    entry = rules.Entry(
        seq=head.seq + 1,
        at=now.astimezone(UTC).isoformat(timespec="microseconds"),
        event=event.value,
        actor=actor,
        subject=subject,
        data=dict(data or {}),
        previous=head.hash,
    )
    head.seq, head.hash = entry.seq, rules.entry_hash(entry)
    row = JournalEntry(
        seq=entry.seq,
        at=entry.at,
        event=entry.event,
        actor=actor,
        subject=subject,
        data=json.dumps(entry.data, sort_keys=True, separators=(",", ":"), ensure_ascii=False),
        previous=entry.previous,
        hash=head.hash,
    )
    session.add(row)
    session.add(head)
    session.flush()
    return row
