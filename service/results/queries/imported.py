"""Results obtained elsewhere as they count now, told by the database: for sums and lists of many classes at once."""

from collections import Counter

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.programme.tables import TrainingClass
from service.results.rules import Standing, Verdict, VoidingState
from service.results.rules.elsewhere import FileState
from service.results.tables import ExternalFile, ExternalResult, ExternalVoiding


def counts() -> sa.ColumnElement[bool]:
    """Whether a result from elsewhere counts: another person has confirmed its file."""
    confirmed = sa.select(col(ExternalFile.id)).where(col(ExternalFile.state) == FileState.CONFIRMED)
    return col(ExternalResult.file_id).in_(confirmed)


def verdict() -> sa.ColumnElement[str]:
    """What a result from elsewhere is now: void where the newest upheld decision says so, else as it came."""
    newest = (
        sa.select(col(ExternalVoiding.wanted))
        .where(
            col(ExternalVoiding.external_id) == col(ExternalResult.id),
            col(ExternalVoiding.state) == VoidingState.UPHELD,
        )
        .order_by(col(ExternalVoiding.id).desc())
        .limit(1)
        .correlate(ExternalResult)
        .scalar_subquery()
    )
    return sa.case(
        (sa.func.coalesce(newest, "") == Standing.VOID, sa.literal(Verdict.VOID.value)),
        else_=col(ExternalResult.verdict),
    )


def by_class(session: Session) -> Counter[int]:
    """How many results from elsewhere count in every class; a class without any is absent."""
    statement = select(ExternalResult.class_id, sa.func.count()).where(counts()).group_by(col(ExternalResult.class_id))
    return Counter(dict(session.exec(statement).all()))


def passed(
    session: Session, *, class_id: int | None = None, plan_year: int | None = None
) -> frozenset[tuple[int, int]]:
    """Who passed elsewhere, by class and trainee: in one class, or in all classes of a plan year."""
    statement = select(ExternalResult.class_id, ExternalResult.trainee_id).where(
        counts(), verdict() == Verdict.PASSED.value
    )
    if class_id is not None:
        statement = statement.where(ExternalResult.class_id == class_id)
    if plan_year is not None:
        statement = statement.join(TrainingClass, col(TrainingClass.id) == col(ExternalResult.class_id))
        statement = statement.where(TrainingClass.plan_year == plan_year)
    return frozenset(session.exec(statement).all())
