"""Reads on exams that were never held, because their paper never was opened: void, though nobody made them so."""

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.results.queries import current
from service.results.rules import Standing, Verdict, VoidingState
from service.results.tables import Result, Voiding
from service.sittings.tables import Incident


def sittings(session: Session, class_id: int) -> set[int]:
    """The sittings of a class that were never held: somebody's result is void there without any decision of two."""
    decided = sa.exists().where(
        col(Voiding.seat_id) == col(Result.seat_id),
        col(Voiding.wanted) == Standing.VOID,
        col(Voiding.state) == VoidingState.UPHELD,
    )
    void = Result.class_id == class_id, Result.verdict == Verdict.VOID, current(), ~decided
    return set(session.exec(select(Result.sitting_id).where(*void).distinct()))


def unexplained(session: Session, class_id: int) -> set[int]:
    """Those of them whose room has noted no incident of its own that says why."""
    found = sittings(session, class_id)
    told = sa.select(col(Incident.sitting_id)).where(
        col(Incident.sitting_id).in_(found), col(Incident.seat_id).is_(None)
    )
    explained: set[int] = set(session.execute(told).scalars())
    return found - explained
