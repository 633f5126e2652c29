"""Reads of what was handed in and how it was marked first."""

from sqlmodel import Session, col, select

from service.programme.tables import TrainingClass
from service.results.queries import marked
from service.results.tables import Result, SheetMarks
from service.sittings.tables import Seat, Sitting


def kept(session: Session, sitting_id: int) -> list[tuple[Seat, str]]:
    """The seats of a sitting whose sheets were marked, by number, with the marks they got first, to the letter."""
    statement = (
        select(Seat, SheetMarks.entries)
        .join(Result, col(Result.seat_id) == col(Seat.id))
        .join(SheetMarks, col(SheetMarks.result_id) == col(Result.id))
        .where(Seat.sitting_id == sitting_id, marked(), SheetMarks.entries != "")
        .order_by(col(Seat.number))
    )
    return list(session.exec(statement))


def marked_sittings(session: Session, class_code: str = "") -> list[int]:
    """The sittings with marked sheets that are still kept, of one class or of all."""
    statement = (
        select(Sitting.id)
        .join(TrainingClass, col(TrainingClass.id) == col(Sitting.class_id))
        .where(
            col(Sitting.id).in_(
                select(Result.sitting_id)
                .join(SheetMarks, col(SheetMarks.result_id) == col(Result.id))
                .where(SheetMarks.entries != "")
            )
        )
        .order_by(col(Sitting.id))
    )
    if class_code:
        statement = statement.where(TrainingClass.code == class_code)
    return [one for one in session.exec(statement) if one is not None]
