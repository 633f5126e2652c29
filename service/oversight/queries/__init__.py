"""Pass rates, counted by the database."""

from dataclasses import replace
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.access.tables import Organisation
from service.oversight.rules import Dimension, PassRate
from service.programme.tables import Trainee, TrainingClass
from service.results.queries import current
from service.results.rules import ResultState, Verdict
from service.results.tables import Result
from service.sittings.tables import Seat, Sitting

_Institution = aliased(Organisation)
_Enterprise = aliased(Organisation)


def _group(dimension: Dimension, dialect: str) -> tuple[Any, Any]:
    """The key and the name that a dimension groups by."""
    match dimension:
        case Dimension.CLASS:
            return col(TrainingClass.code), col(TrainingClass.name)
        case Dimension.ROLE:
            return col(TrainingClass.role), col(TrainingClass.role)
        case Dimension.INSTITUTION:
            return sa.cast(_Institution.id, sa.String), col(_Institution.name)
        case Dimension.COUNTY:
            return col(_Enterprise.county), col(_Enterprise.county)
        case Dimension.ENTERPRISE:
            return sa.cast(_Enterprise.id, sa.String), col(_Enterprise.name)
        case Dimension.PERIOD:
            starts = col(Sitting.starts_at)
            # Months are those of the wall clock in Mudanjiang, eight hours ahead of the stored UTC.
            month = (
                sa.func.to_char(sa.func.timezone("UTC", starts) + sa.text("interval '8 hours'"), "YYYY-MM")
                if dialect == "postgresql"
                else sa.func.strftime("%Y-%m", starts, "+8 hours")
            )
            return month, month


def pass_rates(
    session: Session,
    dimension: Dimension,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    plan_year: int | None = None,
) -> list[PassRate]:
    """Published results, the newest version of each, by a dimension, by key.

    ``since`` and ``until`` (exclusive) bound the sitting's start.
    """
    key, name = _group(dimension, session.get_bind().dialect.name)
    passed, void = (
        sa.func.sum(sa.case((col(Result.verdict) == verdict, 1), else_=0)) for verdict in (Verdict.PASSED, Verdict.VOID)
    )
    statement = (
        sa.select(
            key.label("key"),
            sa.func.min(name),
            sa.func.count(col(Result.id)),
            sa.func.count(col(Seat.admitted_at)),
            sa.func.count(col(Seat.handed_in_at)),
            passed,
            void,
        )
        .select_from(Result)
        .join(Seat, col(Seat.id) == col(Result.seat_id))
        .join(Sitting, col(Sitting.id) == col(Result.sitting_id))
        .join(TrainingClass, col(TrainingClass.id) == col(Result.class_id))
        .join(Trainee, col(Trainee.id) == col(Result.trainee_id))
        .join(_Institution, col(_Institution.id) == col(TrainingClass.institution_id))
        .join(_Enterprise, col(_Enterprise.id) == col(Trainee.enterprise_id))
        .where(col(Result.state) == ResultState.PUBLISHED, current())
        .group_by(sa.text("1"))
        .order_by(sa.text("1"))
    )
    if since is not None:
        statement = statement.where(col(Sitting.starts_at) >= since)
    if until is not None:
        statement = statement.where(col(Sitting.starts_at) < until)
    if plan_year is not None:
        statement = statement.where(col(TrainingClass.plan_year) == plan_year)
    rates = [PassRate(*row) for row in session.execute(statement)]
    if dimension is Dimension.ROLE:
        return [replace(rate, name=ROLE_NAMES[TraineeRole(rate.key)]) for rate in rates]
    return rates
