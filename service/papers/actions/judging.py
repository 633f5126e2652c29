"""Judging an assembled paper as a second person: read it, then approve it or send it back."""

from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.bank import queries as bank
from service.bank.rules.items import ItemText
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.papers import queries
from service.papers.rules import states
from service.papers.rules.states import Form, PaperState
from service.papers.tables import Paper


def judge_paper(session: Session, actor: Actor, paper_id: int, *, approve: bool, reason: str, now: datetime) -> Paper:
    """Approve an assembled paper, or send it back; never by whoever assembled it.

    Raises:
        Refused: the approver assembled it, or is tied to the class.
        WrongState: it does not wait for approval.
    """
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()

    using.require_right(actor, Right.PAPERS_APPROVE)

    target = PaperState.APPROVED if approve else PaperState.REJECTED
    states.may_move(PaperState(paper.state), target).or_refuse()
    using.use_duty(session, actor, Duty.APPROVE, f"paper:{paper.id}", f"class:{paper.class_id}", now=now)

    paper.state = target
    if approve:
        paper.approved_at, paper.approved_by = now, actor.person_id
    else:
        paper.rejection_reason = reason
    session.add(paper)
    session.flush()

    event = Event.PAPER_APPROVED if approve else Event.PAPER_REJECTED
    record(session, event, actor.label, f"paper:{paper.id}", now=now, data={"reason": reason})
    return paper


def read_form(
    session: Session, actor: Actor, paper_id: int, letter: Form, *, now: datetime
) -> list[tuple[int, int, ItemText]]:
    """The items of an unsealed form as (position, points, text), for the approver; the reading goes on record.

    Raises:
        WrongState: the paper is sealed; nobody reads it in this way any more.
    """
    paper = queries.paper(session, paper_id)
    if paper is None:
        raise errors.NotFound()

    using.require_right(actor, Right.PAPERS_APPROVE)

    form = queries.forms(session, paper_id)[letter]
    rows = queries.form_items(session, form.id or 0)
    if not rows:
        raise errors.WrongState(
            "paper_is_sealed", "试卷已封卷，启封前任何人都不能查看。", source="试卷保密规则（本系统规则）"
        )

    record(session, Event.PAPER_READ, actor.label, f"paper:{paper_id}", now=now, data={"form": letter})
    return [(row.position, row.points, bank.text_of(*_version(session, row.item_version_id))) for row in rows]


def _version(session: Session, version_id: int) -> Any:
    found = bank.version(session, version_id)
    assert found is not None, "a form refers to versions by foreign key"
    return found
