"""Reads for those who watch a board."""

from collections.abc import Collection
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.tables import SignedIn
from service.kernel.database import Instant

_LIVE = sa.select(col(SignedIn.token_digest)).where(
    col(SignedIn.token_digest).in_(sa.bindparam("digests", expanding=True)),
    col(SignedIn.revoked_at).is_(None),
    col(SignedIn.ends_at) > sa.bindparam("now", type_=Instant),
)


def live(session: Session, token_digests: Collection[str], now: datetime) -> set[str]:
    """Those of the sessions that have neither ended nor been revoked."""
    return set(session.execute(_LIVE, {"digests": list(token_digests), "now": now}).scalars())
