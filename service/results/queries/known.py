"""Which items of the bank were asked: a sealed paper carries their words, and nothing else that names them."""

from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sqlmodel import Session, col, select

from service.bank.tables import Item, ItemVersion

# The stem, the options and the digests of pictures, in an order of their own.
Words = tuple[str, tuple[tuple[str, str], ...], tuple[tuple[str, str], ...]]


@dataclass(frozen=True, slots=True)
class Known:
    """An item as the bank has it now: the newest version with these words. ``subject`` is empty where it has none."""

    code: str
    version_id: int
    subject: str
    edition: str


def words_of(stem: str, options: Mapping[str, str], pictures: Mapping[str, str]) -> Words:
    """The words of an item, to compare, and the digests of its pictures by place: equal words under another picture
    are another question."""
    return stem, tuple(sorted(options.items())), tuple(sorted(pictures.items()))


def by_words(session: Session, asked: Collection[Words]) -> dict[Words, Known]:
    """The items with these words; what the bank no longer knows is absent."""
    statement = (
        select(ItemVersion, Item.code)
        .join(Item, col(Item.id) == col(ItemVersion.item_id))
        .where(col(ItemVersion.stem).in_({stem for stem, *_ in asked}))
        .order_by(col(ItemVersion.id))
    )
    known = {
        words_of(one.stem, one.options, {place: named["digest"] for place, named in one.pictures.items()}): Known(
            code, one.id or 0, one.subject_slug or "", one.edition_slug
        )
        for one, code in session.exec(statement)
    }
    return {words: known[words] for words in asked if words in known}
