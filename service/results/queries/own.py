"""Reads for a candidate who asks for their own result."""

from collections.abc import Mapping
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.bank.tables import ItemVersion
from service.results.rules import ResultState
from service.results.tables import Guesses, Result

# The words of an item as a sealed paper carries them: they name no item, but nothing else has them.
Words = tuple[str, tuple[tuple[str, str], ...]]


def guesses(session: Session, ticket_number: str) -> Guesses | None:
    """The wrong guesses at a ticket number, locked: another one may be made at this moment."""
    return session.get(Guesses, ticket_number, with_for_update=True, populate_existing=True)


def forget_guesses(session: Session, before: datetime) -> None:
    """Guesses that count no more go, so that whoever tries every number does not fill the table."""
    session.execute(sa.delete(Guesses).where(col(Guesses.since) < before))


def published_versions(session: Session, seat_id: int) -> list[Result]:
    """The published versions of a seat's result, oldest first: a correction leaves the earlier ones readable."""
    statement = select(Result).where(Result.seat_id == seat_id, Result.state == ResultState.PUBLISHED)
    return list(session.exec(statement.order_by(col(Result.version))))


def subjects_of(session: Session, asked: Mapping[int, Words]) -> dict[int, str]:
    """The subject of the item at each position, found in the bank by the item's words; empty where it has none."""
    stems = {stem for stem, _ in asked.values()}
    statement = select(ItemVersion.stem, ItemVersion.options, ItemVersion.subject_slug)
    found = session.exec(statement.where(col(ItemVersion.stem).in_(stems)).order_by(col(ItemVersion.id)))
    known = {(stem, words_of(options)): slug or "" for stem, options, slug in found}
    return {position: known.get(words, "") for position, words in asked.items()}


def words_of(options: Mapping[str, str]) -> tuple[tuple[str, str], ...]:
    """The options of an item in an order of their own, to compare."""
    return tuple(sorted(options.items()))
