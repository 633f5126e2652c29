"""Reads on credits: what happened to them, in an order that nobody who follows can miss, and what stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from service.access.tables import Organisation, Person
from service.programme.tables import Trainee, TrainingClass
from service.results.queries import current
from service.results.rules import Verdict
from service.results.rules.credits import Change, Position, change
from service.results.tables import Certificate, Credit, Edition, EditionResult, Result


@dataclass(frozen=True, slots=True)
class Credited:
    """A credit and whose it is."""

    credit: Credit
    certificate: Certificate
    person: Person
    enterprise: Organisation
    training_class: TrainingClass


@dataclass(frozen=True, slots=True)
class Happening:
    """What happened to a credit, when, and its place in the feed."""

    at_position: Position
    change: Change
    at: datetime
    of: Credited


def _credited(statement: Any) -> Any:
    """The same with the certificate, person, enterprise and class of the credit, which it has to select."""
    return (
        statement.join(Certificate, col(Certificate.credit_id) == col(Credit.id))
        .join(Trainee, col(Trainee.id) == col(Credit.trainee_id))
        .join(Person, col(Person.id) == col(Trainee.person_id))
        .join(Organisation, col(Organisation.id) == col(Trainee.enterprise_id))
        .join(TrainingClass, col(TrainingClass.id) == col(Credit.class_id))
    )


def happenings(session: Session, after: Position, most: int) -> list[Happening]:
    """What happened to credits after a place, oldest first.

    Editions are numbered while the journal's head is held, so a smaller number is never committed after a larger one;
    a credit is posted in the transaction of the edition that brought its result.
    """
    posted, before = aliased(Result), aliased(Result)
    turned = (col(before.verdict) == Verdict.PASSED) != (col(Result.verdict) == Verdict.PASSED)
    edition, result = col(EditionResult.edition_id), col(EditionResult.result_id)
    statement = _credited(
        sa.select(edition, result, Edition.at, Result, Credit, Certificate, Person, Organisation, TrainingClass)  # type: ignore[call-overload]
        .join(Result, col(Result.id) == result)
        .join(Edition, col(Edition.id) == edition)
        .join(posted, col(posted.seat_id) == col(Result.seat_id))
        .join(Credit, col(Credit.result_id) == col(posted.id))
        .outerjoin(before, col(before.id) == col(Result.replaces_id))
    ).where(
        sa.or_(edition > after.edition, sa.and_(edition == after.edition, result > after.result)),
        sa.or_(col(posted.id) == col(Result.id), sa.and_(col(Result.version) > col(posted.version), turned)),
    )
    rows = session.execute(statement.order_by(edition, result).limit(most))
    return [
        Happening(
            Position(number, result_id),
            change(Verdict(found.verdict), posted=credit.result_id == found.id),
            at,
            Credited(credit, *rest),
        )
        for number, result_id, at, found, credit, *rest in rows
    ]


def standing(session: Session, plan_year: int) -> list[Credited]:
    """The credits of a plan year that count now, by class and name."""
    posted, newest = aliased(Result), aliased(Result)
    statement = _credited(
        sa.select(Credit, Certificate, Person, Organisation, TrainingClass)
        .join(posted, col(posted.id) == col(Credit.result_id))
        .join(newest, sa.and_(col(newest.seat_id) == col(posted.seat_id), current(newest)))
    ).where(col(TrainingClass.plan_year) == plan_year, col(newest.verdict) == Verdict.PASSED)
    rows = session.execute(statement.order_by(col(TrainingClass.code), col(Person.name), col(Credit.id)))
    return [Credited(*row) for row in rows]
