"""Reads on editions with their dates, and on how many items rest on each of them."""

from collections import Counter
from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session, col

from service.bank.queries import newest, standing
from service.bank.rules.items import State
from service.bank.rules.repeal import Dated
from service.bank.tables import Edition, ItemVersion


def dated(edition: Edition) -> Dated:
    """One edition with its dates, as the rules on repeals take it."""
    return Dated(edition.slug, edition.regulation, edition.effective_on, edition.repealed_on, edition.articles)


def counts(session: Session) -> Counter[tuple[str, str]]:
    """How many items there are by (edition, state), each by its newest version, in one statement."""
    number = sa.func.count()
    statement = sa.select(col(ItemVersion.edition_slug), col(ItemVersion.state), number)
    grouped = statement.where(newest.is_newest()).group_by(col(ItemVersion.edition_slug), col(ItemVersion.state))
    return Counter({(slug, state): found for slug, state, found in session.execute(grouped)})


def in_use(session: Session, editions: Collection[str]) -> Counter[tuple[str, int]]:
    """How many items in use rest on these editions, by (edition, article): those that ``standing.resting_on`` lists."""
    used = col(ItemVersion.state) == State.APPROVED, col(ItemVersion.edition_slug).in_(sorted(editions))
    # Mostly there is none, and then the versions of the whole bank need not be put in order.
    if not session.execute(sa.select(sa.exists().where(*used))).scalar_one():
        return Counter()
    found = standing.resting_on(editions).order_by(None)
    columns = (col(ItemVersion.edition_slug), col(ItemVersion.article))
    statement = found.with_only_columns(*columns, sa.func.count()).group_by(*columns)
    return Counter({(slug, article): number for slug, article, number in session.execute(statement)})
