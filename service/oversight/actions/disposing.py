"""Disposing of what has been kept long enough: proposed by one, confirmed by another, and never forgotten."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors, settings
from service.kernel.decision import first_refusal
from service.oversight.queries import disposing as queries
from service.oversight.rules import retention as rules
from service.oversight.rules.retention import Keeping, Kept
from service.oversight.tables import Disposal
from service.results.actions import discarding
from service.results.rules.editions import Hands


def propose_disposal(session: Session, actor: Actor, kind: Kept, *, now: datetime) -> Disposal:
    """Propose to dispose of all of a kind that has been kept as long as the rule says.

    Raises:
        Refused: this kind is never disposed of.
        WrongState: nothing is due, a proposal waits already, or something is still open in a class that is due.
    """
    rule = rule_of(kind, now)
    before = rules.cutoff(rule, now) if rule.days is not None else now
    lot = queries.lot(session, kind, before)

    using.require_right(actor, Right.RECORDS_DISPOSE)

    blocked = queries.blocked(session, kind, before)
    rules.may_propose(rule, lot.number, queries.open_of(session, kind), blocked).or_refuse()

    assert actor.person_id is not None
    proposal = Disposal(
        kind=kind,
        before=before,
        number=lot.number,
        digest=lot.digest,
        proposed_at=now,
        proposed_by=actor.person_id,
    )
    session.add(proposal)
    session.flush()

    data = _data(proposal) | {"days": rule.days, "source": rule.source}
    record(session, Event.DISPOSAL_PROPOSED, actor.label, f"disposal:{proposal.id}", now=now, data=data)
    return proposal


def rule_of(kind: Kept, now: datetime) -> Keeping:
    """The rule that is in force, as this installation keeps it."""
    return rules.lengthened(rules.keeping(kind, clock.local(now).date()), settings.current().keep_answers_days)


def decide_disposal(session: Session, actor: Actor, disposal_id: int, *, confirm: bool, now: datetime) -> Disposal:
    """Confirm a proposal, by another person, upon which the records go; or send it back, upon which nothing does.

    Raises:
        NotFound: no such proposal. Refused: it is one's own. WrongState: decided already, or the records have changed.
    """
    proposal = queries.locked(session, disposal_id)
    if proposal is None:
        raise errors.NotFound()
    kind = Kept(proposal.kind)

    using.require_right(actor, Right.RECORDS_DISPOSE)

    lot = queries.lot(session, kind, proposal.before) if confirm else None
    same = lot is None or (lot.number, lot.digest) == (proposal.number, proposal.digest)
    own = confirm and actor.person_id == proposal.proposed_by
    first_refusal(
        rules.may_decide(decided=proposal.decided_at is not None, own=own, same=same),
        rules.nothing_open(queries.blocked(session, kind, proposal.before) if confirm else ()),
    ).or_refuse()

    proposal.decided_at, proposal.decided_by, proposal.confirmed = now, actor.person_id, confirm
    session.add(proposal)
    session.flush()
    if confirm:
        _dispose(session, actor, kind, proposal, now)

    data = _data(proposal) | {"confirmed": confirm, "proposed_by": proposal.proposed_by}
    record(session, Event.DISPOSAL_DECIDED, actor.label, f"disposal:{proposal.id}", now=now, data=data)
    return proposal


def _dispose(session: Session, actor: Actor, kind: Kept, proposal: Disposal, now: datetime) -> None:
    if kind is not Kept.ANSWERS:
        queries.dispose(session, kind, proposal.before)
        return
    assert actor.person_id is not None
    hands = Hands(proposal.proposed_by, proposal.proposed_at, actor.person_id, now)
    discarding.discard(session, actor.label, proposal.before, hands, now=now)


def _data(proposal: Disposal) -> dict[str, object]:
    before = proposal.before.isoformat()
    return {"kind": proposal.kind, "before": before, "number": proposal.number, "digest": proposal.digest}
