"""Opening a sealed form by two people, and reading an opened one. Delivery comes in here; the bank does not."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.rules.policy import Actor
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.decision import Decision
from service.papers import queries
from service.papers.rules import states
from service.papers.rules.states import PaperState, Window
from service.papers.tables import Opening, PaperForm


@dataclass(frozen=True, slots=True)
class Question:
    """One item as a candidate sees it: its own copy of the words, no key."""

    position: int
    kind: str
    stem: str
    options: dict[str, str]
    points: int


def judge_opening(session: Session, actor: Actor, form_id: int, window: Window, *, now: datetime) -> Decision:
    """Whether this person may now add a hand to opening the form."""
    form = _form(session, form_id)
    paper = queries.paper(session, form.paper_id)
    assert paper is not None and actor.person_id is not None
    # Two rooms may sit the same form; once it is open, there is nothing left to open.
    state = PaperState.OPENED if form.opened_at is not None else PaperState.SEALED
    if PaperState(paper.state) not in {PaperState.SEALED, PaperState.OPENED}:
        state = PaperState(paper.state)
    return states.may_open(state, window, queries.openers(session, form_id), actor.person_id, now)


def add_hand(session: Session, actor: Actor, form_id: int, window: Window, *, now: datetime) -> bool:
    """One of two people opens the form; the second hand opens it. Whether it is open now.

    The caller has checked that the actor proctors a sitting of this form. The first hand reveals nothing.

    Raises:
        WrongState, Refused: outside the window, or the same person twice.
    """
    form = _form(session, form_id, lock=True)

    judge_opening(session, actor, form_id, window, now=now).or_refuse()

    assert actor.person_id is not None
    session.add(Opening(form_id=form_id, person_id=actor.person_id, at=now))
    session.flush()
    hands = queries.openers(session, form_id)
    opened = len(hands) >= states.OPENERS
    if opened:
        _open(session, form, now)

    event = Event.PAPER_OPENED if opened else Event.PAPER_OPENING_ATTEMPTED
    data = {"form": form.letter, "hands": len(hands), "outcome": "opened" if opened else "first_hand"}
    record(session, event, actor.label, f"paper:{form.paper_id}", now=now, data=data)
    return opened


def note_refused_opening(session: Session, actor: Actor, form_id: int, decision: Decision, *, now: datetime) -> None:
    """Put a refused attempt on record: every early attempt is in the journal (invariant 4)."""
    form = _form(session, form_id)
    data = {"form": form.letter, "outcome": decision.code}
    record(session, Event.PAPER_OPENING_ATTEMPTED, actor.label, f"paper:{form.paper_id}", now=now, data=data)


def _open(session: Session, form: PaperForm, now: datetime) -> None:
    form.opened_at = now
    paper = queries.paper(session, form.paper_id)
    assert paper is not None
    paper.state = PaperState.OPENED
    session.add(form)
    session.add(paper)
    session.flush()


def read_opened(session: Session, form_id: int) -> list[Question]:
    """The questions of an opened form, in order.

    Raises:
        WrongState: it is still sealed.
    """
    form = _form(session, form_id)
    if form.opened_at is None or form.sealed is None or form.salt is None:
        raise errors.WrongState("paper_not_opened", "试卷尚未启封，请等待监考员启封。")
    key = sealing.paper_key(form.paper_id, form.salt)
    plain = sealing.decrypt(form.sealed, key, bound_to=f"papers_form:{form_id}")
    return [Question(**entry) for entry in json.loads(plain)]


def _form(session: Session, form_id: int, *, lock: bool = False) -> PaperForm:
    form = queries.form(session, form_id, lock=lock)
    if form is None:
        raise errors.NotFound()
    return form
