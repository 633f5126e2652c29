"""Reads on emergency duties."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.tables import Account, Person
from service.access.tables.doors import EmergencyDuty, EmergencySeen


@dataclass(frozen=True, slots=True)
class Line:
    """An emergency duty, who was to have it, and by name whoever had a hand in it or took note of it."""

    row: EmergencyDuty
    holder: Person
    asker: Person
    decider: Person | None
    seen: EmergencySeen | None
    seer: Person | None

    def concerns(self, person_id: int | None) -> bool:
        """Whether it was given, nobody has taken note of it, and this person had no hand in it."""
        hands = {self.holder.id, self.row.asked_by, self.row.decided_by}
        return self.row.confirmed and self.seen is None and person_id not in hands


def emergency(session: Session, emergency_id: int, *, lock: bool = False) -> EmergencyDuty | None:
    return session.get(EmergencyDuty, emergency_id, with_for_update=lock or None, populate_existing=lock)


def seen(session: Session, emergency_id: int) -> EmergencySeen | None:
    """Who took note of it, if anybody did."""
    return session.get(EmergencySeen, emergency_id)


def line(session: Session, emergency_id: int) -> Line | None:
    """One of them."""
    return next(iter(_lines(session, col(EmergencyDuty.id) == emergency_id)), None)


def lines(session: Session, limit: int = 50) -> list[Line]:
    """The newest emergency duties, whatever became of them, and before them those that nobody has taken note of."""
    newest = _lines(session, limit=limit)
    shown = {one.row.id for one in newest}
    return [*(one for one in unseen(session) if one.row.id not in shown), *newest]


def unseen(session: Session) -> list[Line]:
    """Those that were given and nobody has taken note of, newest first."""
    return _lines(session, col(EmergencyDuty.confirmed).is_(True), col(EmergencySeen.seen_at).is_(None))


def due(session: Session, now: datetime) -> list[EmergencyDuty]:
    """Those that hold although their minutes are over."""
    over = col(EmergencyDuty.ends_at) <= now, col(EmergencyDuty.ended_at).is_(None)
    return list(session.exec(select(EmergencyDuty).where(*over).order_by(col(EmergencyDuty.id))))


def _lines(session: Session, *conditions: sa.ColumnElement[bool], limit: int | None = None) -> list[Line]:
    asker, decider, seer = aliased(Person), aliased(Person), aliased(Person)
    statement = (
        sa.select(EmergencyDuty, Person, asker, decider, EmergencySeen, seer)
        .join(Account, col(Account.id) == col(EmergencyDuty.account_id))
        .join(Person, col(Person.id) == col(Account.person_id))
        .join(asker, col(asker.id) == col(EmergencyDuty.asked_by))
        .outerjoin(decider, col(decider.id) == col(EmergencyDuty.decided_by))
        .outerjoin(EmergencySeen, col(EmergencySeen.emergency_id) == col(EmergencyDuty.id))
        .outerjoin(seer, col(seer.id) == col(EmergencySeen.seen_by))
        .where(*conditions)
        .order_by(col(EmergencyDuty.id).desc())
        .limit(limit)
    )
    return [Line(*found) for found in session.execute(statement)]
