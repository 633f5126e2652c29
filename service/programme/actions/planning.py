"""Plans, institutions, lecturers and the opening of classes, as the bureau keeps them."""

from collections.abc import Collection, Iterable
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.access import queries as access_queries
from service.access.actions import administering, using
from service.access.queries import makers
from service.access.rules import separation
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.tables import Organisation
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import clock, errors
from service.kernel.decision import first_refusal
from service.programme.queries import classes as class_queries
from service.programme.queries import planning as queries
from service.programme.rules import classes, institutions, plans
from service.programme.rules.classes import ClassDraft
from service.programme.rules.hours import PRACTICAL_BASIS, Basis
from service.programme.rules.institutions import Profile, Teacher
from service.programme.rules.plans import Target
from service.programme.tables import (
    ClassLecturer,
    InstitutionProfile,
    Lecturer,
    Plan,
    TrainingClass,
)


def set_plan(
    session: Session, actor: Actor, target: Target, *, practical_basis: Basis = PRACTICAL_BASIS, now: datetime
) -> Plan:
    """Set a year's target, or change it.

    Raises:
        WrongState: the cumulative percentages of the years would fall.
    """
    others = [queries.target_of(plan) for plan in queries.plans(session) if plan.year != target.year]
    plan = session.get(Plan, target.year)

    using.require_right(actor, Right.PROGRAMME_PLAN)

    plans.may_set(target, others).or_refuse()

    fields: dict[str, Any] = {
        "people_target": target.people,
        "cumulative_percent": target.cumulative_percent,
        "practical_basis": practical_basis,
        "source": target.source,
    }
    plan = plan or Plan(year=target.year, **fields)
    plan.sqlmodel_update(fields)
    session.add(plan)
    session.flush()

    record(session, Event.PLAN_SET, actor.label, f"plan:{target.year}", now=now, data=fields)
    return plan


def _institution(session: Session, organisation_id: int) -> Organisation:
    organisation = session.get(Organisation, organisation_id)
    if organisation is None or organisation.kind != OrganisationKind.INSTITUTION:
        raise errors.NotFound()
    return organisation


def profile_institution(
    session: Session, actor: Actor, organisation_id: int, profile: Profile, *, now: datetime
) -> InstitutionProfile:
    """Register what an institution has, or bring it up to date."""
    _institution(session, organisation_id)
    known = queries.profile(session, organisation_id)

    using.require_right(actor, Right.PROGRAMME_PLAN)

    fields = {name: getattr(profile, name) for name in profile.__slots__}
    row = known or InstitutionProfile(organisation_id=organisation_id, **fields)
    row.sqlmodel_update(fields)
    session.add(row)
    session.flush()

    subject = f"organisation:{organisation_id}"
    record(session, Event.INSTITUTION_PROFILED, actor.label, subject, now=now, data=fields)
    return row


def add_lecturer(
    session: Session,
    actor: Actor,
    organisation_id: int,
    *,
    name: str,
    citizen_id: str,
    title: str,
    teacher: Teacher,
    now: datetime,
) -> Lecturer:
    """Register who teaches for an institution.

    Raises:
        Refused: malformed citizen id, another name, somebody who makes questions or papers, or a full-time teacher
            who holds any exam duty.
    """
    _institution(session, organisation_id)

    using.require_right(actor, Right.PROGRAMME_PLAN)

    person = administering.person_for(session, name, citizen_id)
    assert person.id is not None
    if teacher.full_time:
        institutions.may_teach_full_time(access_queries.duties_of_person(session, person.id)).or_refuse()
    _may_teach(session, {person.id}, now)

    fields = {field: getattr(teacher, field) for field in teacher.__slots__}
    lecturer = Lecturer(person_id=person.id, organisation_id=organisation_id, title=title, **fields)
    session.add(lecturer)
    session.flush()
    if teacher.full_time:
        # Employed by the institution is tied to it, before the first class already; access judges by deeds.
        using.note_deed(session, person.id, separation.TEACH, f"institution:{organisation_id}", now=now)

    data = {"organisation": organisation_id, "person": person.id, **fields}
    record(session, Event.LECTURER_ADDED, actor.label, f"lecturer:{lecturer.id}", now=now, data=data)
    return lecturer


def open_class(session: Session, actor: Actor, draft: ClassDraft, *, now: datetime) -> TrainingClass:
    """Open a class with an institution that qualifies; whoever teaches it is kept from its exam from now on.

    Raises:
        WrongState: the institution lacks a condition of 三(二), or the draft cannot be.
        Refused: a lecturer has come to make questions or papers since they were registered.
    """
    _institution(session, draft.institution_id)
    lecturers = {row.id: row for row, _ in queries.lecturers(session, draft.institution_id) if row.id is not None}
    profile = queries.profile_of(queries.profile(session, draft.institution_id))

    using.require_right(actor, Right.PROGRAMME_PLAN)

    planned = session.get(Plan, draft.plan_year) is not None
    code_taken = class_queries.by_code(session, draft.code) is not None
    classes.may_open(draft, planned=planned, code_taken=code_taken, lecturers=lecturers).or_refuse()
    institutions.institution_qualifies(profile, queries.teachers_of(lecturers.values())).or_refuse()
    teaching = [lecturers[chosen] for chosen in sorted(set(draft.lecturer_ids))]
    _may_teach(session, {lecturer.person_id for lecturer in teaching}, now)

    fields = {name: getattr(draft, name) for name in draft.__slots__ if name != "lecturer_ids"}
    training_class = TrainingClass(**fields)
    session.add(training_class)
    session.flush()
    _assign(session, training_class, teaching, now)

    data = {"code": draft.code, "institution": draft.institution_id, "lecturers": sorted(set(draft.lecturer_ids))}
    record(session, Event.CLASS_OPENED, actor.label, f"class:{training_class.id}", now=now, data=data)
    return training_class


def _may_teach(session: Session, people: Collection[int], now: datetime) -> None:
    makers.lock(session, people)
    day = clock.local(now).date()
    first_refusal(*using.may_turn_to(session, separation.TEACH, people, on=day).values()).or_refuse()


def _assign(session: Session, training_class: TrainingClass, lecturers: Iterable[Lecturer], now: datetime) -> None:
    assert training_class.id is not None
    using.note_taught(session, f"class:{training_class.id}", training_class.institution_id)
    for lecturer in lecturers:
        assert lecturer.id is not None
        session.add(ClassLecturer(class_id=training_class.id, lecturer_id=lecturer.id))
        # Nobody can have used an exam duty on a class that did not exist, so the deed needs no check before it.
        using.note_deed(session, lecturer.person_id, separation.TEACH, f"class:{training_class.id}", now=now)
