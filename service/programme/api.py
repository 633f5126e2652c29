"""JSON routes for plans, institutions, classes, rosters and attendance."""

from typing import Annotated

from fastapi import APIRouter, Form, Request, Response, UploadFile

from service.access import queries as access_queries
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, language, rendering
from service.kernel.database import Reading, Writing
from service.programme import shapes
from service.programme.actions import (
    attending,
    enrolling,
    planning,
    spreadsheet,
    viewing,
)
from service.programme.actions.enrolling import ImportReport
from service.programme.actions.viewing import Attendee
from service.programme.queries import classes as class_queries
from service.programme.queries import planning as plan_queries
from service.programme.queries.classes import ClassLine
from service.programme.rules import hours, institutions
from service.programme.rules.hours import Basis, Mode
from service.programme.rules.photos import PhotoType

router = APIRouter(prefix="/api/v1/programme", tags=["programme"])


@router.get("/plans")
def list_plans(
    request: Request, session: Reading, _: Annotated[Actor, may(Right.PROGRAMME_VIEW)]
) -> list[shapes.PlanShape]:
    """Every year's plan with its progress."""
    return _plans(request, session)


@router.put("/plans")
def set_plan(
    request: Request,
    body: shapes.SetPlan,
    session: Writing,
    actor: Annotated[Actor, may(Right.PROGRAMME_PLAN)],
) -> shapes.PlanShape:
    """Set a year's plan, or change it."""
    planning.set_plan(session, actor, body.value(), practical_basis=body.practical_basis, now=clock.now())
    return next(shape for shape in _plans(request, session) if shape.year == body.year)


@router.post("/institutions/{organisation_id}/profile")
def profile_institution(
    request: Request,
    organisation_id: int,
    body: shapes.NewProfile,
    session: Writing,
    actor: Annotated[Actor, may(Right.PROGRAMME_PLAN)],
) -> shapes.ProfileShape:
    """Register what an institution has; the answer says which conditions it lacks."""
    profile = body.value()
    planning.profile_institution(session, actor, organisation_id, profile, now=clock.now())
    lecturers = plan_queries.teachers_of(row for row, _ in plan_queries.lecturers(session, organisation_id))
    refused = [answer for answer in institutions.conditions(profile, lecturers) if not answer.allowed]
    tongue = rendering.language_of(request)
    return shapes.ProfileShape(
        **body.model_dump(),
        organisation_id=organisation_id,
        qualifies=not refused,
        lacks=[language.say(tongue, answer.reason, answer.values) for answer in refused],
    )


@router.post("/lecturers", status_code=201)
def add_lecturer(
    body: shapes.NewLecturer, session: Writing, actor: Annotated[Actor, may(Right.PROGRAMME_PLAN)]
) -> shapes.LecturerShape:
    """Register who teaches for an institution."""
    added = planning.add_lecturer(
        session,
        actor,
        body.organisation_id,
        name=body.name,
        citizen_id=body.citizen_id,
        title=body.title,
        teacher=body.value(),
        now=clock.now(),
    )
    person = access_queries.people(session, [added.person_id])[added.person_id]
    return shapes.LecturerShape(
        **added.model_dump(exclude={"person_id"}), name=person.name, citizen_id_masked=person.citizen_id_masked
    )


@router.post("/classes", status_code=201)
def open_class(
    body: shapes.NewClass, session: Writing, actor: Annotated[Actor, may(Right.PROGRAMME_PLAN)]
) -> shapes.ClassShape:
    """Open a class; refused while the institution lacks a condition of 三(二)."""
    opened = planning.open_class(session, actor, body.value(), now=clock.now())
    assert opened.id is not None
    return _class(viewing.view_class(session, actor, opened.id))


@router.get("/classes")
def list_classes(
    session: Reading,
    actor: Annotated[Actor, may(Right.PROGRAMME_VIEW)],
    role: TraineeRole | None = None,
    plan_year: int | None = None,
) -> list[shapes.ClassShape]:
    """The classes within the caller's reach."""
    return [_class(line) for line in class_queries.visible(session, actor, role=role, plan_year=plan_year)]


@router.get("/classes/{class_id}")
def show_class(
    class_id: int, session: Reading, actor: Annotated[Actor, may(Right.PROGRAMME_VIEW)]
) -> shapes.ClassShape:
    """One class within the caller's reach."""
    return _class(viewing.view_class(session, actor, class_id))


