"""HTML routes of the programme: the plan, the institutions, the classes."""

from typing import Annotated

from fastapi import APIRouter, Request, Response

from service.access import queries as access
from service.access.rules.people import ROLE_NAMES, OrganisationKind, TraineeRole
from service.access.rules.policy import Actor, Right, holds
from service.access.shapes import may
from service.kernel import clock, rendering
from service.kernel.database import Reading
from service.kernel.paging import Blank
from service.programme.actions import viewing
from service.programme.queries import classes as queries
from service.programme.queries import planning
from service.programme.rules import hours, photos
from service.programme.rules import institutions as qualifying
from service.programme.rules.classes import MOST_HOURS_A_DAY
from service.programme.rules.hours import BASIS_NAMES, HOURS, MODE_NAMES, PRACTICAL_BASIS, Basis
from service.programme.rules.plans import TARGETS

router = APIRouter(include_in_schema=False)
WORDS = {"roles": ROLE_NAMES, "modes": MODE_NAMES, "bases": BASIS_NAMES}


@router.get("/plan")
def plan(request: Request, session: Reading, actor: Annotated[Actor, may(Right.PROGRAMME_VIEW)]) -> Response:
    """Every year's target with its progress, and every setting of training with its source."""
    bases = {row.year: Basis(row.practical_basis) for row in planning.plans(session)}
    context = {
        **WORDS,
        "progress": planning.progress(session),
        "planned": bases,
        "shares": {basis: hours.plan_shares(basis) for basis in Basis},
        "notices": {basis: hours.plan_notice(basis) for basis in Basis},
        "default_basis": PRACTICAL_BASIS,
        "hours": HOURS,
        "offline_percent": int(100 * hours.OFFLINE_SHARE),
        "practical_percent": int(100 * hours.PRACTICAL_SHARE),
        "most_a_day": MOST_HOURS_A_DAY,
        "targets": TARGETS,
        "may_plan": holds(actor, Right.PROGRAMME_PLAN),
    }
    return rendering.page(request, "programme/plan.html", context, actor=actor)


@router.get("/institutions")
def institutions(request: Request, session: Reading, actor: Annotated[Actor, may(Right.PROGRAMME_PLAN)]) -> Response:
    """Every training institution: which conditions of 三(二) it lacks, who teaches, and the opening of a class."""
    cards = []
    for body in access.organisations(session, OrganisationKind.INSTITUTION):
        profile = planning.profile(session, body.id or 0)
        lecturers = planning.lecturers(session, body.id or 0)
        teachers = planning.teachers_of(row for row, _ in lecturers)
        answers = qualifying.conditions(planning.profile_of(profile), teachers)
        cards.append({"body": body, "profile": profile, "lecturers": lecturers, "answers": answers})
    years = [row.year for row in planning.plans(session)]
    context = {**WORDS, "cards": cards, "years": years}
    return rendering.page(request, "programme/institutions.html", context, actor=actor)


@router.get("/classes")
def classes(
    request: Request,
    session: Reading,
    actor: Annotated[Actor, may(Right.PROGRAMME_VIEW)],
    role: Annotated[TraineeRole | None, Blank] = None,
    plan_year: Annotated[int | None, Blank] = None,
) -> Response:
    """The classes within the reader's reach."""
    context = {
        **WORDS,
        "lines": queries.visible(session, actor, role=role, plan_year=plan_year),
        "years": [row.year for row in planning.plans(session)],
        "role": role or "",
        "plan_year": plan_year or "",
    }
    return rendering.page(request, "programme/classes.html", context, actor=actor)


@router.get("/classes/{class_id}")
def training_class(
    request: Request, class_id: int, session: Reading, actor: Annotated[Actor, may(Right.PROGRAMME_VIEW)]
) -> Response:
    """One class: its roster with hours, the import for the bureau, the attendance for its institution."""
    line = viewing.view_class(session, actor, class_id)
    found = line.training_class
    context = {
        **WORDS,
        "line": line,
        "roster": viewing.view_roster(session, actor, class_id),
        "large_photos": queries.large_photos(session, class_id, most_bytes=photos.MOST_BYTES_AT_THE_DOOR),
        "most_bytes_at_the_door": photos.MOST_BYTES_AT_THE_DOOR,
        "needed": HOURS[TraineeRole(found.role)],
        "lecturers": planning.lecturers_of_class(session, class_id),
        "may_import": holds(actor, Right.PROGRAMME_PLAN),
        "may_attend": holds(actor, Right.PROGRAMME_ATTENDANCE) and actor.organisation_id == found.institution_id,
        "last_day": min(found.ends_on, clock.today()),
        "most_a_day": MOST_HOURS_A_DAY,
    }
    return rendering.page(request, "programme/training_class.html", context, actor=actor)
