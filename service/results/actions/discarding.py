"""Letting go of the answers of classes, as two people decided: points, verdicts, credits and certificates stay.

What goes is what somebody answered, wherever it is kept. What people gave free texts stays under the texts' numbers.
"""

import hashlib
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.journal.actions import Note, record_many
from service.journal.rules import Event
from service.results.queries import disposed
from service.results.rules.editions import Hands
from service.results.tables import DisposedClass, Remarking, Result, Script, SheetMarks
from service.sittings.tables import (
    Answer,
    ArchivedAnswer,
    FormSwitch,
    LateAnswer,
    PaperSheet,
    SheetEntry,
    SheetPhoto,
    SheetReopening,
    Sitting,
    Transcript,
)


def discard(session: Session, actor: str, before: datetime, hands: Hands, *, now: datetime) -> list[DisposedClass]:
    """Empty the answers of every class that is due, and keep of each how many sheets there were and their digest; the
    caller has judged that two people may.
    """
    made = []
    for class_id in disposed.due(session, before):
        lines = list(disposed.lines(session, class_id))
        digest = hashlib.sha256("".join(f"{line}\n" for line in lines).encode()).hexdigest()
        made.append(
            DisposedClass(
                class_id=class_id,
                sheets=len(lines),
                digest=digest,
                disposed_at=now,
                proposed_by=hands.proposed_by,
                decided_by=hands.decided_by,
            )
        )
    session.add_all(made)
    # The guards of the database let go of answers only where these rows are.
    session.flush()
    for one in made:
        _empty(session, one.class_id)
    notes = [
        Note(
            Event.ANSWERS_DISPOSED,
            actor,
            f"class:{one.class_id}",
            {"sheets": one.sheets, "digest": one.digest, "proposed_by": one.proposed_by},
        )
        for one in made
    ]
    record_many(session, notes, now=now)
    return made


def _empty(session: Session, class_id: int) -> None:
    of_class = select(Sitting.id).where(Sitting.class_id == class_id)
    results = select(Result.id).where(Result.class_id == class_id)
    switches = select(FormSwitch.id).where(col(FormSwitch.sitting_id).in_(of_class))
    sheets = select(PaperSheet.id).where(col(PaperSheet.sitting_id).in_(of_class))
    emptied: tuple[tuple[Any, Any, dict[str, str | bytes]], ...] = (
        (Answer, col(Answer.sitting_id).in_(of_class), {"choice": ""}),
        (ArchivedAnswer, col(ArchivedAnswer.switch_id).in_(switches), {"choice": ""}),
        # A signature over an answer that is gone proves nothing, and would let it be guessed.
        (LateAnswer, col(LateAnswer.sitting_id).in_(of_class), {"choice": "", "signature": "", "public_key": ""}),
        (
            SheetReopening,
            sa.and_(col(SheetReopening.sitting_id).in_(of_class), col(SheetReopening.confirmed).is_(True)),
            {"choices": ""},
        ),
        (SheetEntry, col(SheetEntry.sheet_id).in_(sheets), {"choices": ""}),
        (Transcript, col(Transcript.sitting_id).in_(of_class), {"choices": ""}),
        # A picture of a sheet shows the answers themselves, whether or not anybody let go of pictures before.
        (SheetPhoto, col(SheetPhoto.sheet_id).in_(sheets), {"picture_sealed": b""}),
        (SheetMarks, col(SheetMarks.result_id).in_(results), {"entries": ""}),
        (Remarking, col(Remarking.result_id).in_(results), {"choice_before": "", "choice_after": ""}),
        (Script, col(Script.class_id) == class_id, {"answer": ""}),
    )
    for table, where, values in emptied:
        statement = sa.update(table).where(where).values(**values)
        session.execute(statement, execution_options={"synchronize_session": False})
    session.expire_all()
