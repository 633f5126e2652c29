"""Late answers as evidence: whether the signature holds, and what the rule would say to accepting each of them."""

import base64
import binascii
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from cryptography.exceptions import InvalidSignature
from sqlmodel import Session

from service.kernel import sealing
from service.kernel.decision import Decision
from service.papers.actions.opening import Question
from service.papers.rules import answers
from service.sittings.actions import asking
from service.sittings.queries import late as queries
from service.sittings.queries.late import Around, LateLine
from service.sittings.rules import late
from service.sittings.rules.late import Closed, Evidence, Standing
from service.sittings.rules.presence import Silence
from service.sittings.tables import LateAnswer, Seat


def is_signed(ticket_number: str, row: LateAnswer) -> bool:
    """Whether the browser that signed in at this seat has signed this very change; verified anew each time."""
    if not row.public_key or not row.signature:
        return False
    said = row.position, row.choice, row.flagged, row.seq, row.made_at_text, row.paper
    text = late.signed_text(ticket_number, *said)
    try:
        sealing.verify_with(base64.b64decode(row.public_key), text, base64.b64decode(row.signature))
    except (InvalidSignature, ValueError, binascii.Error):
        return False
    # What is compared with the deadline must be what was signed.
    return row.made_at == datetime.fromisoformat(row.made_at_text)


def fits(questions: Mapping[int, Question], position: int, choice: str) -> bool:
    """Whether a change is one of the paper's items, and can be an answer to it."""
    return position in questions and answers.well_formed(questions[position].kind, choice)


@dataclass(frozen=True, slots=True)
class Examined:
    """A late answer with everything that a person needs to decide: the facts, and what the rule says to accepting."""

    line: LateLine
    evidence: Evidence
    closed_at: datetime | None
    silent: bool
    # What counts for the item now.
    standing: str
    rule: Decision


def examine(session: Session, lines: Iterable[LateLine]) -> list[Examined]:
    """Examine late answers by what is stored about them, in their order."""
    found = list(lines)
    around = queries.around(session, [line.seat for line in found])
    return [_examined(session, line, around) for line in found]


def _examined(session: Session, line: LateLine, around: Around) -> Examined:
    row, seat = line.row, line.seat
    questions = asking.asked(session, line.sitting.form_id) if asking.is_open(session, line.sitting.form_id) else {}
    evidence = Evidence(
        # A decided one may be disposed of, its signature with it: what was found on arrival stands then. Of one that
        # waits nothing is believed that cannot be verified.
        signature_good=row.signature_good
        if row.decided_at is not None and not row.signature
        else is_signed(seat.ticket_number, row),
        fits=fits(questions, row.position, row.choice),
        made_at=row.made_at,
        drift=_drift(row),
        seq=row.seq,
        left_at=row.left_at,
        form=around.stated(line),
    )
    closed_at = seat.handed_in_at
    # Until the sheet is closed nothing is late; whatever is asked before is judged by the moment it came.
    silences, before = _silences(row, seat, around), around.closed.get(seat.id or 0, ())
    closed = Closed(closed_at or row.received_at, silences, _standing(row, around), before)
    return Examined(
        line=line,
        evidence=evidence,
        closed_at=closed_at,
        silent=late.was_silent(evidence.made, closed.silences),
        standing=_choice(row, around),
        rule=late.may_accept(evidence, closed),
    )


def _drift(row: LateAnswer) -> timedelta | None:
    return timedelta(milliseconds=row.drift_ms) if row.drift_ms is not None else None


def _silences(row: LateAnswer, seat: Seat, around: Around) -> list[Silence]:
    """The silences of the seat while the sheet was open.

    After a sheet is closed no machine is heard any more, whatever its cable does: a silence that begins within the last
    moments proves nothing, so only what lasted within the exam counts.
    """
    ends = min(one for one in (seat.handed_in_at, row.left_at, row.received_at) if one is not None)
    return around.silences(seat.id or 0, ends)


def _standing(row: LateAnswer, around: Around) -> Standing | None:
    counts = around.counting.get((row.seat_id, row.position))
    return Standing(counts.seq, counts.at) if counts is not None and counts.late_id != row.id else None


def _choice(row: LateAnswer, around: Around) -> str:
    counts = around.counting.get((row.seat_id, row.position))
    return counts.choice if counts is not None else ""
