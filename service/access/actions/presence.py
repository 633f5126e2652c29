"""When sessions were last used. Noted in memory at each request and written down at intervals, not at each request.

Looking must not cost a write. A crash forgets the last half minute, by which a session then ends earlier; another
process learns of it half a minute late.
"""

import threading
from datetime import datetime, timedelta

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.tables import SignedIn
from service.kernel import settings

COARSE = timedelta(minutes=1)
_noted: dict[str, datetime] = {}
_lock = threading.Lock()


def is_idle(token_digest: str, seen_at: datetime, now: datetime) -> bool:
    """Whether nothing was asked under a session for so long that it has ended."""
    last = max(seen_at, _noted.get(token_digest, seen_at))
    return last + timedelta(minutes=settings.current().idle_minutes) <= now


def note(token_digest: str, seen_at: datetime, now: datetime) -> None:
    """Note that a session was used; what the database knows to within a minute is not noted again."""
    if now - seen_at > COARSE:
        with _lock:
            _noted[token_digest] = now


def is_due() -> bool:
    """Whether there is anything to write down."""
    return bool(_noted)


def write_down(session: Session) -> int:
    """Write down when sessions were last used; how many there were."""
    with _lock:
        noted = dict(_noted)
        _noted.clear()
    for digest, at in sorted(noted.items()):
        newer = sa.or_(col(SignedIn.seen_at).is_(None), col(SignedIn.seen_at) < at)
        session.execute(sa.update(SignedIn).where(col(SignedIn.token_digest) == digest, newer).values(seen_at=at))
    return len(noted)
