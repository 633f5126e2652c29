"""Counts by axes: from the tallies as they stand, or added up from the editions up to a version."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.access.tables import Organisation, Person
from service.oversight.queries import answers
from service.oversight.rules.definitions import PLANNED, SMALL, Cell, Imported, Question, total_of
from service.programme.tables import ClassLecturer, Lecturer, Plan, TrainingClass
from service.results.rules import tallies
from service.results.rules.counting import ANSWER_AXES, COUNTED, Axis, Counts
from service.results.tables import CountEntry, Edition, Tally

# Cells on a page at least, and classes with whatever crosses them: as much as somebody reads at once.
GROUPS, CLASSES = 500, 100


def moment(session: Session, version: int) -> datetime | None:
    """When the newest edition up to a version was published."""
    statement = select(Edition.at).where(col(Edition.id) <= version).order_by(col(Edition.id).desc()).limit(1)
    return session.exec(statement).first()


class Found(NamedTuple):
    """The groups of one page, and whether there are more."""

    cells: list[Cell]
    more: bool


def cells(session: Session, question: Question, version: int, *, newest: bool) -> Found:
    """The groups of an answer by key, for the newest version from the tallies, otherwise from the editions."""
    if question.by in ANSWER_AXES:
        found = answers.cells(session, question, version, newest=newest)
        return Found(found if question.page == 1 else [], False)
    if question.by is Axis.CLASS and question.across is not None:
        rows, more = _of_classes(session, question, version, newest=newest)
    else:
        rows, more = _page(session, question, version, GROUPS, newest=newest)
    targets = planned(session, version) if question.by is Axis.PLAN_YEAR and question.across is None else {}
    return Found([_cell(row, targets.get(row[0])) for row in rows], more)


def _cell(row: Sequence[Any], target: int | None = None) -> Cell:
    key, across, *numbers = row
    counts, elsewhere = numbers[: len(COUNTED)], numbers[len(COUNTED) :]
    return Cell(key, across, Counts(*map(int, counts)), target, elsewhere=Counts(*map(int, elsewhere)))


def total(session: Session, question: Question, version: int, *, newest: bool) -> Cell:
    """Everybody in all groups of a question: the same people stand in a handful of plan years."""
    by_year = replace(question, by=Axis.PLAN_YEAR, across=None)
    rows = session.execute(_tallied(by_year) if newest else _added_up(by_year, version))
    return total_of(map(_cell, rows))


def _of_classes(session: Session, question: Question, version: int, *, newest: bool) -> tuple[Sequence[Any], bool]:
    """What crosses the classes of one page, added up from their own counts: they are few."""
    found, more = _page(session, replace(question, across=None), version, CLASSES, newest=newest)
    of_page = col(CountEntry.class_id).in_([int(row[0]) for row in found])
    return _in_order(session, _added_up(question, version).where(of_page)), more


def _page(session: Session, question: Question, version: int, size: int, *, newest: bool) -> tuple[Sequence[Any], bool]:
    """The rows of a page, and whether there are more.

    What was added up is sorted here, by code points as the tallies stand, and not by the language of the server.
    """
    begin = (question.page - 1) * size
    if not newest:
        return cut(_in_order(session, _added_up(question, version))[begin : begin + 2 * size], question.page, size)
    statement = _tallied(question)
    if begin:
        # Where the page begins is found without adding anything up.
        keys = list(statement.selected_columns)[:2]
        alone = statement.with_only_columns(*keys, maintain_column_froms=True).limit(1).offset(begin)
        first = session.execute(alone).first()
        if first is None:
            return [], False
        statement = statement.where(sa.tuple_(*keys) >= sa.tuple_(*first))
    return cut(session.execute(statement.limit(2 * size)).all(), question.page, size)


def cut(rows: Sequence[Any], page: int, size: int) -> tuple[Sequence[Any], bool]:
    """The rows of a page among those from its beginning on, two pages at most, and whether there are more.

    The last page takes what is left over, so that none but an only one is smaller than its size.
    """
    if page > 1 and len(rows) < size:
        return [], False
    more = len(rows) == 2 * size
    return (rows[:size] if more else rows), more


def _in_order(session: Session, statement: Any) -> list[Any]:
    return sorted(session.execute(statement), key=lambda row: (row[0], row[1]))


def _sums(table: Any) -> list[Any]:
    """Every count of everybody, and then every count of those from elsewhere, in one pass over the same rows."""
    columns = [getattr(table, name) for name in COUNTED]
    elsewhere = [sa.func.coalesce(sa.func.sum(one).filter(table.imported), 0) for one in columns]
    return [*map(sa.func.sum, columns), *elsewhere]


def _tallied(question: Question) -> Any:
    keys = (col(Tally.key), col(Tally.across_key))
    across = question.across.value if question.across is not None else ""
    statement = (
        sa.select(*keys, *_sums(Tally))
        .where(col(Tally.axis) == question.by.value, col(Tally.across) == across)
        # Whoever is counted for anything is enrolled; in a row without anybody all were taken away again.
        .where(col(Tally.enrolled) > 0)
        .group_by(*keys)
        .order_by(*keys)
    )
    if question.since is None and question.until is None:
        year = tallies.ANY_YEAR if question.plan_year is None else question.plan_year
        statement = statement.where(col(Tally.month) == tallies.ANY_MONTH, col(Tally.plan_year) == year)
        return _of_origin(statement, question, Tally)
    statement = statement.where(col(Tally.month) > tallies.ANY_MONTH)
    return _narrowed(statement, question, col(Tally.plan_year), Tally)


def _added_up(question: Question, version: int) -> Any:
    """Deltas of all editions up to a version; they are never changed, so neither is their sum.

    Nobody is left in a group whose people were all taken away again, and it is no group any more.
    """
    keys = [_column(axis) for axis in (question.by, question.across) if axis is not None]
    shown = keys if len(keys) == 2 else [*keys, sa.literal_column("''")]
    statement = (
        sa.select(*shown, *_sums(CountEntry))
        .select_from(CountEntry)
        .join(TrainingClass, col(TrainingClass.id) == col(CountEntry.class_id))
        .where(col(CountEntry.edition_id) <= version)
        .group_by(*keys)
        .having(sa.func.sum(col(CountEntry.enrolled)) > 0)
    )
    if Axis.LECTURER in {question.by, question.across}:
        statement = statement.join(ClassLecturer, col(ClassLecturer.class_id) == col(CountEntry.class_id))
    return _narrowed(statement, question, col(TrainingClass.plan_year), CountEntry)


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
    return _of_origin(statement, question, table)


def _of_origin(statement: Any, question: Question, table: Any) -> Any:
    if question.imported is not Imported.WITH:
        statement = statement.where(table.imported.is_(question.imported is Imported.ONLY))
    return statement


def planned(session: Session, version: int) -> dict[str, int]:
    """The target of each plan year as it stood with the newest edition of that year up to a version."""
    newest = (
        sa.select(col(Edition.planned))
        .where(col(Edition.plan_year) == col(Plan.year), col(Edition.id) <= version)
        .order_by(col(Edition.id).desc())
        .limit(1)
        .correlate(Plan)
        .scalar_subquery()
    )
    found = session.execute(sa.select(col(Plan.year), newest))
    return {str(year): target for year, target in found if target is not None}


def names(session: Session, axis: Axis, keys: Iterable[str], *, english: bool = False) -> dict[str, str]:
    """What the keys of an axis are called today."""
    wanted = sorted({key for key in keys if key and key not in {SMALL, PLANNED, "total"}})
    match axis:
        case Axis.ROLE:
            return {key: ROLE_NAMES[TraineeRole(key)] for key in wanted}
        case Axis.COUNTY | Axis.MONTH | Axis.PLAN_YEAR:
            return {key: key for key in wanted}
        case Axis.REGULATION | Axis.SUBJECT:
            return answers.names(session, axis, english=english)
        case Axis.CLASS:
            statement = sa.select(TrainingClass.id, TrainingClass.code + " " + TrainingClass.name)  # type: ignore[call-overload]
        case Axis.INSTITUTION | Axis.ENTERPRISE:
            statement = sa.select(Organisation.id, Organisation.name)  # type: ignore[call-overload]
        case Axis.LECTURER:
            statement = sa.select(Lecturer.id, Person.name).join(Person, col(Person.id) == col(Lecturer.person_id))  # type: ignore[call-overload]
    column = statement.selected_columns[0]
    rows = session.execute(statement.where(column.in_([int(key) for key in wanted])))
    return {str(key): name for key, name in rows}
