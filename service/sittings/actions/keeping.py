"""Keeping acts: every one as it was, what it does to its seat, the case it opens, and its line in the record."""

from collections.abc import Collection, Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm.util import identity_key
from sqlmodel import Session, col

from service.journal.actions import Note, record_many
from service.journal.rules import Event
from service.kernel.by_hand import Rows
from service.sittings.actions.acts import Done
from service.sittings.queries.door import Place
from service.sittings.rules.door import Act, Standing
from service.sittings.tables import Case, Scan, Seat, Tablet

LONGEST_NOTE = 200


def apply(done: Done) -> None:
    """What an accepted act does to its seat: the last admission or refusal that stands is what counts."""
    place = done.place
    if place is None or not done.judgement.decision.allowed or done.entry.act is Act.LOOK:
        return
    if done.entry.act is Act.UNDO:
        place.standing.pop()
    else:
        assert done.actor.person_id is not None
        reason = done.entry.reason or ""
        place.standing.append(
            Standing(done.entry.act, done.entry.device, done.happened_at, done.actor.person_id, reason)
        )
    if done.entry.act is Act.ADMIT and place.let_in_at is None:
        place.let_in_at = done.happened_at
    last = place.standing[-1] if place.standing else None
    admitted = last if last is not None and last.act is Act.ADMIT else None
    refused = last if last is not None and last.act is Act.REFUSE else None
    place.admitted_at, place.admitted_by = (admitted.at, admitted.person_id) if admitted else (None, None)
    place.refused_at, place.refused_by = (refused.at, refused.person_id) if refused else (None, None)
    place.refusal = refused.reason if refused else None


def keep(session: Session, acts: Sequence[Done], *, now: datetime) -> None:
    """Store judged acts, in their order."""
    if not acts:
        return
    session.flush()
    connection = session.connection()
    _SCANS.write(connection, [_scan(done, now) for done in acts])
    _open_cases(connection, [done for done in acts if done.judgement.case is not None], now)
    _store_places(session, connection, acts)
    record_many(session, [_note(done, now) for done in acts], now=now)


def see_tablets(session: Session, tablet_ids: Collection[int], *, now: datetime) -> None:
    """Note that these tablets were heard of."""
    if tablet_ids:
        session.connection().execute(sa.update(Tablet).where(col(Tablet.id).in_(tablet_ids)).values(seen_at=now))


_SCANS = Rows(
    "sittings_scan",
    {
        "sitting_id": "int",
        "nonce": "text",
        "seat_id": "int",
        "person_id": "int",
        "act": "text",
        "verdict": "text",
        "reason": "text",
        "note": "text",
        "device": "text",
        "offline": "bool",
        "at": "timestamptz",
        "learnt_at": "timestamptz",
        "said_at": "timestamptz",
    },
)


def _scan(done: Done, now: datetime) -> tuple[Any, ...]:
    entry = done.entry
    said = entry.at if entry.offline and entry.at != done.happened_at else None
    return (
        entry.sitting_id,
        entry.nonce,
        done.place.seat_id if done.place is not None else None,
        done.actor.person_id,
        entry.act.value,
        done.judgement.decision.code,
        entry.reason.value if entry.reason is not None else "",
        entry.note[:LONGEST_NOTE],
        entry.device,
        entry.offline,
        done.happened_at,
        now,
        said,
    )


def _open_cases(connection: sa.Connection, cased: Sequence[Done], now: datetime) -> None:
    if not cased:
        return
    statement = sa.select(col(Scan.sitting_id), col(Scan.nonce), col(Scan.id)).where(
        col(Scan.sitting_id).in_({done.entry.sitting_id for done in cased}),
        col(Scan.nonce).in_({done.entry.nonce for done in cased}),
    )
    ids = {(sitting_id, nonce): scan_id for sitting_id, nonce, scan_id in connection.execute(statement)}
    rows = [
        {
            "sitting_id": done.entry.sitting_id,
            "seat_id": done.place.seat_id if done.place is not None else None,
            "scan_id": ids[done.entry.sitting_id, done.entry.nonce],
            "kind": str(done.judgement.case),
            "opened_at": now,
        }
        for done in cased
    ]
    connection.execute(sa.insert(Case), rows)


_SEATS = Rows(
    "sittings_seat",
    {
        "admitted_at": "timestamptz",
        "admitted_by": "int",
        "refused_at": "timestamptz",
        "refused_by": "int",
        "refusal": "text",
        "id": "int",
    },
    update=True,
)


def _store_places(session: Session, connection: sa.Connection, acts: Sequence[Done]) -> None:
    changed: dict[int, Place] = {
        done.place.seat_id: done.place
        for done in acts
        if done.place is not None and done.judgement.decision.allowed and done.entry.act is not Act.LOOK
    }
    if not changed:
        return
    rows = [
        (place.admitted_at, place.admitted_by, place.refused_at, place.refused_by, place.refusal, seat_id)
        for seat_id, place in sorted(changed.items())
    ]
    _SEATS.write(connection, rows)
    for seat_id in changed:
        # Whoever has read the seat in this session before must not go on with what it was.
        stale = session.identity_map.get(identity_key(Seat, seat_id))
        if stale is not None:
            session.expire(stale)


def _note(done: Done, now: datetime) -> Note:
    subject = f"seat:{done.place.seat_id}" if done.place is not None else f"sitting:{done.entry.sitting_id}"
    event, data = _event(done)
    return Note(event, done.actor.label, subject, {**data, **_circumstances(done, now)})


def _event(done: Done) -> tuple[Event, dict[str, object]]:
    entry, verdict = done.entry, done.judgement.decision.code
    refusal = {"reason": entry.reason or "", "note": entry.note[:LONGEST_NOTE]} if entry.act is Act.REFUSE else {}
    if done.judgement.case is not None:
        kind = str(done.judgement.case)
        return Event.CASE_OPENED, {"sitting": entry.sitting_id, "kind": kind, "act": str(entry.act), **refusal}
    if not done.judgement.decision.allowed and entry.act is not Act.LOOK:
        return Event.TICKET_SCANNED, {"act": str(entry.act), "verdict": verdict, **refusal}
    match entry.act:
        case Act.LOOK:
            return Event.TICKET_SCANNED, {"verdict": verdict}
        case Act.ADMIT:
            return Event.CANDIDATE_ADMITTED, {"sitting": entry.sitting_id, "late_minutes": done.late_minutes}
        case Act.REFUSE:
            return Event.CANDIDATE_REFUSED, {"sitting": entry.sitting_id, **refusal}
        case Act.UNDO:
            return Event.CHECK_IN_UNDONE, {"sitting": entry.sitting_id, "undone": str(done.undone)}


def _circumstances(done: Done, now: datetime) -> dict[str, object]:
    """On which tablet; and of an act made offline by which clock: when it happened, was sent and became known."""
    entry = done.entry
    data: dict[str, object] = {"device": entry.device} if entry.device else {}
    if entry.offline:
        said = {"happened": done.happened_at, "said": entry.at, "sent": entry.sent_at, "learnt": now}
        data |= {name: value.isoformat() for name, value in said.items() if value is not None}
    return data
