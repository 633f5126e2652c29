"""One's own sessions: which there are, ending them, and proving within one that it is still its holder."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.access.actions import custody, factors, holding
from service.access.actions.custody import Hand
from service.access.actions.using import require_right
from service.access.queries import doors
from service.access.rules.policy import Actor, Right
from service.access.rules.proofs import Factor
from service.access.tables import SignedIn
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.decision import ALLOWED, Decision, refuse

# A session is called by the beginning of its token's digest, from which nobody finds the token.
NAME_LETTERS = 16


def name_of(row: SignedIn) -> str:
    """What a session is called where its holder ends it."""
    return row.token_digest[:NAME_LETTERS]


def end(session: Session, actor: Actor, name: str, *, now: datetime) -> None:
    """End one of one's own sessions, wherever it is.

    Raises:
        NotFound: there is no such session, or it is somebody else's.
    """
    mine = doors.sessions_of(session, actor.account_id or 0, now)
    row = next((one for one in mine if name_of(one) == name), None)
    if row is None:
        raise errors.NotFound()

    require_right(actor, Right.SIGNED_IN)

    row.revoked_at = now
    session.add(row)
    session.flush()

    record(session, Event.SESSIONS_ENDED, actor.label, actor.label, now=now, data={"ended": 1})


def end_others(session: Session, actor: Actor, token: str, *, now: datetime) -> int:
    """End all of one's own sessions but the one that asks; how many there were."""
    require_right(actor, Right.SIGNED_IN)

    ended = _end(session, actor, token, now=now)

    record(session, Event.SESSIONS_ENDED, actor.label, actor.label, now=now, data={"ended": ended})
    return ended


def prove(session: Session, actor: Actor, token: str, hand: Hand, code: str, *, now: datetime) -> Decision:
    """Prove within a session that its holder is still there, by the password (``hand``) or by a code.

    A refusal is a return value: wrong ones are counted.
    """
    account = factors.own_account(session, actor)
    assert account.id is not None
    factor = Factor.NONE
    if code:
        decision, factor = _judge_code(session, actor, code, now)
    else:
        decision = custody.judge_password(session, actor, hand, now=now)
    row = session.get(SignedIn, sealing.digest(token.encode()))
    if not decision.allowed or row is None:
        return decision

    row.proven_at = now
    # Whoever set up a second factor within this session has shown it now.
    row.factor = factor or row.factor
    session.add(row)
    session.flush()

    data = {"by": factor or "password"}
    record(session, Event.STEPPED_UP, actor.label, f"account:{account.id}", now=now, data=data)
    return decision


def _judge_code(session: Session, actor: Actor, code: str, now: datetime) -> tuple[Decision, Factor]:
    account = factors.own_account(session, actor)
    assert account.id is not None
    held = holding.judge(session, account.id, holding.INSIDE, now=now)
    if not held.allowed:
        return held, Factor.NONE
    factor = factors.use_code(session, account.id, code, now=now)
    if factor is None:
        holding.count_failure(session, account, holding.INSIDE, now=now)
        return refuse("wrong_second_factor", "动态口令或恢复码不对，或已用过。请用新的口令重试。"), Factor.NONE
    holding.forgive(session, account.id, holding.INSIDE)
    return ALLOWED, factor


def keep_equipped(session: Session, actor: Actor, token: str, factor: Factor, *, now: datetime) -> int:
    """A second factor that was just set up counts as shown in this session; those that showed none end.

    Whoever knew the password could have opened such a session before, and would put another factor in its place.
    Returns how many ended.
    """
    row = session.get(SignedIn, sealing.digest(token.encode()))
    if row is None:
        return 0
    row.factor = factor
    session.add(row)
    session.flush()
    ended = _end(session, actor, token, col(SignedIn.factor) == Factor.NONE, now=now)
    if ended:
        record(session, Event.SESSIONS_ENDED, actor.label, actor.label, now=now, data={"ended": ended})
    return ended


def _end(session: Session, actor: Actor, token: str, *which: sa.ColumnElement[bool], now: datetime) -> int:
    """End those of one's own living sessions but the one that asks; how many there were."""
    others = (
        col(SignedIn.account_id) == (actor.account_id or 0),
        col(SignedIn.revoked_at).is_(None),
        col(SignedIn.ends_at) > now,
        col(SignedIn.token_digest) != sealing.digest(token.encode()),
    )
    ended = session.execute(sa.update(SignedIn).where(*others, *which).values(revoked_at=now))
    assert isinstance(ended, sa.CursorResult)
    return ended.rowcount
