"""Pages of a long list: 50 rows, a count, and links to the neighbours."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import BeforeValidator
from sqlmodel import Session

ROWS = 50
# A filter that a person left blank arrives as an empty string: ``Annotated[State | None, Blank]`` reads it as nothing.
Blank = BeforeValidator(lambda value: None if value == "" else value)
Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class PageOf(Generic[Row]):
    """One page: its rows, its number from 1, how many pages and rows there are."""

    rows: Sequence[Row]
    number: int
    pages: int
    total: int


def page_of(session: Session, statement: Any, number: int, *, rows: int = ROWS) -> PageOf[Any]:
    """Run an ordered select for page ``number`` (from 1); a number past the end gives the last page."""
    total = session.execute(sa.select(sa.func.count()).select_from(statement.order_by(None).subquery())).scalar_one()
    pages = max(1, -(-total // rows))
    number = min(max(1, number), pages)
    found = session.execute(statement.limit(rows).offset((number - 1) * rows)).all()
    return PageOf([row[0] if len(row) == 1 else row for row in found], number, pages, total)
