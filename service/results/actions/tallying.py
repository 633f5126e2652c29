"""The counts as they stand, by every axis and every two: brought up to date by the edition that changes them."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlmodel import Session, SQLModel

from service.programme.tables import TrainingClass
from service.results.rules import tallies
from service.results.rules.counting import COUNTED, Counts, Group
from service.results.rules.tallies import Taught
from service.results.tables import Tally


def add(
    session: Session, training_class: TrainingClass, lecturers: Iterable[int], added: Mapping[Group, Counts]
) -> None:
    """Add to the tallies what an edition adds to the counts of a class.

    In the order of keys, so that two classes that are published at the same moment wait for each other and no more.
    """
    taught = Taught(
        training_class.id or 0,
        training_class.role,
        training_class.institution_id,
        training_class.plan_year,
        tuple(lecturers),
    )
    rows = [
        key._asdict() | {name: getattr(counts, name) for name in COUNTED}
        for key, counts in sorted(tallies.tallied(taught, added).items())
    ]
    upsert(session, Tally, COUNTED, rows)


def upsert(session: Session, table: type[SQLModel], counted: Sequence[str], rows: Sequence[dict[str, object]]) -> None:
    """Add these rows to those of a table with the same keys, or make them."""
    if not rows:
        return
    kept: Any = sa.inspect(table).local_table
    dialect = session.get_bind().dialect.name
    insert = postgresql.insert(kept) if dialect == "postgresql" else sqlite.insert(kept)
    sums = {name: kept.c[name] + insert.excluded[name] for name in counted}
    session.execute(insert.on_conflict_do_update(index_elements=list(kept.primary_key), set_=sums), rows)
