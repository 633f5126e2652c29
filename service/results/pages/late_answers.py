"""Late answers: the evidence in words, what the rule says, and deciding by two people."""

from typing import Annotated

from fastapi import APIRouter, Query, Request, Response

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import rendering
from service.kernel.database import Reading
from service.kernel.paging import Blank, page_of
from service.programme.queries import classes as programme
from service.results.actions import late_answers
from service.results.rules import VERDICT_NAMES
from service.results.shapes.late_answers import LateAnswerShape
from service.sittings import queries as sittings
from service.sittings.queries import late
from service.sittings.rules.late import LARGEST_DRIFT, LATE_STATE_NAMES, LateState, believable

router = APIRouter(include_in_schema=False)
Id = Annotated[int | None, Query(ge=0, le=2**31 - 1), Blank]


@router.get("/results/late-answers")
def list_late_answers(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.RESULTS_UNPUBLISHED)],
    class_id: Id = None,
    sitting_id: Id = None,
    state: Annotated[LateState | None, Blank] = None,
    page: Annotated[int, Query(ge=1)] = 1,
) -> Response:
    """The late answers of all classes, of one, or of one sitting, what waits for a decision first."""
    near = using.classes_near(session, actor)
    found = page_of(session, late.listing(class_id=class_id, sitting_id=sitting_id, state=state, apart_from=near), page)
    views = late_answers.view(session, actor, [late.line(row) for row in found.rows])
    context = {
        "found": found,
        "rows": [(LateAnswerShape.of(one), one, believable(one.examined.evidence.drift)) for one in views],
        "states": LATE_STATE_NAMES,
        "verdicts": VERDICT_NAMES,
        "classes": [
            one.training_class for one in programme.visible(session, actor) if one.training_class.id not in near
        ],
        "sittings": sittings.views(session, class_id=class_id) if class_id is not None else [],
        "waiting": sum(count for of, count in late.undecided(session).items() if of not in near),
        "largest_drift_minutes": int(LARGEST_DRIFT.total_seconds() // 60),
        "query": {
            "class_id": class_id if class_id is not None else "",
            "sitting_id": sitting_id if sitting_id is not None else "",
            "state": state.value if state is not None else "",
        },
    }
    return rendering.page(request, "results/late_answers.html", context, actor=actor)
