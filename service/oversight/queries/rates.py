"""Counts by axes: from the tallies as they stand, or added up from the editions up to a version."""

from collections.abc import Iterable
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.access.tables import Organisation, Person
from service.oversight.rules.definitions import PLANNED, SMALL, Cell, Imported, Question
from service.programme.tables import ClassLecturer, Lecturer, TrainingClass
from service.results.rules.counting import COUNTED, Axis, Counts
from service.results.tables import CountEntry, Edition, Tally


def moment(session: Session, version: int) -> datetime | None:
    """When the newest edition up to a version was published."""
    statement = select(Edition.at).where(col(Edition.id) <= version).order_by(col(Edition.id).desc()).limit(1)
    return session.exec(statement).first()


def cells(session: Session, question: Question, version: int, *, newest: bool) -> list[Cell]:
    """The groups of an answer by key, for the newest version from the tallies, otherwise from the editions."""
    rows = _tallied(session, question) if newest and question.across is None else _added_up(session, question, version)
    targets = planned(session, version) if question.by is Axis.PLAN_YEAR and question.across is None else {}
    found = [
        Cell(key, across, Counts(*map(int, numbers)), targets.get(key))
        for key, across, *numbers in rows
        if any(numbers)
    ]
    return sorted(found, key=lambda one: (one.key, one.across))


def _sums(table: Any) -> list[Any]:
    return [sa.func.sum(getattr(table, name)) for name in COUNTED]


def _tallied(session: Session, question: Question) -> list[Any]:
    statement = (
        sa.select(col(Tally.key), sa.literal(""), *_sums(Tally))
        .where(col(Tally.axis) == question.by)
        .group_by(col(Tally.key))
    )
    return list(session.execute(_narrowed(statement, question, col(Tally.plan_year), Tally)))


def _added_up(session: Session, question: Question, version: int) -> list[Any]:
    """Deltas of all editions up to a version; they are never changed, so neither is their sum."""
    across = _column(question.across) if question.across is not None else sa.literal("")
    statement = (
        sa.select(_column(question.by), across, *_sums(CountEntry))
        .select_from(CountEntry)
        .join(TrainingClass, col(TrainingClass.id) == col(CountEntry.class_id))
        .where(col(CountEntry.edition_id) <= version)
        .group_by(sa.text("1"), sa.text("2"))
    )
    if Axis.LECTURER in {question.by, question.across}:
        statement = statement.join(ClassLecturer, col(ClassLecturer.class_id) == col(CountEntry.class_id))
    return list(session.execute(_narrowed(statement, question, col(TrainingClass.plan_year), CountEntry)))


def _column(axis: Axis) -> Any:
    columns: dict[Axis, Any] = {
        Axis.CLASS: CountEntry.class_id,
        Axis.ROLE: TrainingClass.role,
        Axis.INSTITUTION: TrainingClass.institution_id,
        Axis.LECTURER: ClassLecturer.lecturer_id,
        Axis.ENTERPRISE: CountEntry.enterprise_id,
        Axis.COUNTY: CountEntry.county,
        Axis.MONTH: CountEntry.month,
        Axis.PLAN_YEAR: TrainingClass.plan_year,
    }
    return sa.cast(col(columns[axis]), sa.String)


def _narrowed(statement: Any, question: Question, year: Any, table: Any) -> Any:
    if question.plan_year is not None:
        statement = statement.where(year == question.plan_year)
    if question.since is not None:
        statement = statement.where(table.month >= question.since)
    if question.until is not None:
        statement = statement.where(table.month <= question.until)
    if question.imported is not Imported.WITH:
        statement = statement.where(table.imported.is_(question.imported is Imported.ONLY))
    return statement


def planned(session: Session, version: int) -> dict[str, int]:
    """The target of each plan year as it stood with the newest edition of that year up to a version."""
    newest = (
        sa.select(sa.func.max(col(Edition.id)))
        .join(TrainingClass, col(TrainingClass.id) == col(Edition.class_id))
        .where(col(Edition.id) <= version)
        .group_by(col(TrainingClass.plan_year))
    )
    statement = (
        sa.select(col(TrainingClass.plan_year), col(Edition.planned))
        .join(TrainingClass, col(TrainingClass.id) == col(Edition.class_id))
        .where(col(Edition.id).in_(newest))
    )
    return {str(year): target for year, target in session.execute(statement)}


def names(session: Session, axis: Axis, keys: Iterable[str]) -> dict[str, str]:
    """What the keys of an axis are called today."""
    wanted = sorted({key for key in keys if key and key not in {SMALL, PLANNED, "total"}})
    match axis:
        case Axis.ROLE:
            return {key: ROLE_NAMES[TraineeRole(key)] for key in wanted}
        case Axis.COUNTY | Axis.MONTH | Axis.PLAN_YEAR:
            return {key: key for key in wanted}
        case Axis.CLASS:
            statement = sa.select(TrainingClass.id, TrainingClass.code + " " + TrainingClass.name)  # type: ignore[call-overload]
        case Axis.INSTITUTION | Axis.ENTERPRISE:
            statement = sa.select(Organisation.id, Organisation.name)  # type: ignore[call-overload]
        case Axis.LECTURER:
            statement = sa.select(Lecturer.id, Person.name).join(Person, col(Person.id) == col(Lecturer.person_id))  # type: ignore[call-overload]
    column = statement.selected_columns[0]
    rows = session.execute(statement.where(column.in_([int(key) for key in wanted])))
    return {str(key): name for key, name in rows}
