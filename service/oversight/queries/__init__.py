"""Pass rates, counted by the database."""

from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col

from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.access.tables import Organisation
from service.kernel import clock
from service.oversight import rules
from service.oversight.rules import Dimension, Heads, PassRate
from service.programme.tables import Trainee, TrainingClass
from service.results.queries import current, imported
from service.results.rules import ResultState, Verdict
from service.results.tables import ExternalResult, Result
from service.sittings.tables import Seat, Sitting

_Institution = aliased(Organisation)
_Enterprise = aliased(Organisation)
HALF_A_DAY, TICK = timedelta(hours=12), timedelta(microseconds=1)


def _group(dimension: Dimension, month: Any) -> tuple[Any, Any]:
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
            return month, month


def _month_here(dialect: str) -> Any:
    """The month of a sitting, by the wall clock in Mudanjiang, eight hours ahead of the stored UTC."""
    starts = col(Sitting.starts_at)
    if dialect == "postgresql":
        return sa.func.to_char(sa.func.timezone("UTC", starts) + sa.text("interval '8 hours'"), "YYYY-MM")
    return sa.func.strftime("%Y-%m", starts, "+8 hours")


def _month_elsewhere(dialect: str) -> Any:
    """The month of an exam elsewhere, of which the day is known."""
    taken_on = col(ExternalResult.taken_on)
    return sa.func.to_char(taken_on, "YYYY-MM") if dialect == "postgresql" else sa.func.strftime("%Y-%m", taken_on)


def pass_rates(
    session: Session,
    dimension: Dimension,
    *,
    since: datetime | None = None,
    until: datetime | None = None,
    plan_year: int | None = None,
) -> list[PassRate]:
    """Published results, the newest version of each, with those obtained elsewhere, by a dimension, by key.

    ``since`` and ``until`` (exclusive) bound the sitting's start; an exam elsewhere is taken as begun at noon.
    """
    here = _here(session, dimension, since, until, plan_year)
    elsewhere = _elsewhere(session, dimension, since, until, plan_year)
    rates = rules.joined(here, elsewhere)
    if dimension is Dimension.ROLE:
        return [replace(rate, name=ROLE_NAMES[TraineeRole(rate.key)]) for rate in rates]
    return rates


def _here(
    session: Session, dimension: Dimension, since: datetime | None, until: datetime | None, plan_year: int | None
) -> list[PassRate]:
    key, name = _group(dimension, _month_here(session.get_bind().dialect.name))
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
    return [PassRate(*row) for row in session.execute(statement)]


def _elsewhere(
    session: Session, dimension: Dimension, since: datetime | None, until: datetime | None, plan_year: int | None
) -> list[PassRate]:
    key, name = _group(dimension, _month_elsewhere(session.get_bind().dialect.name))
    now = imported.verdict()
    passed, void = (
        sa.func.sum(sa.case((now == verdict.value, 1), else_=0)) for verdict in (Verdict.PASSED, Verdict.VOID)
    )
    statement = (
        sa.select(key.label("key"), sa.func.min(name), sa.func.count(col(ExternalResult.id)), passed, void)
        .select_from(ExternalResult)
        .join(TrainingClass, col(TrainingClass.id) == col(ExternalResult.class_id))
        .join(Trainee, col(Trainee.id) == col(ExternalResult.trainee_id))
        .join(_Institution, col(_Institution.id) == col(TrainingClass.institution_id))
        .join(_Enterprise, col(_Enterprise.id) == col(Trainee.enterprise_id))
        .where(imported.counts())
        .group_by(sa.text("1"))
    )
    if since is not None:
        statement = statement.where(col(ExternalResult.taken_on) >= _first_day(since))
    if until is not None:
        statement = statement.where(col(ExternalResult.taken_on) < _first_day(until))
    if plan_year is not None:
        statement = statement.where(col(TrainingClass.plan_year) == plan_year)
    return [_all_elsewhere(*row) for row in session.execute(statement)]


def _first_day(instant: datetime) -> date:
    """The first day whose noon is not before an instant."""
    return clock.local(instant + HALF_A_DAY - TICK).date()


def _all_elsewhere(key: str, name: str, number: int, passed: int, void: int) -> PassRate:
    heads = Heads(number, number, number, passed, void)
    return PassRate(key, name, number, number, number, passed, void, elsewhere=heads)
