"""The first page: doors for whoever is not signed in, and for everybody else what waits for them now.

It stands in the last slice because it counts things of all the others.
"""

from typing import Annotated

from fastapi import APIRouter, Request, Response
from fastapi.responses import RedirectResponse
from sqlmodel import Session

from service.access import queries as access
from service.access.queries import emergencies
from service.access.rules.duties import DUTY_NAMES
from service.access.rules.policy import ANONYMOUS, Actor, Right, holds
from service.access.shapes import may
from service.bank import queries as bank
from service.bank.actions import desk
from service.bank.rules.items import State
from service.journal.actions import remembering
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.oversight.actions import namesakes
from service.oversight.queries import disposing
from service.papers import queries as papers
from service.papers.rules.states import PaperState
from service.papers.rules.versions import BlueprintState
from service.programme.queries import classes as programme
from service.programme.queries import planning
from service.results import queries as results
from service.results.actions import overseeing
from service.results.rules import ResultState
from service.sittings import queries as sittings
from service.sittings.actions import on_duty

router = APIRouter(include_in_schema=False)


def _watches(actor: Actor) -> bool:
    return holds(actor, Right.JOURNAL_READ) or holds(actor, Right.ACCOUNTS_VIEW)


@router.get("/")
def home(request: Request, session: Reading, actor: Annotated[Actor, may(Right.PUBLIC)]) -> Response:
    """Two doors, or a card for each duty with the number of things that wait."""
    if actor is ANONYMOUS or actor.confined:
        return rendering.page(request, "oversight/entrance.html", {}, actor=actor)
    if actor.provisional:
        return RedirectResponse("/password", status_code=303)
    context = {
        "waiting": {
            **_bank(session, actor),
            **_papers(session, actor),
            **_results(session, actor),
            **_marking(session, actor),
        },
        "desk": desk.of(session, actor),
        "classes": programme.visible(session, actor) if holds(actor, Right.PROGRAMME_VIEW) else [],
        "progress": planning.progress(session) if holds(actor, Right.PROGRAMME_PLAN) else [],
        "duties": _duties(session, actor),
        # Whoever watches over the record and over accounts learns at once that it is no longer what was signed.
        "alarm": remembering.alarm() if _watches(actor) else None,
        # What was done under broken glass, until an auditor who had no hand in it has looked at it.
        "emergencies": _emergencies(session, actor),
        "duty_names": DUTY_NAMES,
        "disposals": disposing.waiting(session, actor.person_id) if holds(actor, Right.RECORDS_DISPOSE) else 0,
        "same_persons": len(namesakes.handed_over(session, actor)) if holds(actor, Right.DUTIES_GRANT) else 0,
        "accounts": len(access.accounts(session)) if holds(actor, Right.ACCOUNTS_VIEW) else 0,
    }
    return rendering.page(request, "oversight/home.html", context, actor=actor)


def _bank(session: Session, actor: Actor) -> dict[str, int]:
    if not holds(actor, Right.BANK_READ):
        return {}
    counts = bank.counts(session)
    return {str(state): sum(number for (found, _), number in counts.items() if found == state) for state in State}


def _papers(session: Session, actor: Actor) -> dict[str, int]:
    if not holds(actor, Right.PAPERS_VIEW):
        return {}
    found = papers.papers(session)
    served = {paper.class_id for paper in found if paper.state != PaperState.REJECTED}
    sat = {view.training_class.id for view in sittings.views(session)}
    sealed = {paper.class_id for paper in found if paper.state == PaperState.SEALED}
    return {
        "without_paper": sum(line.training_class.id not in served for line in programme.visible(session, actor)),
        "to_approve": sum(paper.state == PaperState.ASSEMBLED for paper in found),
        "blueprints": sum(row.state == BlueprintState.DRAFTED for row in papers.blueprints(session)),
        "to_mend": sum(paper.state == PaperState.RETURNED for paper in found),
        "to_seal": sum(paper.state == PaperState.APPROVED for paper in found),
        "to_arrange": len(sealed - sat),
    }


def _results(session: Session, actor: Actor) -> dict[str, int]:
    if not holds(actor, Right.RESULTS_UNPUBLISHED):
        return {}
    found = results.states_by_class(session).values()
    return {
        "to_confirm": sum(bool(counted[ResultState.MARKED]) for counted in found),
        "to_publish": sum(bool(counted[ResultState.CONFIRMED]) for counted in found),
    }


def _marking(session: Session, actor: Actor) -> dict[str, int]:
    if not holds(actor, Right.RESULTS_MARK):
        return {}
    queues = overseeing.queues(session, actor)
    return {"to_mark": sum(one.may.allowed and one.progress.settled < one.progress.total for one in queues)}


def _duties(session: Session, actor: Actor) -> on_duty.Duties:
    """The sittings still to be proctored by this person, the next one first; which of them are told on their day."""
    if not holds(actor, Right.SITTINGS_PROCTOR):
        return on_duty.Duties([], [])
    now = clock.now()
    own = on_duty.of_person(session, actor, now=now)
    return on_duty.Duties([view for view in own.told if view.times.ends_at > now], own.hidden)


def _emergencies(session: Session, actor: Actor) -> list[emergencies.Line]:
    """Those that an auditor has to look at, and that whoever grants duties has to know of."""
    if not (holds(actor, Right.EMERGENCIES_SEEN) or holds(actor, Right.DUTIES_GRANT)):
        return []
    return [line for line in emergencies.unseen(session) if line.concerns(actor.person_id)]