@router.get("/classes/{class_id}/roster")
def show_roster(
    request: Request, class_id: int, session: Reading, actor: Annotated[Actor, may(Right.PROGRAMME_VIEW)]
) -> list[shapes.AttendeeShape]:
    """The people of a class whom the caller may see, with their hours."""
    tongue = rendering.language_of(request)
    return [_attendee(tongue, attendee) for attendee in viewing.view_roster(session, actor, class_id)]


@router.post("/classes/{class_id}/roster", responses={422: {"model": shapes.ImportReportShape}})
def import_roster(
    request: Request,
    response: Response,
    class_id: int,
    file: UploadFile,
    session: Writing,
    actor: Annotated[Actor, may(Right.PROGRAMME_PLAN)],
    keep_good: Annotated[bool, Form()] = False,
    dry_run: Annotated[bool, Form()] = False,
) -> shapes.ImportReportShape:
    """Enrol the people of an xlsx sheet; 422 with the same report where faults kept everybody out."""
    # One byte more than allowed is enough to refuse the file without reading the rest.
    content = file.file.read(spreadsheet.MOST_BYTES + 1)
    report = enrolling.import_roster(
        session, actor, class_id, content, keep_good=keep_good, dry_run=dry_run, now=clock.now()
    )
    if report.refused and not dry_run:
        response.status_code = 422
    return _report(rendering.language_of(request), report)


@router.post("/classes/{class_id}/attendance")
def record_attendance(
    class_id: int,
    body: shapes.NewAttendance,
    session: Writing,
    actor: Annotated[Actor, may(Right.PROGRAMME_ATTENDANCE)],
) -> shapes.AttendanceReportShape:
    """Record hours of a class: all entries or none."""
    entries = [entry.value() for entry in body.entries]
    report = attending.record_attendance(session, actor, class_id, entries, now=clock.now())
    return shapes.AttendanceReportShape.model_validate(report, from_attributes=True)


@router.put("/trainees/{trainee_id}/photo", openapi_extra=shapes.PHOTO_REQUEST)
def set_photo(
    trainee_id: int,
    actor: Annotated[Actor, may(Right.PROGRAMME_PLAN)],
    content: shapes.PhotoBody,
    session: Writing,
) -> shapes.PhotoShape:
    """Keep a trainee's photograph, sent as the raw body."""
    trainee = enrolling.set_photo(session, actor, trainee_id, content, now=clock.now())
    return shapes.PhotoShape(trainee_id=trainee_id, photo_type=PhotoType(trainee.photo_type or ""))


def _plans(request: Request, session: Reading) -> list[shapes.PlanShape]:
    tongue = rendering.language_of(request)
    bases = {plan.year: Basis(plan.practical_basis) for plan in plan_queries.plans(session)}
    warnings = {basis: hours.plan_notice(basis) for basis in Basis}
    notices = {basis: language.say(tongue, warning.reason, warning.values) for basis, warning in warnings.items()}
    return [
        shapes.PlanShape(
            year=progress.target.year,
            people_target=progress.target.people,
            cumulative_percent=progress.target.cumulative_percent,
            practical_basis=bases[progress.target.year],
            source=progress.target.source,
            enrolled=progress.enrolled,
            reached=progress.reached,
            whole=progress.whole,
            on_target=progress.on_target,
            shares_met=hours.plan_shares(bases[progress.target.year]).allowed,
            notice=notices[bases[progress.target.year]],
        )
        for progress in plan_queries.progress(session)
    ]


def _class(line: ClassLine) -> shapes.ClassShape:
    return shapes.ClassShape(**line.training_class.model_dump(), institution=line.institution, enrolled=line.enrolled)


def _attendee(tongue: str, attendee: Attendee) -> shapes.AttendeeShape:
    trainee, person = attendee.line.trainee, attendee.line.person
    return shapes.AttendeeShape(
        trainee_id=trainee.id or 0,
        name=person.name,
        citizen_id_masked=person.citizen_id_masked,
        enterprise=attendee.line.enterprise.name,
        role=TraineeRole(trainee.role),
        has_photo=trainee.photo_type is not None,
        hours={mode: attendee.hours.get(mode, 0) for mode in Mode},
        hours_met=attendee.met.allowed,
        missing=language.say(tongue, attendee.met.reason, attendee.met.values),
    )


def _report(tongue: str, report: ImportReport) -> shapes.ImportReportShape:
    return shapes.ImportReportShape(
        kept=report.kept,
        unchanged=report.unchanged,
        written=report.written,
        refused=report.refused,
        faults=[
            shapes.FaultShape(
                row=fault.row,
                column=fault.column,
                code=fault.code,
                reason=language.say(tongue, fault.reason, fault.values),
            )
            for fault in report.faults
        ],
    )
