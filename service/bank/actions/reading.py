"""Reading items with their keys, and answering them before that, as whoever reviews must."""

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, holds
from service.bank import queries
from service.bank.queries import standing
from service.bank.rules import drafting, reviewing
from service.bank.rules.items import Kind, State
from service.bank.tables import Item, ItemVersion, Trial
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision, first_refusal


@dataclass(frozen=True, slots=True)
class Found:
    """A version with its item, what this reader answered to it, and whether its key may be shown to them."""

    item: Item
    version: ItemVersion
    trial: Trial | None
    key: Decision


def find(session: Session, actor: Actor, version_id: int) -> Found:
    """A version as it may be shown to this reader; the key is theirs to see only where ``key`` allows.

    Raises:
        NotFound: no such version, or its author took it back and somebody else asks.
    """
    using.require_right(actor, Right.BANK_READ)

    found = queries.version(session, version_id)
    if found is None or not drafting.is_theirs(State(found[1].state), found[1].submitted_by, actor.person_id):
        raise errors.NotFound()
    item, version = found
    trial = standing.trial(session, version_id, actor.person_id)
    reviews = holds(actor, Right.BANK_REVIEW) and _may_review(session, actor, item).allowed
    key = reviewing.may_see_key(State(version.state), reviews=reviews, answered=trial is not None)
    return Found(item, version, trial, key)


def read_item(session: Session, actor: Actor, version_id: int, *, now: datetime) -> tuple[Item, ItemVersion]:
    """One item with its key; the reading goes on record.

    Raises:
        WrongState: the reader is to review it, and has not answered it yet.
    """
    found = find(session, actor, version_id)

    found.key.or_refuse()

    data = {"version": found.version.number}
    record(session, Event.ITEM_READ, actor.label, f"item:{found.item.id}", now=now, data=data)
    return found.item, found.version


def answer_item(session: Session, actor: Actor, version_id: int, chosen: Collection[str], *, now: datetime) -> Trial:
    """A reviewer answers what waits for review, before seeing its key.

    The journal says only whether the answer was right: the answer itself would tell the key to whoever reads that.

    Raises:
        WrongState: answered before, or it waits for no review.
        Refused: the reader is the author, under whatever account.
        Malformed: no item of this kind is answered so.
    """
    found = queries.version(session, version_id)
    if found is None:
        raise errors.NotFound()
    item, version = found

    using.require_right(actor, Right.BANK_REVIEW)

    answered = standing.trial(session, version_id, actor.person_id) is not None
    reviewing.may_answer(State(version.state), answered=answered).or_refuse()
    _may_review(session, actor, item).or_refuse()
    kind = Kind(version.kind)
    answer = reviewing.answer_of(kind, chosen)
    if answer is None:
        raise errors.Malformed(
            "answer_malformed", "单选题和判断题选一项，多选题至少选一项，填空题填1至40个字，简答题写1至600个字。"
        )

    assert actor.person_id is not None
    right = reviewing.is_right(kind, version.key, answer)
    trial = Trial(version_id=version_id, person_id=actor.person_id, answer=answer, right=right, answered_at=now)
    session.add(trial)
    session.flush()

    data = {"code": item.code, "version": version.number, "right": right}
    record(session, Event.ITEM_ANSWERED, actor.label, f"item:{item.id}", now=now, data=data)
    return trial


def _may_review(session: Session, actor: Actor, item: Item) -> Decision:
    if actor.person_id is None:
        return first_refusal()
    return first_refusal(*using.may_use_duty(session, actor.person_id, Duty.REVIEW, f"item:{item.id}"))
