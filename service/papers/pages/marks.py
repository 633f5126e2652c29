"""HTML routes of judging a paper item by item: the approver reads it whole and marks, the assembler mends."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.bank import queries as bank
from service.kernel import clock, errors, rendering
from service.kernel.database import Writing
from service.papers import queries
from service.papers.actions import judging, mending, pictured
from service.papers.pages.words import WORDS
from service.papers.rules import cases
from service.papers.rules.states import Form, PaperState

router = APIRouter()


@router.get("/papers/{paper_id}/review")
def review(
    request: Request, paper_id: int, session: Writing, actor: Annotated[Actor, may(Right.PAPERS_APPROVE)]
) -> Response:
    """The paper whole, both forms in the order of reading, with room for marks; the reading goes on record."""
    found = queries.paper(session, paper_id)
    if found is None:
        raise errors.NotFound()
    forms = {letter: judging.read_form(session, actor, paper_id, letter, now=clock.now()) for letter in Form}
    context = {
        **WORDS,
        "paper": found,
        "forms": forms,
        "pictures": pictured.sources(session, [text for items in forms.values() for _, _, text in items]),
        "marks": queries.marks(session, paper_id),
        "editions": bank.editions(session),
    }
    return rendering.page(request, "papers/review.html", context, actor=actor)


@router.get("/papers/{paper_id}/marks")
def marks(
    request: Request, paper_id: int, session: Writing, actor: Annotated[Actor, may(Right.PAPERS_ASSEMBLE)]
) -> Response:
    """What was marked, and for each open mark what could take the place; the reading goes on record."""
    found = queries.paper(session, paper_id)
    if found is None:
        raise errors.NotFound()
    rows = queries.marks(session, paper_id)
    mending_now = found.state == PaperState.RETURNED
    offered = {
        row.id: mending.suggestions(session, actor, row.id or 0, now=clock.now())
        for row in rows
        if mending_now and row.settled_at is None
    }
    shown = [text for marked, found_for in offered.values() for text in (marked, *(one.text for one in found_for))]
    context = {
        **WORDS,
        "paper": found,
        "marks": rows,
        "offered": offered,
        "pictures": pictured.sources(session, shown),
        "mending_now": mending_now,
        "of_a_case": cases.may_swap("any"),
    }
    return rendering.page(request, "papers/marks.html", context, actor=actor)
