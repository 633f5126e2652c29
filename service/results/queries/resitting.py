"""Reads on who may sit again."""

import sqlalchemy as sa
from sqlmodel import Session, col, exists, select

from service.papers.tables import Paper, PaperForm
from service.results.queries import current, never_held
from service.results.rules import ResultState, Standing, Verdict, VoidingState
from service.results.rules.resitting import Exam
from service.results.tables import Result, Voiding
from service.sittings.rules.room import IncidentKind
from service.sittings.rules.seats import RefusalReason
from service.sittings.tables import FormSwitch, PaperPrint, Seat, Sitting


def seats(session: Session, class_id: int) -> dict[int, list[tuple[Sitting, Exam | None]]]:
    """The exams of everybody in a class by trainee, in order, with what came of each where it is published."""
    statement = (
        select(Seat, Sitting, Result)
        .join(Sitting, col(Sitting.id) == col(Seat.sitting_id))
        .outerjoin(Result, (col(Result.seat_id) == col(Seat.id)) & current())
        .where(Sitting.class_id == class_id, ~col(Sitting.rehearsal), col(Sitting.cancelled_at).is_(None))
        .order_by(col(Sitting.starts_at), col(Seat.id))
    )
    grounds, never = _grounds(session, class_id), never_held.sittings(session, class_id)
    found: dict[int, list[tuple[Sitting, Exam | None]]] = {}
    for seat, sitting, result in session.exec(statement):
        known = result is not None and result.state == ResultState.PUBLISHED
        exam = _exam(seat, Verdict(result.verdict), grounds, held=sitting.id not in never) if known else None
        found.setdefault(seat.trainee_id, []).append((sitting, exam))
    return found


def _exam(seat: Seat, verdict: Verdict, grounds: dict[int, IncidentKind], *, held: bool) -> Exam:
    ground = grounds.get(seat.id or 0) if verdict is Verdict.VOID else None
    turned_away = RefusalReason(seat.refusal) if verdict is Verdict.REFUSED and seat.refusal is not None else None
    return Exam(verdict, ground, turned_away, held)


def _grounds(session: Session, class_id: int) -> dict[int, IncidentKind]:
    """On what the newest upheld decision made each result of a class void, by seat."""
    statement = (
        select(Voiding.seat_id, Voiding.kind)
        .where(Voiding.class_id == class_id, Voiding.state == VoidingState.UPHELD, Voiding.wanted == Standing.VOID)
        .order_by(col(Voiding.id))
    )
    return {seat_id: IncidentKind(kind) for seat_id, kind in session.exec(statement)}


def forms_before(session: Session, sitting: Sitting) -> set[int]:
    """The forms of a class that are no new paper any more when this sitting begins.

    Those of earlier exams, and those that a room gave up for the other form: whatever made it do so, they were near
    people. An exam that was never held spends its form only if copies of it were printed.
    """
    earlier = (
        Sitting.class_id == sitting.class_id,
        ~col(Sitting.rehearsal),
        col(Sitting.cancelled_at).is_(None),
        col(Sitting.starts_at) < sitting.starts_at,
    )
    sealed = never_held.sittings(session, sitting.class_id)
    seated = select(Sitting.id, Sitting.form_id).where(*earlier, exists().where(col(Seat.sitting_id) == Sitting.id))
    sat = {form_id for sitting_id, form_id in session.exec(seated) if sitting_id not in sealed}
    of_class = col(Sitting.class_id) == sitting.class_id
    given_up = select(FormSwitch.from_form_id).join(Sitting).where(of_class, sa.true() == FormSwitch.confirmed)
    printed = select(PaperPrint.form_id).join(Sitting).where(of_class, col(PaperPrint.printed_at).is_not(None))
    return {one for one in (*sat, *session.exec(given_up), *session.exec(printed)) if one is not None}


def shared_items(session: Session, form_id: int) -> int:
    """How many items the forms of a paper have in common, as its proof recounted them before it was sealed."""
    proof = session.exec(
        select(Paper.proof).join(PaperForm, col(PaperForm.paper_id) == col(Paper.id)).where(PaperForm.id == form_id)
    ).one()
    return int(proof["shared_between_forms"])
