"""What a machine could not send before its sheet was closed: kept apart, as evidence for two people to decide.

Nothing here becomes an answer by itself. Kept are the very words that were signed, the signature and its key, the
browser's own time, and how far its clock was from ours. A machine that the candidate was moved away from is heard as
well, for the cut that made them move is what its unsent answers are evidence of.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, col

from service.access.tables import SignedIn
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.papers.rules import answers
from service.sittings import queries
from service.sittings.actions import asking, binding, evidence, saving
from service.sittings.actions.saving import Change
from service.sittings.queries import late, switching
from service.sittings.rules.late import Stated, corrected, may_count_for
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.seats import OVER
from service.sittings.tables import BoundMachine, LateAnswer, Seat, Sitting

# More changes than this of one seat are no cut cable (our choice): a machine may not fill the database.
MOST_KEPT = 1000


class Fate(StrEnum):
    """What became of one change."""

    SAVED = "saved"
    KEPT = "kept"
    REFUSED = "refused"


@dataclass(frozen=True, slots=True)
class Belated:
    """One change as the browser queued it; ``signature`` is base64 of r‖s, empty where the browser could not sign.

    ``paper`` is the form that the page showed, 0 where what was signed does not say.
    """

    position: int
    choice: str
    flagged: bool
    seq: int
    made_at: datetime
    made_at_text: str
    signature: str
    paper: int = 0


@dataclass(frozen=True, slots=True)
class Outcome:
    """What became of one change; where it was refused, only the machine has it."""

    position: int
    seq: int
    fate: Fate
    refusal: errors.ServiceError | None = None


@dataclass(frozen=True, slots=True)
class Taken:
    """What became of every change, in the order they came. While the sheet is not ``closed`` the candidate may come
    back to this machine and go on, so it keeps its copy of what is only evidence."""

    closed: bool
    outcomes: tuple[Outcome, ...]


@dataclass(frozen=True, slots=True)
class _Sender:
    """Whose machine asks, and when it was left behind, if it was; ``drift_ms`` is how far its clock was from ours.

    ``switched_at`` is when the room last went over to another form, and ``told`` whether this machine learnt of it.
    """

    seat: Seat
    sitting: Sitting
    bound: BoundMachine
    left_at: datetime | None
    drift_ms: int | None
    switched_at: datetime | None
    told: bool

    def of_another_form(self, one: Belated) -> errors.ServiceError | None:
        """The refusal of a change that is none to the form which is sat."""
        made = corrected(one.made_at, timedelta(milliseconds=self.drift_ms) if self.drift_ms is not None else None)
        stated = Stated(one.paper, self.sitting.form_id or 0, self.switched_at, self.told)
        decision = may_count_for(stated, made)
        return None if decision.allowed else decision.refusal()


def keep(session: Session, machine: Machine, ticket_number: str, entries: Sequence[Belated], *, now: datetime) -> Taken:
    """Keep what reached us too late; where the sheet is open and this its machine, save it as usual.

    Raises:
        Unauthenticated: no session of a candidate. Refused: the changes are of another ticket.
        WrongState, Malformed: nothing of it could be taken, with the reason of the first.
    """
    sender = require_sender(session, machine, ticket_number, lock=True, now=now)
    closed = queries.state_of(sender.seat, sender.sitting, now) in OVER

    taken = Taken(
        closed,
        _keep(session, sender, entries, now)
        if closed or sender.left_at is not None
        else _save(session, sender, machine, entries, now),
    )

    refused = [one.refusal for one in taken.outcomes if one.refusal is not None]
    if len(refused) == len(entries):
        raise refused[0]
    return taken


def require_sender(
    session: Session, machine: Machine, ticket_number: str, *, lock: bool = False, now: datetime
) -> _Sender:
    """The seat that the machine's session was of, its sitting, and whether it was left behind.

    Raises:
        Unauthenticated: no session of a candidate. Refused: it was of another ticket.
    """
    sender = _sender(session, machine, lock, now)
    if sender.seat.ticket_number != ticket_number:
        raise errors.Refused("late_other_seat", "这些答案属于另一张准考证，请由当时的考试机补送。")
    return sender


def _sender(session: Session, machine: Machine, lock: bool, now: datetime) -> _Sender:
    found = session.get(SignedIn, machine.token_digest)
    kind, _, number = (found.confined if found is not None else "").partition(":")
    seat = queries.seat(session, int(number), lock=lock) if kind == "seat" and number.isdigit() else None
    if found is None or seat is None or found.ends_at <= now:
        raise errors.Unauthenticated("not_signed_in", "请先登录，再继续。")
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None and seat.id is not None
    bound = session.get(BoundMachine, machine.token_digest) or BoundMachine(
        session_digest=machine.token_digest, seat_id=seat.id, bound_at=found.began_at
    )
    # Handing in ends the session of the machine that was in use; one that ended earlier was left behind.
    ended = found.revoked_at
    left = ended is not None and (seat.handed_in_at is None or ended < seat.handed_in_at)
    drift, heard_at = binding.drift_ms(session, seat, bound), binding.heard_at(session, seat)
    switched_at = switching.switched_at(session, seat.sitting_id)
    known = bound.bound_at, bound.replaced_at is None, heard_at
    told = switched_at is not None and late.told(*known, switched_at)
    return _Sender(seat, sitting, bound, ended if left else None, drift, switched_at, told)


def _save(
    session: Session, sender: _Sender, machine: Machine, entries: Sequence[Belated], now: datetime
) -> tuple[Outcome, ...]:
    refusals = [sender.of_another_form(one) for one in entries]
    changes = [
        Change(machine, one.position, one.choice, one.flagged, one.seq, one.paper)
        for one, refusal in zip(entries, refusals, strict=True)
        if refusal is None
    ]
    saved = iter(saving.save(session, changes, now=now))
    found = [refusal or next(saved) for refusal in refusals]
    return tuple(
        Outcome(one.position, one.seq, Fate.SAVED)
        if isinstance(outcome, int)
        else Outcome(one.position, one.seq, Fate.REFUSED, outcome)
        for one, outcome in zip(entries, found, strict=True)
    )


def _keep(session: Session, sender: _Sender, entries: Sequence[Belated], now: datetime) -> tuple[Outcome, ...]:
    questions = asking.asked(session, sender.sitting.form_id)
    sheet = {one.position: one.choice for one in queries.answers(session, sender.seat)}
    places = _places_left(session, sender.seat)

    outcomes: list[Outcome] = []
    rows: list[dict[str, Any]] = []
    for one in entries:
        refusal = sender.of_another_form(one)
        if refusal is not None:
            pass
        elif not evidence.fits(questions, one.position, one.choice):
            refusal = errors.Malformed("answer_malformed", "这不是本题可以接受的答案。")
        elif sheet.get(one.position, "") == answers.settled(questions[one.position].kind, one.choice):
            # Only the reply was lost: the sheet says this already, and there is nothing to decide.
            outcomes.append(Outcome(one.position, one.seq, Fate.SAVED))
            continue
        elif len(rows) >= places:
            refusal = errors.WrongState("late_too_many", "这个座位补送的改动太多，不能再留存。请告诉监考员。")
        else:
            rows.append(_row(sender, one, now))
        outcomes.append(Outcome(one.position, one.seq, Fate.REFUSED if refusal else Fate.KEPT, refusal))
    if rows:
        _store(session, sender, rows, now)
    return tuple(outcomes)


def _places_left(session: Session, seat: Seat) -> int:
    counted = sa.select(sa.func.count()).select_from(LateAnswer).where(col(LateAnswer.seat_id) == seat.id)
    return MOST_KEPT - int(session.execute(counted).scalar_one())


def _row(sender: _Sender, one: Belated, now: datetime) -> dict[str, Any]:
    row: dict[str, Any] = {
        "sitting_id": sender.seat.sitting_id,
        "seat_id": sender.seat.id,
        "position": one.position,
        "choice": one.choice,
        "flagged": one.flagged,
        "seq": one.seq,
        "paper": one.paper,
        "made_at": one.made_at,
        "made_at_text": one.made_at_text,
        "drift_ms": sender.drift_ms,
        "signature": one.signature,
        "public_key": sender.bound.public_key,
        "session_digest": sender.bound.session_digest,
        "left_at": sender.left_at,
        "received_at": now,
    }
    return {**row, "signature_good": evidence.is_signed(sender.seat.ticket_number, LateAnswer(**row))}


def _store(session: Session, sender: _Sender, rows: list[dict[str, Any]], now: datetime) -> None:
    """Store what is new; the same change sent twice is one, and no news for the journal."""
    connection = session.connection()
    insert = (postgresql if connection.dialect.name == "postgresql" else sqlite).insert(LateAnswer)
    before = _places_left(session, sender.seat)
    connection.execute(insert.on_conflict_do_nothing(), rows)
    kept = before - _places_left(session, sender.seat)
    if not kept:
        return

    subject = f"seat:{sender.seat.id}"
    data = {"kept": kept, "signed": sum(row["signature_good"] for row in rows), "left": sender.left_at is not None}
    record(session, Event.LATE_ANSWER_KEPT, subject, subject, now=now, data=data)
