"""Break-glass: two custodians of the bureau open a form outside the usual way, within a quarter of an hour."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import custody, using
from service.access.actions.custody import Hand
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.decision import ALLOWED, Decision, first_refusal
from service.papers import queries
from service.papers.actions import opening, sharing
from service.papers.rules import breaking as rules
from service.papers.rules.breaking import Begun
from service.papers.rules.states import Form, PaperState
from service.papers.tables import BreakGlass, Paper, PaperForm


def form_to_break(session: Session, actor: Actor, paper_id: int, letter: Form, *, lock: bool = False) -> PaperForm:
    """The form that a custodian of the bureau wants to open.

    Raises:
        RightMissing: the actor keeps no papers. NotFound: there is no such form.
    """
    using.require_right(actor, Right.PAPERS_BREAK_OPEN)
    form = queries.forms(session, paper_id).get(letter)
    if form is None or form.id is None:
        raise errors.NotFound()
    found = queries.form(session, form.id, lock=lock)
    assert found is not None
    return found


def break_open(
    session: Session, actor: Actor, paper_id: int, letter: Form, reason: str, hand: Hand, *, now: datetime
) -> tuple[Decision, bool]:
    """Add one custodian's hand to opening a form outside the usual way: the decision, and whether it is open now.

    A refused attempt is a return value and not an exception, because it must be committed to the record.
    """
    form = form_to_break(session, actor, paper_id, letter, lock=True)
    assert form.id is not None and actor.person_id is not None
    paper = session.get_one(Paper, paper_id)
    begun = _standing(session, form.id, now)

    decision = first_refusal(
        rules.may_break(_state(paper, form), _begun(begun), actor.person_id, reason, now),
        *using.may_use_duty(session, actor.person_id, Duty.CUSTODY, f"class:{paper.class_id}"),
    )
    if decision.allowed:
        decision = _judge_hand(session, actor, form.id, hand, begun, now)
    if not decision.allowed:
        _note(session, actor, form, decision.code, now)
        return decision, False

    using.use_duty(session, actor, Duty.CUSTODY, f"class:{paper.class_id}", now=now)
    if begun is None:
        _begin(session, actor, form, reason.strip(), hand, now)
        _note(session, actor, form, "break_glass_begun", now)
        return decision, False
    _finish(session, actor, form, begun, hand, now)
    return decision, True


def _state(paper: Paper, form: PaperForm) -> PaperState:
    state = PaperState(paper.state)
    if state not in {PaperState.SEALED, PaperState.OPENED}:
        return state
    return PaperState.OPENED if form.opened_at is not None else PaperState.SEALED


def _standing(session: Session, form_id: int, now: datetime) -> BreakGlass | None:
    """The first hand that still stands; one that came too early for any second keeps its row and loses its halves."""
    row = queries.begun_breaking(session, form_id)
    begun = _begun(row)
    if row is None or begun is None or begun.stands(now):
        return row
    row.waiting = None
    session.add(row)
    session.flush()
    return None


def _begun(row: BreakGlass | None) -> Begun | None:
    return Begun(row.begun_by, row.begun_at) if row else None


def _judge_hand(
    session: Session, actor: Actor, form_id: int, hand: Hand, begun: BreakGlass | None, now: datetime
) -> Decision:
    decision = custody.judge_password(session, actor, hand, now=now)
    if not decision.allowed:
        return decision
    halves = opening.halves(session, form_id, hand)
    if halves is None:
        return opening.HOLDS_NOTHING
    return ALLOWED if begun is None or begun.key_id in halves else opening.NO_PAIR


def _begin(session: Session, actor: Actor, form: PaperForm, reason: str, hand: Hand, now: datetime) -> None:
    assert form.id is not None and actor.person_id is not None and hand.key is not None
    mine = opening.halves(session, form.id, hand)
    assert mine is not None, "judged a moment ago"
    session.add(
        BreakGlass(
            form_id=form.id,
            reason=reason,
            begun_at=now,
            begun_by=actor.person_id,
            key_id=hand.key.id,
            waiting=sharing.keep_waiting(mine, form.id, hand.key.id),
        )
    )
    session.flush()


def _finish(session: Session, actor: Actor, form: PaperForm, begun: BreakGlass, hand: Hand, now: datetime) -> None:
    assert form.id is not None and hand.key is not None and begun.waiting is not None
    mine = opening.halves(session, form.id, hand)
    assert mine is not None, "judged a moment ago"
    secrets = sharing.join_waiting(begun.waiting, form.id, begun.key_id, hand.key.id, mine)
    assert secrets is not None, "the two were found to be a pair"
    opening.unseal(session, form, secrets, now)
    begun.waiting, begun.opened_at, begun.opened_by = None, now, actor.person_id
    session.add(begun)
    session.flush()

    data = {
        "form": form.letter,
        "first": begun.begun_by,
        "second": actor.person_id,
        "reason": sealing.digest(begun.reason.encode()),
    }
    record(session, Event.PAPER_BROKEN_OPEN, actor.label, f"paper:{form.paper_id}", now=now, data=data)


def _note(session: Session, actor: Actor, form: PaperForm, outcome: str, now: datetime) -> None:
    data = {"form": form.letter, "outcome": outcome, "way": "break_glass"}
    record(session, Event.PAPER_OPENING_ATTEMPTED, actor.label, f"paper:{form.paper_id}", now=now, data=data)
