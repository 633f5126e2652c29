"""What those who confirm and publish see of items withdrawn by two, beside the results of a class; and appeals."""

from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import clock, rendering, settings
from service.kernel.bounds import Identifier
from service.kernel.database import Reading, Writing
from service.kernel.decision import Decision, first_refusal
from service.kernel.paging import Number, page_of
from service.papers import queries as papers
from service.papers.rules.states import Form
from service.results.actions import appealing, overseeing
from service.results.actions.appealing import Compared
from service.results.queries import corrections
from service.results.queries.corrections import AppealLine
from service.results.rules import VERDICT_NAMES
from service.results.rules.appealing import APPEAL_NAMES, AppealState, may_move
from service.results.rules.withdrawing import ITEM_STANDING_NAMES, RELIEF_SOURCE
from service.results.rules.written import SETTLED_NAMES
from service.results.shapes.scripts import MarkedShape

router = APIRouter(include_in_schema=False)


def context(session: Session, actor: Actor, class_id: int) -> dict[str, Any]:
    """The rulings on items of a class, the items that may be proposed, and the classes alike."""
    confirms, publishes = holds(actor, Right.RESULTS_CONFIRM), holds(actor, Right.RESULTS_PUBLISH)
    return {
        "item_standings": ITEM_STANDING_NAMES,
        "rulings": corrections.rulings(session, class_id),
        "asked": _asked(session, class_id) if confirms else {},
        "item_proposing": _duty(session, actor, Duty.CONFIRM, class_id) if confirms else None,
        "item_deciding": _duty(session, actor, Duty.PUBLISH, class_id) if publishes else None,
        "alike": corrections.alike(session, class_id),
        "relief_source": RELIEF_SOURCE,
    }


def _duty(session: Session, actor: Actor, duty: Duty, class_id: int) -> Decision:
    assert actor.person_id is not None
    return first_refusal(*using.may_use_duty(session, actor.person_id, duty, f"class:{class_id}"))


def _asked(session: Session, class_id: int) -> dict[Form, list[int]]:
    """The positions of every opened form of a class's paper; what was asked there is not this person's to read."""
    paper = papers.paper_of_class(session, class_id)
    forms = papers.forms(session, paper.id or 0) if paper is not None else {}
    return {
        letter: list(range(1, papers.item_count(session, form.id or 0) + 1))
        for letter, form in forms.items()
        if form.opened_at is not None
    }


@router.get("/results/appeals")
def appeals(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)],
    class_id: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    page: Number = 1,
) -> Response:
    """A page of the appeals, what waits for an answer first."""
    near = using.classes_near(session, actor)
    found = page_of(session, corrections.appeal_listing(class_id=class_id, apart_from=near), page)
    context = {
        "lines": [corrections.AppealLine(*row) for row in found.rows],
        "found": found,
        "query": {"class_id": class_id} if class_id else {},
        "states": APPEAL_NAMES,
        "verdicts": VERDICT_NAMES,
        "days": settings.current().appeal_days,
    }
    return rendering.page(request, "results/appeals.html", context, actor=actor)


@router.get("/results/appeals/{appeal_id}")
def appeal(
    request: Request,
    appeal_id: Identifier,
    session: Writing,
    actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)],
) -> Response:
    """One appeal with the sheet marked again by its key, which goes on record: so this page writes."""
    line = appealing.line(session, actor, appeal_id)
    compared = _compared(session, actor, line)
    context = {
        "line": line,
        "states": APPEAL_NAMES,
        "verdicts": VERDICT_NAMES,
        "compared": compared,
        "scripts": _scripts(session, actor, line) if compared else [],
        "settled_names": SETTLED_NAMES,
        "differing": [one for one in compared if one.points != one.by_key],
        "proposing": _way(session, actor, line, Right.RESULTS_CONFIRM, Duty.CONFIRM, AppealState.PROPOSED),
        "deciding": _way(session, actor, line, Right.RESULTS_PUBLISH, Duty.PUBLISH, AppealState.ANSWERED),
    }
    return rendering.page(request, "results/appeal.html", context, actor=actor)


def _compared(session: Session, actor: Actor, line: AppealLine) -> list[Compared]:
    """The sheet, for whoever may look into the appeal while it waits; nobody else uses the key for it."""
    waits = line.appeal.state != AppealState.ANSWERED
    if not waits or not appealing.judge_judge(session, actor, line.appeal).allowed:
        return []
    return appealing.compare(session, actor, line.appeal.id or 0, now=clock.now())


def _scripts(session: Session, actor: Actor, line: AppealLine) -> list[MarkedShape]:
    """What people gave for the free texts of the sheet, for whoever may look into the appeal."""
    return [MarkedShape.of(one) for one in overseeing.of_seat(session, actor, line.appeal.seat_id)]


def _way(
    session: Session, actor: Actor, line: AppealLine, right: Right, duty: Duty, target: AppealState
) -> Decision | None:
    """The decision on a step, for whoever has the right to it while it is the next one."""
    moved = may_move(AppealState(line.appeal.state), target)
    if not holds(actor, right) or not moved.allowed:
        return None
    mine = appealing.judge_judge(session, actor, line.appeal)
    return first_refusal(mine, _duty(session, actor, duty, line.appeal.class_id))
