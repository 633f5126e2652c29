"""Ending sessions from outside of them: those that are bound to a thing, and those of a person."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.tables import SignedIn
from service.kernel import sealing


def confined_to(session: Session, *confined: str, now: datetime) -> int:
    """End every session bound to these things, such as a seat that moves to another machine; how many there were."""
    live = col(SignedIn.confined).in_(confined), col(SignedIn.revoked_at).is_(None)
    ended = session.execute(sa.update(SignedIn).where(*live).values(revoked_at=now))
    assert isinstance(ended, sa.CursorResult)
    return ended.rowcount


def of_person(session: Session, person_id: int, *, apart_from: str, now: datetime) -> int:
    """End every session of a person's accounts but the one with the token ``apart_from``; how many there were."""
    live = (
        col(SignedIn.person_id) == person_id,
        col(SignedIn.account_id).is_not(None),
        col(SignedIn.revoked_at).is_(None),
        col(SignedIn.ends_at) > now,
        col(SignedIn.token_digest) != sealing.digest(apart_from.encode()),
    )
    ended = session.execute(sa.update(SignedIn).where(*live).values(revoked_at=now))
    assert isinstance(ended, sa.CursorResult)
    return ended.rowcount


def of_account(session: Session, account_id: int, *, now: datetime) -> int:
    """End every session of one account, whoever holds it; how many there were."""
    live = col(SignedIn.account_id) == account_id, col(SignedIn.revoked_at).is_(None), col(SignedIn.ends_at) > now
    ended = session.execute(sa.update(SignedIn).where(*live).values(revoked_at=now))
    assert isinstance(ended, sa.CursorResult)
    return ended.rowcount
