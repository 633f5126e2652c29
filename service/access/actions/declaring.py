"""Declaring ties to institutions: by the person, or by an officer for them; withdrawn only by two others."""

from dataclasses import asdict
from datetime import date, datetime

from sqlmodel import Session

from service.access import queries
from service.access.actions.using import require_right
from service.access.queries import ties as tie_queries
from service.access.rules import ties
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.rules.ties import TieDraft
from service.access.tables import Account, Tie
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision


def declare_own(session: Session, actor: Actor, draft: TieDraft, *, now: datetime) -> Tie:
    """Declare one's own tie; nothing is asked but that it can be.

    Raises:
        NotFound: not an account of a person, or no such institution.
    """
    require_right(actor, Right.SIGNED_IN)
    if actor.account_id is None or actor.person_id is None:
        raise errors.NotFound()
    return _declare(session, actor, actor.person_id, draft, now)


def declare_for(session: Session, actor: Actor, account_id: int, draft: TieDraft, *, now: datetime) -> Tie:
    """Record what is known of somebody else's tie.

    Raises:
        NotFound: no such account, or no such institution.
    """
    account = session.get(Account, account_id)
    if account is None:
        raise errors.NotFound()

    require_right(actor, Right.TIES_RECORD)

    return _declare(session, actor, account.person_id, draft, now)


def _declare(session: Session, actor: Actor, person_id: int, draft: TieDraft, now: datetime) -> Tie:
    organisation = queries.organisation(session, draft.organisation_id)
    if organisation is None or organisation.kind != OrganisationKind.INSTITUTION:
        raise errors.NotFound()
    known = tie_queries.living(session, person_id, draft.organisation_id, draft.kind)
    ties.may_declare(draft, known=known is not None).or_refuse()

    tie = Tie(person_id=person_id, declared_at=now, declared_by=actor.label, **asdict(draft))
    session.add(tie)
    session.flush()

    data = {
        "tie": tie.id,
        "kind": draft.kind,
        "organisation": draft.organisation_id,
        "since": draft.since.isoformat(),
        "until": _text(draft.until),
        "own": actor.person_id == person_id,
    }
    record(session, Event.TIE_DECLARED, actor.label, f"person:{person_id}", now=now, data=data)
    return tie


def _text(day: date | None) -> str:
    return day.isoformat() if day is not None else ""


def _tie(session: Session, tie_id: int) -> Tie:
    tie = session.get(Tie, tie_id, with_for_update=True, populate_existing=True)
    if tie is None:
        raise errors.NotFound()
    return tie


def judge_withdrawal(actor: Actor, tie: Tie) -> tuple[Decision, Decision]:
    """Whether this person may ask for the withdrawal of a tie, and whether they may decide on it."""
    proposed_by = tie.withdrawal_proposed_by
    return (
        ties.may_propose_withdrawal(
            tie.person_id,
            actor.person_id,
            withdrawn=tie.withdrawn_at is not None,
            proposed=proposed_by is not None,
        ),
        ties.may_decide_withdrawal(tie.person_id, proposed_by if tie.withdrawn_at is None else None, actor.person_id),
    )


def propose_withdrawal(session: Session, actor: Actor, tie_id: int, reason: str, *, now: datetime) -> Tie:
    """Ask that a tie which is not there, or was recorded wrongly, be withdrawn.

    Raises:
        Refused: one's own tie.
        WrongState: withdrawn already, or asked for already.
    """
    tie = _tie(session, tie_id)

    require_right(actor, Right.TIES_RECORD)

    judge_withdrawal(actor, tie)[0].or_refuse()

    tie.withdrawal_proposed_by, tie.withdrawal_proposed_at, tie.withdrawal_reason = actor.person_id, now, reason
    session.add(tie)
    session.flush()

    data = {"tie": tie_id, "reason": reason}
    record(session, Event.TIE_WITHDRAWAL_PROPOSED, actor.label, f"person:{tie.person_id}", now=now, data=data)
    return tie


def decide_withdrawal(session: Session, actor: Actor, tie_id: int, *, approve: bool, now: datetime) -> Tie:
    """Withdraw a tie as the second person, or let it stand.

    Raises:
        Refused: one's own tie, or one's own proposal.
        WrongState: nobody has asked for it.
    """
    tie = _tie(session, tie_id)

    require_right(actor, Right.TIES_RECORD)

    judge_withdrawal(actor, tie)[1].or_refuse()

    if approve:
        tie.withdrawn_at, tie.withdrawn_by = now, actor.person_id
    else:
        tie.withdrawal_proposed_at = tie.withdrawal_proposed_by = None
        tie.withdrawal_reason = ""
    session.add(tie)
    session.flush()

    data = {"tie": tie_id, "withdrawn": approve}
    record(session, Event.TIE_WITHDRAWAL_DECIDED, actor.label, f"person:{tie.person_id}", now=now, data=data)
    return tie
