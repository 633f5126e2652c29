"""What candidates wrote becomes scripts for people to mark: at hand-in, and anew where a late answer was accepted.

A script carries what a marker has to see and nothing of whose it is. What nobody wrote anything on is settled at once:
it earns nothing, and needs nobody to say so.
"""

from collections.abc import Mapping, Sequence
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session

from service.bank.rules import rubric
from service.bank.rules.items import Kind
from service.kernel import sealing
from service.papers.actions.keys import KeyEntry
from service.results.queries import written as queries
from service.results.rules import written
from service.results.rules.written import Settled
from service.results.tables import Script
from service.sittings.actions.handing_in import Sheet
from service.sittings.tables import LateAnswer, Seat, Sitting


def deal(session: Session, sheets: Sequence[Sheet], key: Mapping[int, KeyEntry], *, now: datetime) -> None:
    """Make a script of every free text on these sheets, which lie under one key."""
    asked = [position for position, entry in key.items() if entry.kind is Kind.WRITTEN]
    rows = [
        _script(sheet.seat, sheet.sitting, position, sheet.choices.get(position, ""), key[position], now)
        for sheet in sheets
        for position in asked
    ]
    if rows:
        session.execute(sa.insert(Script), rows)


def deal_anew(
    session: Session, seat: Seat, sitting: Sitting, row: LateAnswer, answer: str, entry: KeyEntry, *, now: datetime
) -> None:
    """Make another script of what a late answer says; the one before and its marks stay readable."""
    before = queries.script_at(session, seat.id or 0, row.position)
    assert before is not None, "a sheet that is marked was dealt when it was handed in"
    made = _script(seat, sitting, row.position, answer, entry, now, version=before.version + 1)
    session.execute(sa.insert(Script), [made | {"late_answer_id": row.id}])


def _script(
    seat: Seat, sitting: Sitting, position: int, answer: str, entry: KeyEntry, now: datetime, *, version: int = 1
) -> dict[str, object]:
    worth = [one.points for one in rubric.criteria(entry.key)]
    blank = not answer.strip()
    return {
        "seat_id": seat.id,
        "sitting_id": sitting.id,
        "class_id": sitting.class_id,
        "form_id": sitting.form_id,
        "position": position,
        "version": version,
        "number": written.number(sealing.operator_key("scripts"), seat.id or 0, position, version),
        "answer": answer,
        "worth": written.written(worth),
        "most": sum(worth),
        "dealt_at": now,
        "third": False,
        "points": 0 if blank else None,
        "settled": Settled.BLANK.value if blank else None,
        "settled_at": now if blank else None,
        "late_answer_id": None,
    }
