"""The counts as they stand, by every axis: brought up to date by the edition that changes them."""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session

from service.programme.tables import TrainingClass
from service.results.rules.counting import COUNTED, Axis, Counts, Group
from service.results.tables import Tally

Key = tuple[str, str, int, str, bool]


def add(
    session: Session, training_class: TrainingClass, lecturers: Iterable[int], added: Mapping[Group, Counts]
) -> None:
    """Add to the tallies of every axis what an edition adds to the counts of a class.

    In the order of keys, so that two classes that are published at the same moment wait for each other and no more.
    """
    sums: dict[Key, Counts] = defaultdict(Counts)
    taught = list(lecturers)
    for group, counts in added.items():
        for axis, key in _keys(training_class, taught, group):
            sums[axis.value, key, training_class.plan_year, group.month, group.imported] += counts
    rows = [_row(key, counts) for key, counts in sorted(sums.items()) if counts]
    if rows:
        session.execute(_statement(session), rows)


def _keys(training_class: TrainingClass, lecturers: Iterable[int], group: Group) -> Iterator[tuple[Axis, str]]:
    yield Axis.CLASS, str(training_class.id)
    yield Axis.ROLE, training_class.role
    yield Axis.INSTITUTION, str(training_class.institution_id)
    yield Axis.ENTERPRISE, str(group.enterprise_id)
    yield Axis.COUNTY, group.county
    yield Axis.MONTH, group.month
    yield Axis.PLAN_YEAR, str(training_class.plan_year)
    # A class has several lecturers, and everybody in it counts for each of them: this axis has no total.
    yield from ((Axis.LECTURER, str(one)) for one in lecturers)


def _row(key: Key, counts: Counts) -> dict[str, object]:
    names = ("axis", "key", "plan_year", "month", "imported")
    return dict(zip(names, key, strict=True)) | dict(zip(COUNTED, counts.numbers(), strict=True))


def _statement(session: Session) -> Any:
    table: Any = sa.inspect(Tally).local_table
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert(table) if dialect == "postgresql" else sqlite.insert(table)
    sums = {name: table.c[name] + insert.excluded[name] for name in COUNTED}
    return insert.on_conflict_do_update(index_elements=list(table.primary_key), set_=sums)
