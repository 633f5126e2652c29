"""The pictures of items that a paper is made of, from the bank: to be sealed with it, or shown before that."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session

from service.bank.queries import picturing as bank
from service.bank.rules.items import ItemText
from service.papers.actions import picturing
from service.papers.tables import PaperForm


def seal(session: Session, form: PaperForm, texts: Mapping[int, ItemText], key: bytes) -> dict[int, dict[str, object]]:
    """Seal the pictures of a form; what its words say of them, by position and place (``picturing.Picture``)."""
    rows = bank.pictures(session, _named(texts.values()))
    if not rows:
        return {}
    picturing.seal(session, form, {digest: bytes(row.content) for digest, row in rows.items()}, key)
    facts = {
        digest: {"digest": digest, "media_type": row.media_type, "width": row.width, "height": row.height}
        for digest, row in rows.items()
    }
    return {
        position: {place: {**facts[one.digest], "words": one.words} for place, one in text.pictures.items()}
        for position, text in texts.items()
        if text.pictures
    }


def sources(session: Session, texts: Iterable[ItemText]) -> dict[str, str]:
    """The pictures of unsealed items as addresses that hold them, by digest: whoever is shown the words is shown these
    in the same act, and no other address has them."""
    rows = bank.pictures(session, _named(texts))
    return {digest: picturing.source(bytes(row.content), row.media_type) for digest, row in rows.items()}


def _named(texts: Iterable[ItemText]) -> set[str]:
    return {one.digest for text in texts for one in text.pictures.values()}
