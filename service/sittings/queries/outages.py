"""Reads on times when the service itself was away."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.journal.tables import JournalEntry
from service.sittings.tables import Outage, Presence, SignOfLife, Sitting

# Nobody makes good what was lost on another day.
_RECENT = timedelta(hours=12)


def recent(session: Session, now: datetime) -> list[int]:
    """The sittings that have begun within hours and were not cancelled, in one order."""
    statement = select(Sitting.id).where(
        col(Sitting.starts_at).between(now - _RECENT, now), col(Sitting.cancelled_at).is_(None)
    )
    return [one for one in session.exec(statement.order_by(col(Sitting.id))) if one is not None]


def last_sign(session: Session, sitting_ids: Sequence[int]) -> datetime | None:
    """When the service was last alive: it said so, heard a machine of one of these sittings, or came back.

    Of an installation that never said so yet, a machine that was heard is proof that the service could hear; and where
    no machine was ever heard, the newest entry of the record is.
    """
    heard = sa.select(sa.func.max(col(Presence.seen_at))).where(col(Presence.sitting_id).in_(sitting_ids))
    back = sa.select(sa.func.max(col(Outage.until_at))).where(col(Outage.sitting_id).in_(sitting_ids))
    found = (alive_at(session), session.execute(heard).scalar(), session.execute(back).scalar())
    signs = [one for one in found if one is not None]
    return max(signs) if signs else _last_entry(session)


def sign_of_life(session: Session) -> SignOfLife | None:
    """The service's own sign of life, locked: of two processes that come back at once the second finds it renewed."""
    return session.get(SignOfLife, 1, with_for_update=True, populate_existing=True)


def alive_at(session: Session) -> datetime | None:
    """When the service last said that it was alive."""
    return session.execute(sa.select(col(SignOfLife.alive_at))).scalar()


def _last_entry(session: Session) -> datetime | None:
    statement = select(JournalEntry.at).order_by(col(JournalEntry.seq).desc()).limit(1)
    at = session.exec(statement).first()
    return datetime.fromisoformat(at) if at is not None else None


def of_sitting(session: Session, sitting_id: int) -> list[Outage]:
    """The outages of a sitting, in order."""
    statement = select(Outage).where(Outage.sitting_id == sitting_id).order_by(col(Outage.from_at))
    return list(session.exec(statement))


def of_record(session: Session, sitting_id: int) -> dict[str, Any]:
    """The part of a room record that tells of outages of the service, where there was any."""
    found = [
        {"from_at": one.from_at, "until_at": one.until_at, "seconds": one.seconds, "anew": one.anew}
        for one in of_sitting(session, sitting_id)
    ]
    # Left out where the service was never away, so that records signed before this part existed still say the same.
    return {"outages": found} if found else {}
