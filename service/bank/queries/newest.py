"""Reads on the newest version of items: what an import is compared with, and what an export takes.

A version that its author took back is none of them: the item is what it was before, or not there at all.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.bank import queries
from service.bank.queries import searching
from service.bank.rules.items import ItemText, State
from service.bank.rules.narrowing import Narrowing
from service.bank.tables import Item, ItemVersion


@dataclass(frozen=True, slots=True)
class Known:
    """An item that there is: its newest version, unless every one was taken back, and the highest number ever given."""

    item: Item
    version: ItemVersion | None
    last: int


def newest_of(session: Session, codes: Collection[str]) -> dict[str, Known]:
    """What there is of each of these items, by item code."""
    found: dict[str, Known] = {}
    wanted = sorted(codes)
    # SQLite takes only so many values in one statement.
    for start in range(0, len(wanted), 500):
        statement = (
            select(Item, ItemVersion)
            .join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
            .where(col(Item.code).in_(wanted[start : start + 500]))
            .order_by(col(ItemVersion.number))
        )
        for item, version in session.exec(statement):
            before = found[item.code].version if item.code in found else None
            standing = before if version.state == State.WITHDRAWN else version
            found[item.code] = Known(item, standing, version.number)
    return found


def newest_texts(session: Session) -> Iterator[tuple[ItemText, str, int, int]]:
    """(text, digest, highest number ever given, own number) of the newest version of every item, by item code."""
    other = sa.orm.aliased(ItemVersion)
    last = sa.select(sa.func.max(col(other.number))).where(col(other.item_id) == col(ItemVersion.item_id))
    numbered = last.correlate(ItemVersion).scalar_subquery().label("number")
    own: Any = col(ItemVersion.number).label("own")
    columns = (col(Item.code), col(ItemVersion.digest), numbered, own, *queries.TEXT)
    statement = sa.select(*columns).join(Item, col(Item.id) == col(ItemVersion.item_id))
    for row in session.execute(statement.where(is_newest()).order_by(col(Item.code))):
        yield queries.text_of_row(row.code, row), row.digest, row.number, row.own


def newest_words(session: Session) -> Iterator[tuple[str, int, str, dict[str, str]]]:
    """(code, version id, stem, options) of the newest version of every item, by item code."""
    columns = (col(Item.code), col(ItemVersion.id), col(ItemVersion.stem), col(ItemVersion.options))
    statement = sa.select(*columns).join(Item, col(Item.id) == col(ItemVersion.item_id))
    for row in session.execute(statement.where(is_newest()).order_by(col(Item.code))):
        yield row[0], row[1], row[2], row[3]


def chosen(session: Session, asked: Narrowing, *, but: Any = None) -> list[ItemText]:
    """The newest version of every item, by item code, where it is what is asked for; ``but`` leaves versions out."""
    statement = searching.listing(session, asked).where(is_newest())
    if but is not None:
        statement = statement.where(~but)
    return [queries.text_of(item, version) for item, version in session.execute(statement)]


def numbers(session: Session, asked: Narrowing) -> dict[str, int]:
    """The number of the newest version of every item, by code, where it is what is asked for."""
    statement = searching.listing(session, asked).where(is_newest())
    rows = session.execute(statement.with_only_columns(col(Item.code), col(ItemVersion.number)))
    return {row[0]: row[1] for row in rows}


def is_newest() -> Any:
    """The condition that a version is the newest of its item, but for what was taken back."""
    newer = sa.orm.aliased(ItemVersion)
    overtaken = sa.exists().where(
        col(newer.item_id) == col(ItemVersion.item_id),
        col(newer.number) > col(ItemVersion.number),
        col(newer.state) != State.WITHDRAWN,
    )
    return sa.and_(col(ItemVersion.state) != State.WITHDRAWN, ~overtaken)
