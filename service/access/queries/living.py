"""Reads on live sessions and the accounts behind them."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.tables import SignedIn
from service.kernel.bounds import EARLIEST
from service.kernel.by_hand import Query
from service.kernel.database import read


def live_session(session: Session, token_digest: str, now: datetime) -> SignedIn | None:
    """A session that has neither ended nor been revoked."""
    found = session.get(SignedIn, token_digest)
    if found is None or found.revoked_at is not None or found.ends_at <= now:
        return None
    return found


@dataclass(frozen=True, slots=True)
class LiveAccount:
    """The open account behind a live session, with its person and organisation."""

    account_id: int
    person_id: int
    name: str
    organisation_id: int
    organisation_kind: str
    organisation_name: str
    county: str
    factor: str = ""
    provisional: bool = False
    doubted: bool = False
    seen_at: datetime = EARLIEST


_LIVE_ACCOUNTS = Query("""
SELECT n.token_digest, COALESCE(n.seen_at, n.began_at), a.id, p.id, p.name, o.id, o.kind, o.name, o.county, n.factor,
    a.one_time_until IS NOT NULL, a.doubted
FROM access_session n
JOIN access_account a ON a.id = n.account_id
JOIN access_person p ON p.id = n.person_id
JOIN access_organisation o ON o.id = a.organisation_id
WHERE n.token_digest IN ?* AND n.revoked_at IS NULL AND n.ends_at > ? AND a.active
""")


def live_accounts(session: Session, token_digests: Collection[str], now: datetime) -> dict[str, LiveAccount]:
    """The open accounts behind live sessions, by the digest of the session's token."""
    rows = _LIVE_ACCOUNTS.rows(session, list(token_digests), now)
    return {digest: LiveAccount(*[*row, read(seen_at) or EARLIEST]) for digest, seen_at, *row in rows}
