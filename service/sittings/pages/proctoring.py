"""The proctors' pages: what they have today, and the board of their room. They only show; acts go through the API."""

from collections.abc import Collection, Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Request
from fastapi.responses import HTMLResponse

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, language, rendering
from service.kernel.database import Reading
from service.papers.rules import states
from service.sittings.actions import on_duty
from service.sittings.pages import tablet
from service.sittings.queries import places
from service.sittings.rules import phases, presence, seats
from service.sittings.rules import room as rules
from service.sittings.rules.on_paper import PAPER_STAGE_NAMES
from service.sittings.rules.phases import Phase
from service.sittings.rules.room import Cause, IncidentKind
from service.sittings.shapes import calendar, room

router = APIRouter(include_in_schema=False)
Proctoring = Annotated[Actor, may(Right.SITTINGS_PROCTOR)]
# The words of every code that a board's scripts may have to say.
NAMES: Mapping[str, Mapping[Any, str]] = {
    "phase": phases.PHASE_NAMES,
    "state": seats.STATE_NAMES,
    "by": seats.HANDED_IN_NAMES,
    "paper": PAPER_STAGE_NAMES,
    "refusal": seats.REFUSAL_NAMES,
    "connection": presence.CONNECTION_NAMES,
    "kind": rules.INCIDENT_NAMES,
}


@router.get("/proctor")
def proctor_home(request: Request, session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_VIEW)]) -> HTMLResponse:
    """The sittings that I proctor: today's, and those to come; of hidden ones only day, county and time."""
    now = clock.now()
    duties = on_duty.of_person(session, actor, now=now)
    found = calendar.shapes_of(session, duties.told, now)
    today = [one for one in found if clock.local(one.starts_at).date() == clock.today()]
    later = [one for one in found if one not in today and one.phase is not Phase.ENDED]
    opening = {one.id: states.Window(one.starts_at, one.ends_at).opens_at for one in today}
    context = {
        "today": today,
        "later": later,
        "hidden": [calendar.DutyShape.of(view) for view in duties.hidden],
        "opening": opening,
        "phase_names": phases.PHASE_NAMES,
    }
    page = rendering.page(request, "sittings/proctor_home.html", context, actor=actor)
    page.headers["X-Peikao-Shell"] = tablet.needed().version
    return page


@router.get("/proctor/sittings/{sitting_id}")
def board(request: Request, sitting_id: int, session: Reading, actor: Proctoring) -> HTMLResponse:
    """In the room: open the paper, see every seat as it stands, and do what it needs."""
    on_duty.require(session, actor, sitting_id, now=clock.now())
    shown = room.board(session, actor, sitting_id, rendering.language_of(request))
    window = states.Window(shown.sitting.starts_at, shown.sitting.ends_at)
    context = {
        "board": shown,
        "opens_at": window.opens_at,
        "names": _said(rendering.language_of(request)),
        "causes": rules.CAUSE_NAMES,
        "kinds": _tree(list(IncidentKind)),
        "terminations": _tree(rules.TERMINATIONS),
        "most_photos": rules.MOST_PHOTOS,
        "beat": int(presence.HEARTBEAT.total_seconds()),
        "silence": int(presence.SILENCE.total_seconds()),
        "cap": places.rules_on(session, clock.local(shown.sitting.starts_at).date()).compensation_cap_minutes,
    }
    return rendering.page(request, "sittings/board.html", context, actor=actor)


def _said(tongue: str) -> dict[str, dict[str, str]]:
    """Every word of the catalogues in the reader's language, as the scripts take them."""
    return {group: {code: language.say(tongue, word) for code, word in names.items()} for group, names in NAMES.items()}


def _tree(kinds: Collection[Any]) -> dict[Cause, list[tuple[IncidentKind, str]]]:
    """The tree of reasons: each branch with its kinds in the order of the catalogue.

    What fits nowhere must be found in every branch, because nobody knows under which one a reporter looks for it.
    """
    offered = [(kind, rules.INCIDENT_NAMES[kind]) for kind in IncidentKind if kind in kinds]
    other = [one for one in offered if one[0] is IncidentKind.OTHER]
    named = [one for one in offered if one not in other]
    branches = {cause: [one for one in named if rules.CAUSES[one[0]] is cause] for cause in Cause}
    return {cause: found + other if found else [] for cause, found in branches.items()}
