"""Reads on who may sit again."""

from sqlmodel import Session, col, select

from service.papers.tables import Paper, PaperForm
from service.results.queries import current
from service.results.rules import ResultState, Verdict
from service.results.tables import Result
from service.sittings.tables import Seat, Sitting


def seats(session: Session, class_id: int) -> dict[int, list[tuple[Sitting, Verdict | None]]]:
    """The exams of everybody in a class by trainee, in order, with the verdict where it is published."""
    statement = (
        select(Seat.trainee_id, Sitting, Result)
        .join(Sitting, col(Sitting.id) == col(Seat.sitting_id))
        .outerjoin(Result, (col(Result.seat_id) == col(Seat.id)) & current())
        .where(Sitting.class_id == class_id, ~col(Sitting.rehearsal), col(Sitting.cancelled_at).is_(None))
        .order_by(col(Sitting.starts_at), col(Seat.id))
    )
    found: dict[int, list[tuple[Sitting, Verdict | None]]] = {}
    for trainee_id, sitting, result in session.exec(statement):
        known = result is not None and result.state == ResultState.PUBLISHED
        found.setdefault(trainee_id, []).append((sitting, Verdict(result.verdict) if known else None))
    return found


def shared_items(session: Session, form_id: int) -> int:
    """How many items the forms of a paper have in common, as its proof recounted them before it was sealed."""
    proof = session.exec(
        select(Paper.proof).join(PaperForm, col(PaperForm.paper_id) == col(Paper.id)).where(PaperForm.id == form_id)
    ).one()
    return int(proof["shared_between_forms"])
