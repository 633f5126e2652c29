"""Reads on what ends with an account, and on whether anybody is left who does an administrator's work."""

from collections.abc import Collection

from sqlmodel import Session, col, select

from service.access.rules.duties import ADMINISTRATORS, Duty
from service.access.tables import Account, DutyHeld


def held_duties(session: Session, account_id: int) -> list[DutyHeld]:
    """The duties of an account that nobody took back, by name."""
    living = DutyHeld.account_id == account_id, col(DutyHeld.revoked_at).is_(None)
    return list(session.exec(select(DutyHeld).where(*living).order_by(DutyHeld.duty)))


def last_holder_of(session: Session, account_id: int, *, lock: bool = False) -> list[Duty]:
    """The administrators' duties that no other open account could do at once, were this one gone.

    Locked, two accounts that close at the same moment wait for each other here: the second sees what the first left.
    """
    living = col(DutyHeld.revoked_at).is_(None), col(DutyHeld.duty).in_(sorted(ADMINISTRATORS))
    statement = select(DutyHeld).where(*living).order_by(col(DutyHeld.id))
    rows = session.exec(statement.with_for_update() if lock else statement).all()
    mine = {row.duty for row in rows if row.account_id == account_id}
    able = _able(session, [row.account_id for row in rows if row.account_id != account_id])
    others = {row.duty for row in rows if row.account_id in able}
    return [Duty(duty) for duty in sorted(mine - others)]


def _able(session: Session, account_ids: Collection[int]) -> set[int | None]:
    """Of these accounts those that are open, and whose duties do not sleep until somebody has vouched for them."""
    awake = col(Account.id).in_(account_ids), col(Account.active), col(Account.doubted).is_(False)
    return set(session.exec(select(Account.id).where(*awake)))
