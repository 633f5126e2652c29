"""What of the bank waits for one person: counted for the first page, each number with a page that shows just that."""

from dataclasses import dataclass

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, holds
from service.bank import queries
from service.bank.queries import drafts, queue, resting
from service.bank.rules import repeal
from service.bank.rules.items import State
from service.kernel import clock
from service.kernel.decision import first_refusal


@dataclass(frozen=True, slots=True)
class Desk:
    """How many items wait for this person: to be reviewed, without their own; sent back to them; begun and not
    submitted; submitted or imported by them and waiting for somebody else; resting on an edition that ends."""

    to_review: int = 0
    returned: int = 0
    drafts: int = 0
    submitted: int = 0
    ending: int = 0


def of(session: Session, actor: Actor) -> Desk:
    """What waits for this person; nothing of what their duties do not let them do."""
    writes = holds(actor, Right.BANK_AUTHOR) and actor.person_id is not None
    return Desk(
        to_review=_to_review(session, actor),
        returned=drafts.number(session, actor.person_id, State.REJECTED) if writes else 0,
        drafts=drafts.count(session, actor.person_id) if writes else 0,
        submitted=drafts.number(session, actor.person_id, State.SUBMITTED) if writes else 0,
        ending=_ending(session) if holds(actor, Right.BANK_READ) else 0,
    )


def _to_review(session: Session, actor: Actor) -> int:
    """As the page of reviews has it: nothing for whom another duty or an employer keeps from reviewing at all."""
    if not holds(actor, Right.BANK_REVIEW) or actor.person_id is None:
        return 0
    allowed = first_refusal(*using.may_use_duty(session, actor.person_id, Duty.REVIEW)).allowed
    return queue.number_open(session, actor.person_id) if allowed else 0


def _ending(session: Session) -> int:
    ending = repeal.ending(map(resting.dated, queries.editions(session).values()), clock.today())
    return resting.in_use(session, [one.slug for one in ending]).total()
