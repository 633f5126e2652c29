"""JSON routes of writing an item: checked as one types, kept as a draft, submitted, taken back."""

from typing import Annotated

from fastapi import APIRouter, Depends, Request

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries
from service.bank.actions import drafting
from service.bank.queries import neighbours
from service.bank.queries.neighbours import Bank
from service.bank.shapes import drafting as shapes
from service.kernel import clock, database, rendering
from service.kernel.database import Reading, Writing

router = APIRouter()
Author = Annotated[Actor, may(Right.BANK_AUTHOR)]


def comparable(_: Author) -> Bank:
    """The bank to compare a draft with, for nobody but an author."""
    with database.reading() as session:
        return neighbours.bank(session)


@router.post("/drafts/checks")
def check_draft(
    actor: Author,
    body: shapes.CheckAsked,
    compared: Annotated[Bank, Depends(comparable)],
    request: Request,
    session: Reading,
) -> shapes.CheckShape:
    """What is to be said of a draft, field by field, and the items that ask much the same; nothing is kept."""
    checked = drafting.check(session, actor, body.written(), compared, base=body.base)
    return shapes.CheckShape.of(checked, rendering.language_of(request))


@router.post("/drafts")
def save_draft(actor: Author, body: shapes.DraftAsked, session: Writing) -> shapes.DraftShape:
    """Keep a draft with whatever is missing in it, a new one or the next state of one; nobody else sees it."""
    draft = drafting.save(
        session, actor, body.written(), draft_id=body.draft, seq=body.seq, base=body.base, now=clock.now()
    )
    return shapes.DraftShape.of(draft)


@router.post("/drafts/submission")
def submit_draft(actor: Author, body: shapes.DraftAsked, session: Writing) -> shapes.SubmittedVersion:
    """Submit what was written for review; its draft, if it had one, is gone then."""
    version = drafting.submit(
        session, actor, body.written(), draft_id=body.draft, seq=body.seq, base=body.base, now=clock.now()
    )
    found = queries.version(session, version.id or 0)
    assert found is not None
    return shapes.SubmittedVersion(version_id=version.id or 0, code=found[0].code, number=version.number)


@router.delete("/drafts/{draft_id}", status_code=204)
def discard_draft(draft_id: int, actor: Author, session: Writing) -> None:
    """Throw a draft of one's own away."""
    drafting.discard(session, actor, draft_id, now=clock.now())


@router.post("/versions/{version_id}/withdrawal")
def withdraw_version(version_id: int, actor: Author, session: Writing) -> shapes.DraftShape:
    """Take back what one submitted while no reviewer has begun with it; it becomes a draft again."""
    return shapes.DraftShape.of(drafting.withdraw(session, actor, version_id, now=clock.now()))
