"""Reads on what an author is writing, on what they have submitted that waits, and on what came back to them."""

from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.bank.queries import newest
from service.bank.rules.items import State
from service.bank.tables import Draft, Item, ItemVersion, Trial


def draft(session: Session, draft_id: int, person_id: int | None) -> Draft | None:
    """A draft of this person's; nobody else's is there for them."""
    found = session.get(Draft, draft_id)
    return found if found is not None and found.person_id == person_id else None


def drafts(session: Session, person_id: int | None) -> list[Draft]:
    """All drafts of a person, the last saved first."""
    statement = select(Draft).where(Draft.person_id == person_id)
    return list(session.exec(statement.order_by(col(Draft.saved_at).desc(), col(Draft.id).desc())))


def count(session: Session, person_id: int | None) -> int:
    """How many drafts a person has."""
    return session.exec(select(sa.func.count()).where(Draft.person_id == person_id)).one()


def waiting(session: Session, person_id: int | None, most: int) -> list[tuple[Item, ItemVersion, bool]]:
    """(item, version, whether a reviewer has answered it) of what a person submitted that waits, newest first."""
    begun = sa.exists().where(col(Trial.version_id) == col(ItemVersion.id))
    statement = (
        sa.select(Item, ItemVersion, begun)
        .join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
        .where(col(ItemVersion.state) == State.SUBMITTED, col(ItemVersion.submitted_by) == person_id)
        .order_by(col(ItemVersion.id).desc())
        .limit(most)
    )
    return [(item, version, bool(answered)) for item, version, answered in session.execute(statement)]


def returned(session: Session, person_id: int | None, most: int) -> list[tuple[Item, ItemVersion]]:
    """What a person submitted that a reviewer sent back and that is still the newest of its item, newest first."""
    statement = (
        select(Item, ItemVersion)
        .join(ItemVersion, col(ItemVersion.item_id) == col(Item.id))
        .where(*_own(person_id, State.REJECTED))
        .order_by(col(ItemVersion.reviewed_at).desc(), col(ItemVersion.id).desc())
    )
    return list(session.exec(statement.limit(most)))


def number(session: Session, person_id: int | None, state: State) -> int:
    """How many items there are whose newest version this person submitted and that stand so."""
    return session.exec(select(sa.func.count()).select_from(ItemVersion).where(*_own(person_id, state))).one()


def _own(person_id: int | None, state: State) -> tuple[Any, ...]:
    return col(ItemVersion.state) == state, col(ItemVersion.submitted_by) == person_id, newest.is_newest()


def answered(session: Session, version_id: int) -> bool:
    """Whether any reviewer has answered a version."""
    return session.exec(select(Trial.person_id).where(Trial.version_id == version_id).limit(1)).first() is not None


def codes(session: Session, prefix: str) -> list[str]:
    """The codes of all items whose letters are these."""
    return list(session.exec(select(Item.code).where(col(Item.code).startswith(f"{prefix}-", autoescape=True))))
