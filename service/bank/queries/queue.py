"""Reads on what waits for review: how much there is, and what comes next for one reviewer."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.rules import separation
from service.access.rules.duties import Duty
from service.access.rules.separation import Scope
from service.access.tables import Deed
from service.bank.queries import newest, searching
from service.bank.rules.items import State
from service.bank.rules.narrowing import Narrowing
from service.bank.tables import Item, ItemVersion, Trial


@dataclass(frozen=True, slots=True)
class Queued:
    """How many versions wait for a review, how many of them this person may review, and the id of the next of these."""

    waiting: int
    theirs: int
    next: int | None


def queued(session: Session, person_id: int | None, *, after: int | None = None) -> Queued:
    """What waits for review by this natural person, by item code; ``after`` is the id of a version to go on behind.

    Three statements however long the queue is and whoever wrote it: what this person wrote is left out by the
    database, not one by one.
    """
    waiting = _waiting()
    theirs = waiting.where(_open_to(person_id))
    further = theirs
    if after is not None:
        passed = sa.select(col(Item.code)).join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
        code = session.execute(passed.where(col(ItemVersion.id) == after)).scalar()
        further = theirs.where(col(Item.code) > code) if code is not None else theirs
    number = session.execute(sa.select(sa.func.count()).select_from(waiting.subquery())).scalar_one()
    open_to_them = session.execute(sa.select(sa.func.count()).select_from(theirs.subquery())).scalar_one()
    return Queued(number, open_to_them, session.execute(further.order_by(col(Item.code)).limit(1)).scalar())


def number_open(session: Session, person_id: int | None) -> int:
    """How many versions wait for a review that this natural person may give, in one statement."""
    theirs = _waiting().where(_open_to(person_id)).subquery()
    return int(session.execute(sa.select(sa.func.count()).select_from(theirs)).scalar_one())


def kept_back(person_id: int | None) -> Any:
    """The condition that this reviewer has to answer a version of an item before its key may leave in a file.

    What ``rules.reviewing.may_see_key`` asks of one version, asked of all in the database.
    """
    answered = sa.exists().where(col(Trial.version_id) == col(ItemVersion.id), col(Trial.person_id) == person_id)
    return sa.and_(col(ItemVersion.state) == State.SUBMITTED, _open_to(person_id), ~answered)


def number_kept_back(session: Session, person_id: int | None, asked: Narrowing) -> int:
    """Of how many items an export so narrowed would have to keep the newest version from this reviewer."""
    found = searching.listing(session, asked).where(newest.is_newest(), kept_back(person_id)).order_by(None)
    counted = found.with_only_columns(col(ItemVersion.id)).subquery()
    return int(session.execute(sa.select(sa.func.count()).select_from(counted)).scalar_one())


def _waiting() -> Any:
    return (
        sa.select(col(ItemVersion.id))
        .join(Item, col(ItemVersion.item_id) == col(Item.id))
        .where(col(ItemVersion.state) == State.SUBMITTED, newest.is_newest())
    )


def _open_to(person_id: int | None) -> Any:
    """Whether this person has done nothing to an item that excludes reviewing it."""
    subject = sa.literal(f"{Scope.ITEM}:") + sa.cast(col(Item.id), sa.Text)
    done = select(Deed.id).where(
        col(Deed.subject) == subject,
        col(Deed.person_id) == person_id,
        col(Deed.duty).in_(sorted(separation.excluding(Duty.REVIEW, Scope.ITEM))),
    )
    return ~sa.exists(done.correlate(Item))
