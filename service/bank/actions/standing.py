"""Taking approved items out of use and putting them back: one person suspends at once, another one settles it."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.bank import queries
from service.bank.queries import standing
from service.bank.rules import items, reviewing
from service.bank.rules.items import State
from service.bank.tables import Item, ItemVersion, Standing
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision

_EVENTS = {
    State.SUSPENDED: Event.ITEM_SUSPENDED,
    State.APPROVED: Event.ITEM_RESUMED,
    State.RETIRED: Event.ITEM_RETIRED,
}


def suspend(session: Session, actor: Actor, version_id: int, *, reason: str, now: datetime) -> ItemVersion:
    """Take an approved version out of every assembly from now on; one person may, for waiting could harm an exam.

    Raises:
        WrongState: the version is not in use.
        Malformed: no reason is given.
    """
    item, version = _load(session, version_id)

    using.require_right(actor, Right.BANK_SUSPEND)

    items.may_move(State(version.state), State.SUSPENDED).or_refuse()
    return _move(session, actor, item, version, State.SUSPENDED, reason, now)


def settle(session: Session, actor: Actor, version_id: int, *, retire: bool, reason: str, now: datetime) -> ItemVersion:
    """Retire a suspended version for good, or put it back in use.

    Raises:
        Refused: by whoever suspended it, or by its author.
        WrongState: the version is not suspended.
        Malformed: no reason is given.
    """
    item, version = _load(session, version_id)

    using.require_right(actor, Right.BANK_REVIEW)

    target = State.RETIRED if retire else State.APPROVED
    _require_suspended(State(version.state), target)
    may_settle(session, actor, version_id).or_refuse()
    using.use_duty(session, actor, Duty.REVIEW, f"item:{item.id}", now=now)
    return _move(session, actor, item, version, target, reason, now)


def may_settle(session: Session, actor: Actor, version_id: int) -> Decision:
    """Whether this person may settle what becomes of a suspended version."""
    return reviewing.may_settle(standing.suspended_by(session, version_id), actor.person_id)


def _load(session: Session, version_id: int) -> tuple[Item, ItemVersion]:
    found = queries.version(session, version_id)
    if found is None:
        raise errors.NotFound()
    return found


def _require_suspended(state: State, target: State) -> None:
    # From submitted to approved leads a move, too, but that is a review.
    if state is not State.SUSPENDED:
        raise errors.WrongState(
            "item_not_suspended",
            "试题现在是“{state}”，不能改为“{target}”。",
            state=items.STATE_NAMES[state],
            target=items.STATE_NAMES[target],
        )
    items.may_move(state, target).or_refuse()


def _move(
    session: Session, actor: Actor, item: Item, version: ItemVersion, state: State, reason: str, now: datetime
) -> ItemVersion:
    if not reason.strip():
        raise errors.Malformed("reason_missing", "须写明理由。")
    assert actor.person_id is not None and version.id is not None
    version.state = state
    row = Standing(version_id=version.id, state=state, reason=reason.strip(), set_at=now, set_by=actor.person_id)
    session.add_all([version, row])
    session.flush()

    data = {"code": item.code, "version": version.number, "digest": version.digest, "reason": reason.strip()}
    record(session, _EVENTS[state], actor.label, f"item:{item.id}", now=now, data=data)
    return version
