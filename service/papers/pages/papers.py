"""HTML routes of papers: the list, one paper with its proof, and a form for its approver."""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from sqlmodel import Session

from service.access import queries as access
from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.bank import queries as bank
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading, Writing
from service.kernel.decision import Decision, first_refusal
from service.papers import queries
from service.papers.actions import judging, looking, others, pictured, proof_sheets, seeds
from service.papers.pages.words import WORDS
from service.papers.rules import blueprint, states
from service.papers.rules.states import Form, PaperState
from service.papers.tables import Paper
from service.programme.tables import TrainingClass

router = APIRouter()


@router.get("/papers/{paper_id}")
def paper(
    request: Request, paper_id: int, session: Reading, actor: Annotated[Actor, may(Right.PAPERS_VIEW)]
) -> Response:
    """One paper without its content: recipe, proof, who did what when, and what may be done now."""
    found = queries.paper(session, paper_id)
    if found is None:
        raise errors.NotFound()
    plan, training_class = (
        queries.blueprint_by_id(session, found.blueprint_id),
        session.get_one(TrainingClass, found.class_id),
    )
    parsed = blueprint.parse(plan.body)
    beside = others.beside(session, actor, found)
    hands = [one for one in (found.assembled_by, found.approved_by, found.sealed_by) if one is not None]
    context = {
        **WORDS,
        "paper": found,
        "training_class": training_class,
        "blueprint": plan,
        "parsed": parsed,
        "sheet": proof_sheets.sheet(found, training_class, plan, parsed, beside, rendering.language_of(request)),
        "people": access.people(session, hands),
        "forms": queries.forms(session, paper_id),
        "approving": holds(actor, Right.PAPERS_APPROVE),
        "may_assemble": holds(actor, Right.PAPERS_ASSEMBLE),
        "marks": queries.marks(session, paper_id),
        "approval": _judge(session, actor, found, PaperState.APPROVED),
        "sealing": _judge(session, actor, found, PaperState.SEALED),
        "custody": looking.custody(session, actor, found, now=clock.now()),
        "secret": seeds.reveal(session, found) if seeds.revealable(session, found) else None,
    }
    return rendering.page(request, "papers/paper.html", context, actor=actor)


def _judge(session: Session, actor: Actor, found: Paper, target: PaperState) -> Decision:
    """The decision that approving or sealing by this person would meet."""
    assert actor.person_id is not None
    subjects = (f"paper:{found.id}", f"class:{found.class_id}")
    used = using.may_use_duty(session, actor.person_id, Duty.APPROVE, *subjects)
    return first_refusal(states.may_move(PaperState(found.state), target), *used)


@router.get("/papers/{paper_id}/forms/{letter}")
def paper_form(
    request: Request,
    paper_id: int,
    letter: Form,
    session: Writing,
    actor: Annotated[Actor, may(Right.PAPERS_APPROVE)],
) -> Response:
    """The items of an unsealed form for the approver; the reading goes on record, which is why this page writes."""
    items = judging.read_form(session, actor, paper_id, letter, now=clock.now())
    context = {
        **WORDS,
        "paper_id": paper_id,
        "letter": letter,
        "items": items,
        "pictures": pictured.sources(session, [text for _, _, text in items]),
        "editions": bank.editions(session),
    }
    return rendering.page(request, "papers/paper_form.html", context, actor=actor)
