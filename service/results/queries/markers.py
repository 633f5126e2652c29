"""Who marks free texts: who could, and the names of those who did."""

from collections.abc import Collection

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Account, DutyHeld, Person


def names(session: Session, person_ids: Collection[int]) -> dict[int, str]:
    """The names of those who marked."""
    rows = session.exec(select(Person.id, Person.name).where(col(Person.id).in_(person_ids)))
    return {person_id: name for person_id, name in rows if person_id is not None}


def holders(session: Session, duty: str) -> list[tuple[int, str]]:
    """Everybody who holds the duty of marking in any account, by name."""
    statement = (
        sa.select(col(Person.id), col(Person.name))
        .join(Account, col(Account.person_id) == col(Person.id))
        .join(DutyHeld, col(DutyHeld.account_id) == col(Account.id))
        .where(col(DutyHeld.duty) == duty, col(DutyHeld.revoked_at).is_(None))
        .distinct()
        .order_by(col(Person.name))
    )
    return [(int(person_id or 0), name) for person_id, name in session.execute(statement)]
