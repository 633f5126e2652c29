"""HTML routes for arranging: the calendar of sittings, and one sitting with its proctors and seats."""

import json
import secrets
from datetime import datetime
from typing import Annotated, Any

from fastapi import APIRouter, Query, Request, Response
from sqlmodel import Session

from service.access import queries as access
from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Reach, Right, holds, reaches
from service.access.shapes import may
from service.journal import queries as journal
from service.journal.rules import Event
from service.kernel import clock, errors, rendering
from service.kernel.database import Reading
from service.kernel.decision import first_refusal
from service.papers import queries as papers
from service.papers.rules.states import STATE_NAMES as PAPER_STATE_NAMES
from service.programme.queries import classes as programme
from service.sittings import queries
from service.sittings.actions import arranging, enrolling, judging, seat_plans
from service.sittings.queries import SittingView, granting, places, relieving, scheduling, timekeeping
from service.sittings.rules import scheduling as rules
from service.sittings.rules import seating
from service.sittings.rules.calendar import PERIOD_NAMES, SHOWN_NAMES
from service.sittings.shapes import calendar, views
from service.sittings.tables import Sitting

router = APIRouter(include_in_schema=False)


@router.get("/sittings")
def sittings(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.SITTINGS_VIEW)],
    asked: Annotated[calendar.Asked, Query()],
) -> Response:
    """The sittings the caller may know of, day by day; for arrangers also what still needs a sitting."""
    now, everything = clock.now(), Reach.ALL in reaches(actor, Right.SITTINGS_VIEW)
    found = calendar.listed(session, actor, asked.narrowing, asked.page, now=now)
    context = {
        "found": found,
        "days": calendar.by_day(found.rows),
        "query": asked.query,
        "picture": _picture(session, asked, found.rows, now) if everything else None,
        "states": SHOWN_NAMES,
        "periods": PERIOD_NAMES,
        "shown": calendar.shown,
        "everything": everything,
        "arranging": holds(actor, Right.SITTINGS_ARRANGE),
        **(_choices(session, actor) if everything else {}),
    }
    return rendering.page(request, "sittings/sittings.html", context, actor=actor)


def _picture(session: Session, asked: calendar.Asked, rows: Any, now: datetime) -> calendar.DayPicture | None:
    """The day that was asked for, else the first one of the list."""
    day = asked.day or (clock.local(rows[0].starts_at).date() if rows else None)
    return calendar.picture(session, day, now=now) if day is not None else None


def _choices(session: Session, actor: Actor) -> dict[str, object]:
    """What can be chosen in the filters and in the form of a new sitting."""
    rooms = queries.exam_points(session)
    classes = [line.training_class for line in programme.visible(session, actor)]
    return {
        "rooms": rooms,
        "points": {point.id: point.name for point, _ in rooms},
        "paper_states": PAPER_STATE_NAMES,
        "classes": [(one, papers.paper_of_class(session, one.id or 0)) for one in classes],
        "late_minutes": places.rules_on(session, clock.today()).late_minutes,
    }


@router.get("/sittings/{sitting_id}")
def sitting(
    request: Request, sitting_id: int, session: Reading, actor: Annotated[Actor, may(Right.SITTINGS_ARRANGE)]
) -> Response:
    """One sitting: its proctors and who else could be one, its seats and who may not have one."""
    row = queries.sitting(session, sitting_id)
    if row is None:
        raise errors.NotFound()
    now, cancelled = clock.now(), row.cancelled_at is not None
    decisions = enrolling.judge_enrolment(session, row.class_id, row)
    roster = programme.roster(session, row.class_id)
    placed = seat_plans.seat_plan(session, sitting_id)
    context = {
        "sitting": views.sitting(session, sitting_id),
        "row": row,
        # Sent twice, the minutes of this form are given once.
        "nonce": secrets.token_hex(16),
        "shown": calendar.shown,
        "states": SHOWN_NAMES,
        "room_clock": timekeeping.room_clock(session, sitting_id),
        "cancellation": _cancellation(session, sitting_id) if cancelled else "",
        "change": rules.may_change(queries.planned(row), now, cancelled=cancelled),
        "rooms": queries.exam_points(session),
        "proctors": scheduling.proctors_of(session, [sitting_id]).get(sitting_id, []),
        "reliefs": _reliefs(session, sitting_id),
        "removals": {
            one: arranging.judge_removal(session, row, one, now=now) for one in queries.proctors(session, sitting_id)
        },
        "pool": _pool(session, row.class_id, queries.proctors(session, sitting_id)),
        "needed": arranging.needed(session, row),
        "placed": placed,
        "disturbed": seating.disturbed([one.seat.trainee_id for one in placed], granting.apart(session, row.class_id)),
        "standing": [] if cancelled else judging.judge_standing(session, row),
        "elsewhere": _elsewhere(session, row, now),
        "rows": seat_plans.rows_of(placed),
        "waiting": [
            (line, decisions[line.trainee.id or 0])
            for line in roster
            if decisions[line.trainee.id or 0].code != "seat_exists"
        ],
    }
    return rendering.page(request, "sittings/sitting.html", context, actor=actor)


def _reliefs(session: Session, sitting_id: int) -> list[tuple[object, ...]]:
    """Who was relieved, with the person."""
    found = relieving.reliefs(session, sitting_id)
    people = access.people(session, [one.person_id for one in found])
    return [(one, people[one.person_id]) for one in found]


def _elsewhere(session: Session, sitting: Sitting, now: datetime) -> list[SittingView]:
    """The other sittings of the class to which a candidate could still go."""
    return [
        view
        for view in queries.views(session, class_id=sitting.class_id)
        if view.sitting.id != sitting.id
        and view.sitting.rehearsal == sitting.rehearsal
        and rules.may_change(view.times, now, cancelled=view.sitting.cancelled_at is not None).allowed
    ]


def _cancellation(session: Session, sitting_id: int) -> str:
    """Why a sitting was cancelled, as the record has it."""
    entries = journal.about(session, f"sitting:{sitting_id}")
    reasons = [json.loads(one.data).get("reason", "") for one in entries if one.event == Event.SITTING_CANCELLED]
    return str(reasons[-1]) if reasons else ""


def _pool(session: Session, class_id: int, assigned: frozenset[int]) -> list[tuple[object, ...]]:
    """Every account with the proctor's duty, and whether separation lets the person proctor this class."""
    duties = access.duties_by_account(session)
    subject = f"class:{class_id}"
    return [
        (account, person, body, first_refusal(*using.may_use_duty(session, person.id or 0, Duty.PROCTOR, subject)))
        for account, person, body in access.accounts(session)
        if Duty.PROCTOR in duties.get(account.id or 0, []) and person.id not in assigned
    ]
