"""Looking through the bank: narrowed, searched by what items say, and read stretch by stretch."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlmodel import Session, col

from service.bank.rules import wording
from service.bank.rules.exchange import words
from service.bank.rules.items import State
from service.bank.rules.narrowing import Narrowing
from service.bank.tables import Item, ItemTag, ItemVersion, Wording

# What a list of versions is ordered by, and so what its stretches begin and end with.
ORDER = (col(Item.code), col(ItemVersion.number))
# SQLite's index is a table of its own that a trigger fills, PostgreSQL's an expression over the words (migration 0080).
_BY_GRAMS = {
    "sqlite": "bank_wording.version_id IN (SELECT rowid FROM bank_search WHERE bank_search MATCH :{name})",
    "postgresql": "peikao_grams(bank_wording.said) @> CAST(:{name} AS text[])",
}
_WITHIN = {"sqlite": sa.func.instr, "postgresql": sa.func.strpos}


def listing(session: Session, asked: Narrowing) -> Any:
    """A select of (item, version) by code, narrowed by what is asked; what was taken back is its author's alone."""
    statement = sa.select(Item, ItemVersion).join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
    statement = statement.where(col(ItemVersion.state) != State.WITHDRAWN)
    wanted = (
        (col(ItemVersion.state), asked.state),
        (col(ItemVersion.kind), asked.kind),
        (col(ItemVersion.level), asked.level),
        (col(ItemVersion.difficulty), asked.difficulty),
        (col(ItemVersion.subject_slug), asked.subject),
        (col(ItemVersion.edition_slug), asked.edition),
    )
    statement = statement.where(*(column == value for column, value in wanted if value))
    listed = ((ItemVersion.roles, asked.role), (ItemVersion.enemies, asked.enemy))
    statement = statement.where(*(_holds(column, value) for column, value in listed if value))
    if asked.tag:
        statement = statement.where(col(ItemVersion.id).in_(_tagged(session, asked.tag)))
    found = [_found(session, word, place) for place, word in enumerate(wording.sought(asked.text))]
    if found:
        statement = statement.join(Wording, col(Wording.version_id) == col(ItemVersion.id))
    return statement.where(*(condition for conditions in found for condition in conditions)).order_by(*ORDER)


def _found(session: Session, word: str, place: int) -> list[Any]:
    """The versions that say a word, or whose item is filed under a tag that does.

    Tags are few and each is there many times, so those that say the word are picked out first. Where there are none,
    the words alone are asked for; else both are looked up by their indexes, which one condition on either would not be.
    """
    said = [*_says(session, word, f"word_{place}")]
    tags = [tag for tag in session.scalars(sa.select(col(ItemTag.tag)).distinct()) if word in words.fold(tag)]
    if not tags:
        return said
    saying, filed = sa.orm.aliased(ItemVersion), sa.orm.aliased(ItemVersion)
    own = sa.select(col(saying.id)).join(Wording, col(Wording.version_id) == col(saying.id)).where(*said)
    under = sa.select(col(filed.id)).join(ItemTag, col(ItemTag.item_id) == col(filed.item_id))
    either = sa.union(own.correlate(None), under.where(col(ItemTag.tag).in_(tags)).correlate(None))
    return [col(ItemVersion.id).in_(either)]


def _holds(column: Any, word: str) -> Any:
    """Whether a list of words holds this one: the list is the same text as JSON on either database."""
    return sa.cast(col(column), sa.Text).contains(json.dumps(word), autoescape=True)


def _tagged(session: Session, tag: str) -> Any:
    """A select of the versions that carry a tag themselves, or whose item is filed under it.

    A version's own tags are among the words that the index knows: it leaves few whose tags have to be compared.
    """
    carrying, filed = sa.orm.aliased(ItemVersion), sa.orm.aliased(ItemVersion)
    own = sa.select(col(carrying.id)).join(Wording, col(Wording.version_id) == col(carrying.id))
    under = sa.select(col(filed.id)).join(ItemTag, col(ItemTag.item_id) == col(filed.item_id))
    carried = own.where(_holds(carrying.tags, tag), *_said(session, tag, "tag")).correlate(None)
    return sa.union(carried, under.where(col(ItemTag.tag) == tag).correlate(None))


def _said(session: Session, text: str, name: str) -> Iterator[Any]:
    """The versions that say every word of a text."""
    for place, word in enumerate(wording.sought(text)):
        yield from _says(session, word, f"{name}_{place}")


def _says(session: Session, word: str, marker: str) -> Iterator[Any]:
    """The versions that say a word: those that the index finds, and of these the ones that really do."""
    dialect = session.get_bind().dialect.name
    if grams := wording.grams(word):
        yield sa.text(_BY_GRAMS[dialect].format(name=marker)).bindparams(**{marker: _asked(dialect, grams)})
    yield _WITHIN[dialect](col(Wording.said), word) > 0


def _asked(dialect: str, grams: tuple[str, ...]) -> str | list[str]:
    # Written as numbers, characters are neither split nor folded by SQLite's tokenizer, whatever they are.
    return list(grams) if dialect == "postgresql" else " ".join(gram.encode().hex() for gram in grams)
