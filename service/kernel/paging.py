"""Pages of a long list: 50 rows, a count, and links to the neighbours; and stretches of a very long one."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Generic, TypeVar

import sqlalchemy as sa
from pydantic import BeforeValidator, Field
from sqlmodel import Session

ROWS = 50
# Rows of a very long list are counted up to here: whether there are 5,000 or 90,000 helps nobody, and takes time.
COUNTED = 1000
# Between the columns of a place in a list; no code and no number holds it.
SEPARATOR = "~"
# A filter that a person left blank arrives as an empty string: ``Annotated[State | None, Blank]`` reads it as nothing.
Blank = BeforeValidator(lambda value: None if value == "" else value)
Row = TypeVar("Row")
# The number of a page that somebody asks for; one past the end is the last one.
Number = Annotated[int, Field(ge=1)]


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


def told(response: Any, found: PageOf[Row]) -> Sequence[Row]:
    """The rows of a page for a program, with how many rows and pages there are in headers of the reply."""
    response.headers["X-Total"], response.headers["X-Pages"] = str(found.total), str(found.pages)
    return found.rows


def page_among(found: Sequence[Row], number: int, *, rows: int = ROWS) -> PageOf[Row]:
    """The same of a list that was read whole."""
    pages = max(1, -(-len(found) // rows))
    number = min(max(1, number), pages)
    return PageOf(found[(number - 1) * rows : number * rows], number, pages, len(found))


@dataclass(frozen=True, slots=True)
class Stretch(Generic[Row]):
    """Some rows of a list too long to be counted: ``before`` and ``after`` lead on, where there is anything there.

    ``total`` is how many rows there are in all, counted up to :data:`COUNTED`; ``more`` says that there are more.
    """

    rows: Sequence[Row]
    before: str
    after: str
    total: int
    more: bool


def stretch_of(
    session: Session, statement: Any, order: Sequence[Any], *, before: str = "", after: str = "", rows: int = ROWS
) -> Stretch[Any]:
    """Run a select from where the last stretch ended, however far into the list: nothing is counted off.

    ``order`` are the columns that the select is ordered by and that tell its rows apart; ``before`` and ``after``
    are what an earlier stretch said. Words that are no place in the list begin it anew.
    """
    backward = bool(before)
    place = _place(before or after, order)
    narrowed = statement if place is None else statement.where(_beyond(order, place, backward=backward))
    ordered = narrowed.order_by(None).order_by(*(column.desc() if backward else column for column in order))
    found = session.execute(ordered.add_columns(*order).limit(rows + 1)).all()
    further, found = len(found) > rows, found[:rows]
    found = found[::-1] if backward else found
    places = [SEPARATOR.join(str(value) for value in row[-len(order) :]) for row in found]
    counted = statement.order_by(None).with_only_columns(sa.literal(1)).limit(COUNTED + 1).subquery()
    total = session.execute(sa.select(sa.func.count()).select_from(counted)).scalar_one()
    earlier, later = (further, True) if backward else (place is not None, further)
    return Stretch(
        [tuple(row[: -len(order)]) for row in found],
        before=places[0] if earlier and places else "",
        after=places[-1] if later and places else "",
        total=min(total, COUNTED),
        more=total > COUNTED,
    )


def _place(words: str, order: Sequence[Any]) -> list[Any] | None:
    """A place in the list as the values of its columns."""
    parts = words.split(SEPARATOR)
    if len(parts) != len(order):
        return None
    try:
        numbered = [isinstance(column.type, sa.Integer) for column in order]
        return [int(part) if number else part for number, part in zip(numbered, parts, strict=True)]
    except ValueError:
        return None


def _beyond(order: Sequence[Any], place: Sequence[Any], *, backward: bool) -> Any:
    """Whether a row comes after a place; the first column alone is asked, too, since an index can answer that."""
    past: Any = sa.false()
    for column, value in zip(reversed(order), reversed(place), strict=True):
        further = column < value if backward else column > value
        past = further | ((column == value) & past)
    return ((order[0] <= place[0]) if backward else (order[0] >= place[0])) & past
