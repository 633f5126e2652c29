"""Receipts: what a candidate takes away from handing in, and how anybody can check it later."""

import hmac
import json
import re
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.tables import SignedIn
from service.kernel import errors
from service.sittings import queries
from service.sittings.actions import asking
from service.sittings.actions.handing_in import Sheet
from service.sittings.queries import desks, reopening
from service.sittings.rules import seats
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Seat, SheetReopening

# Twelve hexadecimal digits: short enough to copy by hand, too many to guess.
SHORT = 12
DIGEST = re.compile(rf"[0-9a-fA-F]{{{SHORT}}}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Receipt:
    """The code is the ticket number; the digest is the beginning of the sheet's; ``by`` says whose hand closed it."""

    code: str
    paper_code: str
    answered: int
    items: int
    digest: str
    at: datetime
    by: str


def of_sheets(session: Session, sheets: list[Sheet]) -> dict[int, Receipt]:
    """The receipts of sheets that were just handed in, by seat."""
    around = desks.surroundings(session, {sheet.sitting.id or 0 for sheet in sheets})
    return {
        sheet.seat.id or 0: _receipt(
            session, sheet.seat, sheet.sitting.form_id, around[sheet.sitting.id or 0].paper_code, len(sheet.choices)
        )
        for sheet in sheets
    }


def of_machine(session: Session, machine: Machine) -> Receipt:
    """The receipt of the sheet that a machine's session was closed with.

    Raises:
        NotFound: no session of a seat, or its sheet is still open. WrongState: it was ended because the candidate goes
            on answering on paper, and until the sheet is closed there is nothing else to say.
    """
    found = session.get(SignedIn, machine.token_digest)
    kind, _, number = (found.confined if found is not None else "").partition(":")
    seat = queries.seat(session, int(number)) if kind == "seat" and number.isdigit() else None
    if seat is not None and found is not None and _ended_for_paper(seat, found):
        seats.may_answer(SeatState.ON_PAPER).or_refuse()
    if seat is None or found is None or not _closed_by(seat, found):
        raise errors.NotFound("receipt_unknown", "没有找到这台电脑的交卷回执，请举手请监考员查看。")
    return _stored(session, seat)


def _closed_by(seat: Seat, found: SignedIn) -> bool:
    """Whether the session ended with the sheet; that of a machine which was left behind ended before."""
    return seat.handed_in_at is not None and found.revoked_at is not None and found.revoked_at >= seat.handed_in_at


def _ended_for_paper(seat: Seat, found: SignedIn) -> bool:
    """Whether the machine was left for an answer sheet; one that was left for another machine ended before that."""
    return seat.on_paper_at is not None and found.revoked_at is not None and found.revoked_at >= seat.on_paper_at


def check(session: Session, code: str, digest: str) -> Receipt | None:
    """The receipt with this code, if the digest is its own; nothing otherwise, whichever of the two was wrong."""
    seat = queries.seat_by_ticket(session, code)
    # Only hexadecimal digits are compared: comparing in constant time knows no other letters than ASCII's.
    if seat is None or seat.id is None or not DIGEST.fullmatch(digest):
        return None
    if seat.sheet_digest is not None and hmac.compare_digest(seat.sheet_digest[:SHORT], digest.lower()):
        return _stored(session, seat)
    # What was handed in before the sheet was opened again was handed in all the same, and its receipt says so.
    for row in reversed(reopening.before(session, seat.id)):
        if hmac.compare_digest(row.sheet_digest[:SHORT], digest.lower()):
            return _before(session, seat, row)
    return None


def _before(session: Session, seat: Seat, row: SheetReopening) -> Receipt:
    """The receipt of a handing-in that was taken back; of disposed answers nobody counts how many there were."""
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None
    paper_code = desks.surroundings(session, [seat.sitting_id])[seat.sitting_id].paper_code
    answered = len(json.loads(row.choices or "{}"))
    items = len(asking.asked(session, sitting.form_id)) if asking.is_open(session, sitting.form_id) else 0
    return Receipt(
        seat.ticket_number, paper_code, answered, items, row.sheet_digest[:SHORT], row.closed_at, row.closed_by
    )


def _stored(session: Session, seat: Seat) -> Receipt:
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None and seat.id is not None
    paper_code = desks.surroundings(session, [seat.sitting_id])[seat.sitting_id].paper_code
    answered = sum(bool(one.choice) for one in queries.answers(session, seat))
    return _receipt(session, seat, sitting.form_id, paper_code, answered)


def _receipt(session: Session, seat: Seat, form_id: int | None, paper_code: str, answered: int) -> Receipt:
    assert seat.handed_in_at is not None and seat.sheet_digest is not None
    by = seat.handed_in_by or ""
    items = len(asking.asked(session, form_id)) if asking.is_open(session, form_id) else 0
    return Receipt(seat.ticket_number, paper_code, answered, items, seat.sheet_digest[:SHORT], seat.handed_in_at, by)
