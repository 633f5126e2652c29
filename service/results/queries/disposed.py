"""Answers that are due to go, what still keeps them, and the classes whose answers are gone."""

import hashlib
from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.programme.tables import TrainingClass
from service.results.queries import current
from service.results.rules import ResultState, VoidingState
from service.results.rules.appealing import AppealState
from service.results.tables import (
    Appeal,
    Credit,
    DisposedClass,
    Edition,
    ItemRuling,
    PaymentList,
    Result,
    SheetMarks,
    SimilarityCase,
    Voiding,
)
from service.sittings.tables import LateAnswer, Seat, Sitting


def due(session: Session, before: datetime) -> list[int]:
    """The classes whose newest edition of results is from before an instant and whose marks are still kept, by id."""
    kept = sa.exists().where(col(Result.class_id) == col(Edition.class_id), *_kept())
    gone = sa.exists().where(col(DisposedClass.class_id) == col(Edition.class_id))
    over = sa.select(col(Edition.class_id)).where(kept, ~gone).group_by(col(Edition.class_id))
    return sorted(session.execute(over.having(sa.func.max(col(Edition.at)) < before)).scalars())


def _kept() -> tuple[Any, ...]:
    return col(SheetMarks.result_id) == col(Result.id), col(SheetMarks.entries) != ""


def lines(session: Session, class_id: int) -> Iterator[str]:
    """A line for every marked version of every sheet of a class: what was handed in and its marks, by their digests."""
    statement = (
        sa.select(col(Result.seat_id), col(Result.version), col(Seat.sheet_digest), col(SheetMarks.entries))
        .select_from(Result)
        .join(SheetMarks, col(SheetMarks.result_id) == col(Result.id))
        .join(Seat, col(Seat.id) == col(Result.seat_id))
        .where(col(Result.class_id) == class_id, *_kept())
        .order_by(col(Result.seat_id), col(Result.version))
    )
    for seat_id, version, sheet, entries in session.execute(statement):
        marks = hashlib.sha256(entries.encode()).hexdigest()
        yield f"{class_id} {seat_id} {version} {sheet} {marks}"


def blocked(session: Session, class_ids: Collection[int]) -> list[str]:
    """The codes of those classes of which something is still open: a result that is not published, a proposal or an
    appeal nobody has decided, a late answer, a pair under inquiry, or people who are to be paid for and on no list.
    """
    own = col(TrainingClass.id)
    open_ = (
        sa.exists().where(col(Result.class_id) == own, current(), col(Result.state) != ResultState.PUBLISHED),
        sa.exists().where(col(Voiding.class_id) == own, col(Voiding.state) == VoidingState.PROPOSED),
        sa.exists().where(col(ItemRuling.class_id) == own, col(ItemRuling.state) == VoidingState.PROPOSED),
        sa.exists().where(col(Appeal.class_id) == own, col(Appeal.state) != AppealState.ANSWERED),
        sa.exists().where(col(SimilarityCase.class_id) == own, col(SimilarityCase.closed_at).is_(None)),
        sa.exists().where(
            col(Sitting.class_id) == own,
            col(LateAnswer.sitting_id) == col(Sitting.id),
            col(LateAnswer.decided_at).is_(None),
        ),
        sa.and_(sa.exists().where(col(Credit.class_id) == own), ~sa.exists().where(col(PaymentList.class_id) == own)),
    )
    statement = select(TrainingClass.code).where(own.in_(class_ids), sa.or_(*open_))
    return list(session.exec(statement.order_by(TrainingClass.code)))


def disposed(session: Session, class_id: int) -> DisposedClass | None:
    """That the answers of a class are gone, if they are."""
    return session.get(DisposedClass, class_id)


def told(session: Session, class_code: str = "") -> list[str]:
    """A sentence for whoever verifies, for every class whose answers are gone, or for one of them."""
    statement = (
        sa.select(DisposedClass, TrainingClass.code)  # type: ignore[call-overload]
        .join(TrainingClass, col(TrainingClass.id) == col(DisposedClass.class_id))
        .order_by(TrainingClass.code)
    )
    if class_code:
        statement = statement.where(TrainingClass.code == class_code)
    found = session.execute(statement).all()
    people = {one.id: one.name for one in session.exec(select(Person).where(col(Person.id).in_(_hands(found))))}
    return [
        f"class {code}: {row.sheets} sheets disposed of on {row.disposed_at:%Y-%m-%d} by two,"
        f" {people[row.proposed_by]} and {people[row.decided_by]}; SHA-256 over them {row.digest}"
        for row, code in found
    ]


def _hands(found: Collection[Any]) -> set[int]:
    return {person for row, _ in found for person in (row.proposed_by, row.decided_by)}
