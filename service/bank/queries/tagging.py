"""Reads on how items are filed: under which tags, and by which act last."""

from collections.abc import Collection, Iterator, Sequence
from typing import TypeVar

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.bank.queries import newest, searching
from service.bank.rules.narrowing import Narrowing
from service.bank.tables import Item, ItemTag, ItemVersion, Tagging

# SQLite takes only so many values in one statement.
AT_ONCE = 500
Value = TypeVar("Value", int, str)


def filed(session: Session, item_ids: Collection[int]) -> dict[int, frozenset[str]]:
    """The tags that each of these items is filed under."""
    found: dict[int, set[str]] = {one: set() for one in item_ids}
    for part in parts(sorted(item_ids)):
        for row in session.exec(select(ItemTag).where(col(ItemTag.item_id).in_(part))):
            found[row.item_id].add(row.tag)
    return {one: frozenset(tags) for one, tags in found.items()}


def filed_of(session: Session, codes: Sequence[str]) -> dict[str, frozenset[str]]:
    """The tags that items are filed under by code; what is filed under none, or is not there, is absent."""
    found: dict[str, set[str]] = {}
    for part in parts(sorted(codes)):
        statement = sa.select(col(Item.code), col(ItemTag.tag)).join(Item, col(Item.id) == col(ItemTag.item_id))
        for code, tag in session.execute(statement.where(col(Item.code).in_(part))):
            found.setdefault(code, set()).add(tag)
    return {code: frozenset(tags) for code, tags in found.items()}


def ids_of(session: Session, codes: Sequence[str]) -> dict[str, int]:
    """The ids of those of these items that there are, by code."""
    found: dict[str, int] = {}
    for part in parts(sorted(codes)):
        statement = sa.select(col(Item.code), col(Item.id)).where(col(Item.code).in_(part))
        found.update((code, item_id) for code, item_id in session.execute(statement))
    return found


def found(session: Session, asked: Narrowing, most: int) -> dict[int, str]:
    """id → code of the items of which any version is what is asked, by code, ``most`` and one more."""
    listing = searching.listing(session, asked).with_only_columns(col(Item.id), col(Item.code))
    rows = session.execute(listing.order_by(None).distinct().order_by(col(Item.code)).limit(most + 1))
    return {row[0]: row[1] for row in rows}


def chosen(session: Session, item_ids: Collection[int]) -> dict[int, str]:
    """id → code of those of these items that there are, by code."""
    rows: list[tuple[str, int]] = []
    for part in parts(sorted(item_ids)):
        statement = sa.select(col(Item.code), col(Item.id)).where(col(Item.id).in_(part))
        rows += [(code, item_id) for code, item_id in session.execute(statement)]
    return {item_id: code for code, item_id in sorted(rows)}


def carrying(session: Session, item_ids: Collection[int], tags: Sequence[str]) -> dict[str, int]:
    """Of each of these tags how many of these items carry it in their newest version, out of reach of filing."""
    counted = dict.fromkeys(tags, 0)
    for part in parts(sorted(item_ids)):
        statement = sa.select(col(ItemVersion.tags)).where(col(ItemVersion.item_id).in_(part), newest.is_newest())
        for (own,) in session.execute(statement):
            for tag in set(tags) & set(own):
                counted[tag] += 1
    return {tag: number for tag, number in counted.items() if number}


def last(session: Session, person_id: int | None) -> Tagging | None:
    """The last act of filing of a person, undone or not."""
    statement = select(Tagging).where(Tagging.person_id == person_id).order_by(col(Tagging.id).desc()).limit(1)
    return session.exec(statement).first()


def parts(ids: Sequence[Value]) -> Iterator[Sequence[Value]]:
    """Ids or codes in handfuls that a statement takes."""
    yield from (ids[start : start + AT_ONCE] for start in range(0, len(ids), AT_ONCE))
