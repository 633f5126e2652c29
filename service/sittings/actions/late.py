"""What a machine could not send before its sheet was closed: kept apart, as evidence for a person to decide.

Nothing here becomes an answer by itself. Kept are the browser's own time, how far its clock was from ours, and whether
the signature is that of the key the browser showed when it signed in.
"""

import base64
import binascii
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from cryptography.exceptions import InvalidSignature
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from service.access.tables import SignedIn
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.papers.rules import answers
from service.sittings import queries
from service.sittings.actions import asking, saving
from service.sittings.actions.saving import Change
from service.sittings.rules import late
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.seats import OVER
from service.sittings.tables import LateAnswer, Presence, Seat, Sitting


@dataclass(frozen=True, slots=True)
class Belated:
    """One change as the browser queued it; ``signature`` is base64 of r‖s, empty where the browser could not sign."""

    position: int
    choice: str
    flagged: bool
    seq: int
    made_at: datetime
    made_at_text: str
    signature: str


@dataclass(frozen=True, slots=True)
class Kept:
    """How many changes were kept as evidence, and how many could simply be saved because the sheet is open still."""

    kept: int
    saved: int


def keep(session: Session, machine: Machine, entries: Sequence[Belated], *, now: datetime) -> Kept:
    """Keep what reached us after the sheet was closed; where it is open still, save it as usual.

    Raises:
        Unauthenticated: not a session of a candidate, or one that had ended before the sheet was closed: a machine
            that was left behind has no say.
    """
    seat, sitting = _own_seat(session, machine, now)

    if queries.state_of(seat, sitting, now) not in OVER:
        changes = [Change(machine, one.position, one.choice, one.flagged, one.seq) for one in entries]
        outcomes = saving.save(session, changes, now=now)
        return Kept(0, sum(isinstance(outcome, int) for outcome in outcomes))

    questions = asking.asked(session, sitting.form_id)
    presence = session.get(Presence, (seat.sitting_id, seat.id))
    rows = [
        _row(seat, one, presence.drift_ms if presence is not None else 0, now)
        for one in entries
        if one.position in questions and answers.well_formed(questions[one.position].kind, one.choice)
    ]
    kept = _store(session, rows) if rows else 0

    data = {"kept": kept, "signed": sum(row["signature_good"] for row in rows)}
    if kept:
        record(session, Event.LATE_ANSWER_KEPT, f"seat:{seat.id}", f"seat:{seat.id}", now=now, data=data)
    return Kept(kept, 0)


def _own_seat(session: Session, machine: Machine, now: datetime) -> tuple[Seat, Sitting]:
    found = session.get(SignedIn, machine.token_digest)
    kind, _, number = (found.confined if found is not None else "").partition(":")
    seat = queries.seat(session, int(number), lock=True) if kind == "seat" and number.isdigit() else None
    if found is None or seat is None or found.ends_at <= now:
        raise errors.Unauthenticated("not_signed_in", "请先登录，再继续。")
    # Handing in ends the session of the machine that was in use; one that ended earlier was left behind.
    if found.revoked_at is not None and (seat.handed_in_at is None or found.revoked_at < seat.handed_in_at):
        raise errors.Unauthenticated("not_signed_in", "请先登录，再继续。")
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None
    return seat, sitting


def _row(seat: Seat, one: Belated, drift_ms: int, now: datetime) -> dict[str, Any]:
    return {
        "sitting_id": seat.sitting_id,
        "seat_id": seat.id,
        "position": one.position,
        "choice": one.choice,
        "seq": one.seq,
        "made_at": one.made_at,
        "drift_ms": drift_ms,
        "signature_good": _is_signed(seat, one),
        "received_at": now,
    }


def _is_signed(seat: Seat, one: Belated) -> bool:
    """Whether the browser that signed in at this seat has signed this very change."""
    if not seat.browser_key or not one.signature:
        return False
    text = late.signed_text(seat.ticket_number, one.position, one.choice, one.flagged, one.seq, one.made_at_text)
    try:
        sealing.verify_with(base64.b64decode(seat.browser_key), text, base64.b64decode(one.signature))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    return True


def _store(session: Session, rows: list[dict[str, Any]]) -> int:
    """Store what is new; the same change sent twice is one."""
    connection = session.connection()
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(LateAnswer)
    seats = {row["seat_id"] for row in rows}
    counted = sa.select(sa.func.count()).select_from(LateAnswer).where(col(LateAnswer.seat_id).in_(seats))
    before = session.execute(counted).scalar_one()
    connection.execute(insert.on_conflict_do_nothing(), rows)
    return int(session.execute(counted).scalar_one() - before)
