"""What the security administrator does for accounts besides granting duties: lifting the holds on signing in, and
ending sessions that somebody else may hold."""

from datetime import datetime

from sqlmodel import Session

from service.access import queries
from service.access.actions import ending, holding
from service.access.actions.using import require_right
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors


def lift_locks(session: Session, actor: Actor, account_id: int, *, now: datetime) -> int:
    """Let an account be tried again from everywhere; how many places had failures.

    Raises:
        NotFound: there is no such account.
    """
    account = queries.account(session, account_id, lock=True)
    if account is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_GRANT)

    places = holding.release(session, account_id)

    record(session, Event.LOCK_LIFTED, actor.label, f"account:{account_id}", now=now, data={"places": places})
    return places


def end_sessions(session: Session, actor: Actor, account_id: int, *, now: datetime) -> int:
    """End every session of an account; how many there were. Whoever knows the password may sign in again.

    Raises:
        NotFound: there is no such account.
    """
    account = queries.account(session, account_id, lock=True)
    if account is None:
        raise errors.NotFound()

    require_right(actor, Right.DUTIES_GRANT)

    ended = ending.of_account(session, account_id, now=now)

    data = {"ended": ended}
    record(session, Event.SESSIONS_ENDED, actor.label, f"account:{account_id}", now=now, data=data)
    return ended
