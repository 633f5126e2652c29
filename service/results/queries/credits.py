"""Reads on credits: what happened to them, in an order that nobody who follows can miss, and what stands."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from service.access.tables import Organisation, Person
from service.programme.tables import Trainee, TrainingClass
from service.results.queries import stands
from service.results.rules import ResultState, Verdict
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


def _own(row: Any) -> sa.ColumnElement[bool]:
    return sa.and_(col(Credit.class_id) == row.class_id, col(Credit.trainee_id) == row.trainee_id)


def _later(edition: Any, result: Any, than_edition: Any, than_result: Any) -> sa.ColumnElement[bool]:
    return sa.or_(edition > than_edition, sa.and_(edition == than_edition, result > than_result))


def _passing_by_another(edition: Any, result: Any) -> sa.ColumnElement[bool]:
    """Whether, at a place in the feed, the same person passed by the result of another seat.

    Then what happens to this one changes nothing of the credit.
    """
    came, other, went, later = aliased(EditionResult), aliased(Result), aliased(EditionResult), aliased(Result)
    # Told outright, because a query within a query within a query does not see the outermost by itself.
    replaced = (
        sa.exists()
        .where(
            col(later.replaces_id) == col(other.id),
            col(went.result_id) == col(later.id),
            _later(edition, result, col(went.edition_id), col(went.result_id)),
        )
        .correlate(EditionResult, other)
    )
    return sa.exists().where(
        col(came.result_id) == col(other.id),
        _later(edition, result, col(came.edition_id), col(came.result_id)),
        col(other.class_id) == col(Result.class_id),
        col(other.trainee_id) == col(Result.trainee_id),
        col(other.seat_id) != col(Result.seat_id),
        col(other.verdict) == Verdict.PASSED,
        ~replaced,
    )


def happenings(session: Session, after: Position, most: int) -> list[Happening]:
    """What happened to credits after a place, oldest first.

    Editions are numbered while the journal's head is held, so a smaller number is never committed after a larger one;
    a credit is posted in the transaction of the edition that brought its result.
    """
    posting, before = aliased(EditionResult), aliased(Result)
    turned = (sa.func.coalesce(col(before.verdict), "") == Verdict.PASSED) != (col(Result.verdict) == Verdict.PASSED)
    edition, result = col(EditionResult.edition_id), col(EditionResult.result_id)
    statement = _credited(
        sa.select(edition, result, Edition.at, Result, Credit, Certificate, Person, Organisation, TrainingClass)  # type: ignore[call-overload]
        .join(Result, col(Result.id) == result)
        .join(Edition, col(Edition.id) == edition)
        .join(Credit, _own(Result))
        .join(posting, col(posting.result_id) == col(Credit.result_id))
        # Of a sheet that was opened again what it had before was never published, and turned nothing.
        .outerjoin(
            before, sa.and_(col(before.id) == col(Result.replaces_id), col(before.state) == ResultState.PUBLISHED)
        )
    ).where(
        _later(edition, result, after.edition, after.result),
        sa.or_(
            result == col(posting.result_id),
            sa.and_(
                _later(edition, result, col(posting.edition_id), col(posting.result_id)),
                turned,
                ~_passing_by_another(edition, result),
            ),
        ),
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
    statement = _credited(sa.select(Credit, Certificate, Person, Organisation, TrainingClass)).where(
        col(TrainingClass.plan_year) == plan_year, stands()
    )
    rows = session.execute(statement.order_by(col(TrainingClass.code), col(Person.name), col(Credit.id)))
    return [Credited(*row) for row in rows]
