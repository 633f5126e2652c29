"""Reads for a candidate who asks for their own result."""

from sqlmodel import Session, col, select

from service.results.rules import ResultState
from service.results.tables import Result


def published_versions(session: Session, seat_id: int) -> list[Result]:
    """The published versions of a seat's result, oldest first: a correction leaves the earlier ones readable."""
    statement = select(Result).where(Result.seat_id == seat_id, Result.state == ResultState.PUBLISHED)
    return list(session.exec(statement.order_by(col(Result.version))))
