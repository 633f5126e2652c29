"""Reads on rulings about items and on appeals."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.papers.tables import PaperForm
from service.programme.tables import Trainee, TrainingClass
from service.results.queries import current
from service.results.rules import SAT, ResultState, VoidingState
from service.results.rules.appealing import AppealState
from service.results.tables import Appeal, ItemRuling, Result
from service.sittings.tables import Seat


def ruling(session: Session, ruling_id: int) -> ItemRuling | None:
    """One ruling, locked: it is about to be decided."""
    return session.get(ItemRuling, ruling_id, with_for_update=True, populate_existing=True)


def waiting_ruling(session: Session, form_id: int, position: int) -> ItemRuling | None:
    """The proposal on an item that waits for a decision, if one does."""
    statement = select(ItemRuling).where(ItemRuling.form_id == form_id, ItemRuling.position == position)
    return session.exec(statement.where(ItemRuling.state == VoidingState.PROPOSED)).first()


@dataclass(frozen=True, slots=True)
class RulingLine:
    """A ruling with the letter of its form, who proposed it and who decided it."""

    ruling: ItemRuling
    letter: str
    proposer: str
    decider: str | None


def rulings(session: Session, class_id: int) -> list[RulingLine]:
    """The rulings on items of a class's papers, in their order."""
    proposer, decider = aliased(Person), aliased(Person)
    statement = (
        sa.select(ItemRuling, PaperForm.letter, proposer.name, decider.name)  # type: ignore[call-overload]
        .join(PaperForm, col(PaperForm.id) == col(ItemRuling.form_id))
        .join(proposer, col(proposer.id) == col(ItemRuling.proposed_by))
        .outerjoin(decider, col(decider.id) == col(ItemRuling.decided_by))
        .where(col(ItemRuling.class_id) == class_id)
        .order_by(col(ItemRuling.id))
    )
    return [RulingLine(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class ClassFigures:
    """How a class of the same role and year did, for comparing: who sat, the sum of their points, who passed."""

    code: str
    name: str
    sat: int
    points: int
    passed: int


def alike(session: Session, class_id: int) -> list[ClassFigures]:
    """The published results of all classes of the same role and year, itself included, by code."""
    own = session.get_one(TrainingClass, class_id)
    passed = sa.func.sum(sa.case((col(Result.verdict) == "passed", 1), else_=0))
    statement = (
        sa.select(TrainingClass.code, TrainingClass.name, sa.func.count(), sa.func.sum(Result.points), passed)  # type: ignore[call-overload]
        .join(Result, col(Result.class_id) == col(TrainingClass.id))
        .where(
            col(TrainingClass.role) == own.role,
            col(TrainingClass.plan_year) == own.plan_year,
            col(Result.state) == ResultState.PUBLISHED,
            col(Result.verdict).in_(sorted(SAT)),
            current(),
        )
        .group_by(col(TrainingClass.code), col(TrainingClass.name))
        .order_by(col(TrainingClass.code))
    )
    return [
        ClassFigures(code, name, sat, int(points), int(count))
        for code, name, sat, points, count in session.execute(statement)
    ]


# --- appeals ---


def appeal(session: Session, appeal_id: int) -> Appeal | None:
    """One appeal, locked: it is about to be moved on."""
    return session.get(Appeal, appeal_id, with_for_update=True, populate_existing=True)


def appeal_on(session: Session, result_ids: Iterable[int]) -> list[Appeal]:
    """The appeals on these versions, in their order."""
    return list(
        session.exec(select(Appeal).where(col(Appeal.result_id).in_(list(result_ids))).order_by(col(Appeal.id)))
    )


@dataclass(frozen=True, slots=True)
class AppealLine:
    """An appeal with whose it is, the version it is about, and the class."""

    appeal: Appeal
    result: Result
    seat: Seat
    person: Person
    training_class: TrainingClass


def appeal_listing(
    *, class_id: int | None = None, appeal_id: int | None = None, apart_from: Collection[int] = ()
) -> Any:
    """A select of appeals, what waits first, then the newest, without those of classes that one keeps away from."""
    waiting = sa.case((col(Appeal.state) == AppealState.ANSWERED, 1), else_=0)
    statement = (
        sa.select(Appeal, Result, Seat, Person, TrainingClass)
        .join(Result, col(Result.id) == col(Appeal.result_id))
        .join(Seat, col(Seat.id) == col(Appeal.seat_id))
        .join(Trainee, col(Trainee.id) == col(Result.trainee_id))
        .join(Person, col(Person.id) == col(Trainee.person_id))
        .join(TrainingClass, col(TrainingClass.id) == col(Appeal.class_id))
        .where(col(Appeal.class_id).not_in(apart_from))
        .order_by(waiting, col(Appeal.id).desc())
    )
    for column, value in ((Appeal.class_id, class_id), (Appeal.id, appeal_id)):
        if value is not None:
            statement = statement.where(col(column) == value)
    return statement


def appeals(session: Session, *, appeal_id: int) -> list[AppealLine]:
    """One appeal, where it is there."""
    return [AppealLine(*row) for row in session.execute(appeal_listing(appeal_id=appeal_id))]
