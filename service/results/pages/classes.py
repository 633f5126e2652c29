"""The results of classes: drafts for those who confirm and publish, published rows for the others."""

from collections import Counter
from collections.abc import Sequence
from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access.actions import using
from service.access.rules import separation
from service.access.rules.people import ROLE_NAMES
from service.access.rules.policy import Actor, Reach, Right, holds, reaches
from service.access.shapes import may
from service.journal.queries import tree as trees
from service.journal.rules import Event, heads
from service.kernel import clock, rendering, settings
from service.kernel.database import Reading
from service.programme.actions import viewing
from service.programme.queries import classes as programme
from service.results import queries
from service.results.actions import publishing
from service.results.pages import correcting, deciding
from service.results.pages.stages import stages_of
from service.results.queries import disposed, editions, imported
from service.results.rules import STATE_NAMES, VERDICT_NAMES, ResultState, Verdict
from service.results.rules.editions import CAUSE_NAMES
from service.results.rules.elsewhere import NO_CREDIT
from service.results.shapes import results as shapes
from service.results.shapes.elsewhere import of_class
from service.results.shapes.results import ResultShape
from service.sittings.queries import late as late_queries

router = APIRouter(include_in_schema=False)
WORDS = {"roles": ROLE_NAMES, "states": STATE_NAMES, "verdicts": VERDICT_NAMES}
BIN = 10


@router.get("/results")
def results(request: Request, session: Reading, actor: Annotated[Actor, may(Right.RESULTS_PUBLISHED)]) -> Response:
    """The classes within reach; before publication only those who confirm and publish learn more than "not yet"."""
    found = queries.states_by_class(session)
    drafts, near = holds(actor, Right.RESULTS_UNPUBLISHED), using.classes_near(session, actor)
    lines = programme.visible(session, actor)
    states = {class_id: _state(counted, drafts and class_id not in near) for class_id, counted in found.items()}
    waiting = late_queries.undecided(session) if drafts else {}
    late = sum(count for class_id, count in waiting.items() if class_id not in near)
    years = {line.training_class.plan_year for line in lines} if holds(actor, Right.RESULTS_CREDITS) else set()
    context = {
        **WORDS,
        "lines": lines,
        "class_states": states,
        "drafts": drafts,
        "late": late,
        "elsewhere": imported.by_class(session) if Reach.ALL in reaches(actor, Right.RESULTS_PUBLISHED) else {},
        "credit_years": sorted(years, reverse=True),
        "credit_feed": f"{settings.current().public_url}/api/v1/credits/events",
    }
    return rendering.page(request, "results/results.html", context, actor=actor)


def _state(found: Counter[str], drafts: bool) -> ResultState | None:
    """The state of a class: that of the result which is furthest behind."""
    state = next((state for state in ResultState if found[state]), None)
    return state if drafts or state is ResultState.PUBLISHED else None


@router.get("/results/classes/{class_id}")
def class_results(
    request: Request, class_id: int, session: Reading, actor: Annotated[Actor, may(Right.RESULTS_PUBLISHED)]
) -> Response:
    """One class: where it stands, its results as far as the reader may see them, what waits, and the buttons."""
    line, now = viewing.view_class(session, actor, class_id), clock.now()
    apart = separation.may_be_near(class_id in using.classes_near(session, actor))
    drafts = holds(actor, Right.RESULTS_UNPUBLISHED) and apart.allowed
    rows = shapes.unpublished(session, class_id) if drafts else shapes.published(session, class_id, actor)
    confirming, publishes = holds(actor, Right.RESULTS_CONFIRM), holds(actor, Right.RESULTS_PUBLISH)
    context = {
        **WORDS,
        "line": line,
        "rows": rows,
        "drafts": drafts,
        "gone": disposed.disposed(session, class_id) if drafts else None,
        "apart": apart,
        "late": queries.undecided_late_answers(session, class_id) if drafts else 0,
        "tally": Counter(row.verdict for row in rows),
        "bins": _bins(rows),
        "head": trees.head_over(session, Event.RESULTS_PUBLISHED, f"class:{class_id}"),
        "grouped": heads.grouped,
        "pass_points": max((row.pass_points for row in rows), default=0),
        "class_id": class_id,
        "external": of_class(session, class_id, actor),
        "no_credit_elsewhere": NO_CREDIT,
        "editions": editions.of_class(session, class_id),
        "digests": shapes.sees_everybody(session, class_id, actor),
        "causes": CAUSE_NAMES,
        "stages": stages_of(session, actor, class_id, now=now),
        "confirmation": publishing.judge_confirmation(session, actor, class_id, now=now) if confirming else None,
        "publication": publishing.judge_publication(session, actor, class_id) if publishes else None,
    }
    if drafts:
        context |= deciding.context(session, actor, class_id) | correcting.context(session, actor, class_id)
    return rendering.page(request, "results/class_results.html", context, actor=actor)


def _bins(rows: Sequence[ResultShape]) -> list[int]:
    """How many of those who sat have 0 to 9 points, 10 to 19, and so on; 100 belongs to the last."""
    sat = [row.points for row in rows if row.verdict in {Verdict.PASSED, Verdict.FAILED}]
    places = Counter(min(points // BIN, 100 // BIN - 1) for points in sat)
    return [places[place] for place in range(100 // BIN)] if sat else []
