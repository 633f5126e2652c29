"""Reads on who has made questions or papers, and on who is to sit an exam."""

from collections.abc import Collection
from datetime import date, datetime, time

from sqlmodel import Session, col, or_, select

from service.access.rules.duties import MAKERS, Duty
from service.access.tables import Account, Deed, DutyHeld, Person
from service.kernel import clock


def made(session: Session, person_ids: Collection[int], *, ended_after: date) -> dict[int, set[str]]:
    """The duties of making by which each person ever did anything, or which they held after ``ended_after``.

    Who only held a duty may have read all there was to read.
    """
    found: dict[int, set[str]] = {person_id: set() for person_id in person_ids}
    done = select(Deed.person_id, Deed.duty).where(col(Deed.person_id).in_(person_ids), col(Deed.duty).in_(MAKERS))
    held = (
        select(Account.person_id, DutyHeld.duty)
        .join(Account, col(Account.id) == col(DutyHeld.account_id))
        .where(
            col(Account.person_id).in_(person_ids),
            col(DutyHeld.duty).in_(MAKERS),
            or_(col(DutyHeld.revoked_at).is_(None), col(DutyHeld.revoked_at) > _start(ended_after)),
        )
    )
    for statement in (done.distinct(), held.distinct()):
        for person_id, duty in session.exec(statement):
            found[person_id].add(duty)
    return found


def lock(session: Session, person_ids: Collection[int]) -> None:
    """Let nobody be charged with a duty, or use another one, while it is decided whether they may teach, sit or act.

    In the order of their numbers, so that two who lock several wait for each other and not in a ring; what only refers
    to a person goes on.
    """
    these = select(Person.id).where(col(Person.id).in_(person_ids)).order_by(col(Person.id))
    session.exec(these.with_for_update(key_share=True)).all()


def sitting(session: Session, person_ids: Collection[int], *, ended_after: date) -> set[int]:
    """Of these persons those who were put on the roster of a class after ``ended_after``."""
    statement = select(Deed.person_id).where(
        col(Deed.person_id).in_(person_ids), Deed.duty == Duty.SIT, col(Deed.done_at) > _start(ended_after)
    )
    return set(session.exec(statement))


def _start(day: date) -> datetime:
    return datetime.combine(day, time(), clock.LOCAL)
