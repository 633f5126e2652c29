"""Counts of answers by what they are about: from the tallies as they stand, or added up from the editions."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.bank import queries as bank
from service.bank.tables import Edition
from service.oversight.rules.definitions import Cell, Question
from service.programme.tables import TrainingClass
from service.results.rules import tallies
from service.results.rules.counting import MARKED, Axis, Counts
from service.results.tables import PartCount, PartTally


def cells(session: Session, question: Question, version: int, *, newest: bool) -> list[Cell]:
    """The parts of an answer by key; there are as many as regulations or subjects, and so no pages."""
    rows = session.execute(_tallied(question) if newest else _added_up(question, version))
    found = [Cell(key, "", Counts(**dict(zip(MARKED, map(int, counts), strict=True)))) for key, *counts in rows]
    return sorted(found, key=lambda one: one.key)


def names(session: Session, axis: Axis, *, english: bool = False) -> dict[str, str]:
    """What regulations, by their newest edition, or subjects are called today."""
    if axis is Axis.SUBJECT:
        return {slug: one.title_en if english else one.title for slug, one in bank.subjects(session).items()}
    title = Edition.title_en if english else Edition.title
    return dict(session.exec(select(Edition.regulation, title).order_by(col(Edition.effective_on))).all())


def _sums(table: Any) -> Any:
    sums = [sa.func.sum(getattr(table, name)) for name in MARKED]
    return sa.select(table.key, *sums).group_by(table.key).having(sa.func.sum(table.enrolled) > 0)


def _tallied(question: Question) -> Any:
    statement = _sums(PartTally).where(col(PartTally.axis) == question.by.value)
    if question.since is None and question.until is None:
        year = tallies.ANY_YEAR if question.plan_year is None else question.plan_year
        return statement.where(col(PartTally.month) == tallies.ANY_MONTH, col(PartTally.plan_year) == year)
    statement = statement.where(col(PartTally.month) > tallies.ANY_MONTH)
    return _narrowed(statement, question, col(PartTally.plan_year), PartTally)


def _added_up(question: Question, version: int) -> Any:
    statement = (
        _sums(PartCount)
        .join(TrainingClass, col(TrainingClass.id) == col(PartCount.class_id))
        .where(col(PartCount.axis) == question.by.value, col(PartCount.edition_id) <= version)
    )
    return _narrowed(statement, question, col(TrainingClass.plan_year), PartCount)


def _narrowed(statement: Any, question: Question, year: Any, table: Any) -> Any:
    if question.plan_year is not None:
        statement = statement.where(year == question.plan_year)
    if question.since is not None:
        statement = statement.where(table.month >= question.since)
    if question.until is not None:
        statement = statement.where(table.month <= question.until)
    return statement
