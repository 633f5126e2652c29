"""More classes than the world's one, opened by the same real actions: for second papers, other rooms, statistics."""

from dataclasses import dataclass, field, replace
from datetime import date, timedelta

from sqlmodel import Session

from service.access.rules.people import ROLE_NAMES, TraineeRole
from service.programme.actions import attending, enrolling, planning
from service.programme.queries import classes as programme
from service.programme.queries import planning as plans_of
from service.programme.rules.classes import Attended, ClassDraft
from service.programme.rules.hours import Mode
from service.programme.rules.institutions import Profile, Teacher
from service.programme.rules.plans import Target
from tests import world as worlds
from tests.world import PREPARED_AT, World

BEGINS = date(2026, 11, 1)
ENTERPRISES = {"青松煤矿": "enterprise", "北山煤矿": "enterprise2"}


@dataclass(frozen=True)
class Wanted:
    """A class as a test wants it: the enterprise of each trainee, and everybody's hours by day and mode."""

    code: str
    enterprises: tuple[str, ...] = ("青松煤矿", "北山煤矿")
    role: TraineeRole = TraineeRole.TEAM_LEADER
    plan_year: int = 2024
    institution: str = "institution"
    first_number: int = 100
    hours: tuple[tuple[int, Mode, int], ...] = worlds.HOURS
    lacking: frozenset[int] = field(default_factory=frozenset)
    """Places of trainees who attended the first day only."""
    truant: frozenset[int] = field(default_factory=frozenset)
    """Places of trainees who never attended."""


def open_class(session: Session, world: World, wanted: Wanted) -> World:
    """The class with its roster and attendance; the answer is a world that points at it."""
    planner = world.actor(session, "planner")
    if wanted.plan_year not in {plan.year for plan in plans_of.plans(session)}:
        target = Target(wanted.plan_year, 40, 100, "二(二)")
        planning.set_plan(session, planner, target, now=PREPARED_AT)
    institution = world.organisations[wanted.institution]
    lecturers = [row.id or 0 for row, _ in plans_of.lecturers(session, institution)] or _staff(session, world, wanted)
    draft = ClassDraft(
        wanted.code,
        f"{wanted.code}班",
        wanted.role,
        wanted.plan_year,
        institution,
        BEGINS,
        BEGINS + timedelta(days=14),
        tuple(lecturers),
    )
    class_id = planning.open_class(session, planner, draft, now=PREPARED_AT).id or 0
    ids = [worlds.citizen_id(wanted.first_number + place) for place in range(len(wanted.enterprises))]
    rows = [
        (f"{wanted.code}-{place}", full, wanted.enterprises[place], ROLE_NAMES[wanted.role], f"1380000{place:04d}")
        for place, full in enumerate(ids)
    ]
    report = enrolling.import_roster(session, planner, class_id, worlds.roster(rows), keep_good=False, now=PREPARED_AT)
    assert report.kept == len(rows), report.faults
    lines = {line.person.name: line.trainee.id or 0 for line in programme.roster(session, class_id)}
    trainees = [lines[name] for name, *_ in rows]
    attended = [
        Attended(trainee, BEGINS + timedelta(days=day), mode, hours)
        for place, trainee in enumerate(trainees)
        for day, mode, hours in (wanted.hours[:1] if place in wanted.lacking else wanted.hours)
        if place not in wanted.truant
    ]
    teacher = world.actor(session, "institution")
    teacher = replace(teacher, organisation_id=institution)
    attending.record_attendance(session, teacher, class_id, attended, now=PREPARED_AT)
    return replace(
        world,
        class_id=class_id,
        trainees=trainees,
        citizen_ids=dict(zip(trainees, ids, strict=True)),
        paper_id=0,
        sitting_id=0,
        seats=[],
        tickets={},
        codes={},
    )


def _staff(session: Session, world: World, wanted: Wanted) -> list[int]:
    """What 三(二) asks of an institution, for one that has nothing yet."""
    planner, institution = world.actor(session, "planner"), world.organisations[wanted.institution]
    planning.profile_institution(session, planner, institution, Profile(2, True, True), now=PREPARED_AT)
    return [
        planning.add_lecturer(
            session,
            planner,
            institution,
            name=f"{wanted.institution}教师{place}",
            citizen_id=worlds.citizen_id(970 + place),
            title="高级工程师",
            teacher=Teacher(True, True, 10, True),
            now=PREPARED_AT,
        ).id
        or 0
        for place in range(3)
    ]
