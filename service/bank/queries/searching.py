"""Looking through the bank: narrowed, searched by what items say, and read stretch by stretch."""

import json
from collections.abc import Iterator
from typing import Any

import sqlalchemy as sa
import sqlalchemy.orm
from sqlmodel import Session, col

from service.bank.rules import wording
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
    if found := [*_said(session, asked.text)]:
        statement = statement.join(Wording, col(Wording.version_id) == col(ItemVersion.id)).where(*found)
    return statement.order_by(*ORDER)


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


def _said(session: Session, text: str, name: str = "word") -> Iterator[Any]:
    """The versions that say every word of a text: those that the index finds, and of these the ones that really do."""
    dialect = session.get_bind().dialect.name
    for place, word in enumerate(wording.sought(text)):
        if grams := wording.grams(word):
            marker = f"{name}_{place}"
            yield sa.text(_BY_GRAMS[dialect].format(name=marker)).bindparams(**{marker: _asked(dialect, grams)})
        yield _WITHIN[dialect](col(Wording.said), word) > 0


def _asked(dialect: str, grams: tuple[str, ...]) -> str | list[str]:
    # Written as numbers, characters are neither split nor folded by SQLite's tokenizer, whatever they are.
    return list(grams) if dialect == "postgresql" else " ".join(gram.encode().hex() for gram in grams)
