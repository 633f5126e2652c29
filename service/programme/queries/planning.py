"""Reads on plans, institutions and lecturers."""

from collections.abc import Iterable

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.programme.rules import plans as plan_rules
from service.programme.rules.institutions import Profile, Teacher
from service.programme.rules.plans import Progress, Target
from service.programme.tables import (
    ClassLecturer,
    Enrolment,
    InstitutionProfile,
    Lecturer,
    Plan,
)


def plans(session: Session) -> list[Plan]:
    """All plans, by year."""
    return list(session.exec(select(Plan).order_by(col(Plan.year))))


def target_of(plan: Plan) -> Target:
    """A plan as the plain value that rules work on."""
    return Target(plan.year, plan.people_target, plan.cumulative_percent, plan.source)


def progress(session: Session) -> list[Progress]:
    """Each year's target with the people enrolled in it; someone enrolled in two years is reached once."""
    enrolled = select(Enrolment.plan_year, sa.func.count()).group_by(col(Enrolment.plan_year))
    first = select(sa.func.min(Enrolment.plan_year).label("year")).group_by(col(Enrolment.trainee_id)).subquery()
    newcomers = select(first.c.year, sa.func.count()).group_by(first.c.year)
    targets = [target_of(plan) for plan in plans(session)]
    return plan_rules.progress(targets, dict(session.exec(enrolled).all()), dict(session.exec(newcomers).all()))


def profile(session: Session, organisation_id: int) -> InstitutionProfile | None:
    statement = select(InstitutionProfile).where(InstitutionProfile.organisation_id == organisation_id)
    return session.exec(statement).first()


def profile_of(row: InstitutionProfile | None) -> Profile | None:
    """A profile as the plain value that rules work on."""
    if row is None:
        return None
    return Profile(row.full_time_managers, row.has_platform, row.practice_base)


def lecturers(session: Session, organisation_id: int) -> list[tuple[Lecturer, Person]]:
    """The lecturers of an institution with their persons, by name."""
    statement = select(Lecturer, Person).join(Person, col(Person.id) == col(Lecturer.person_id))
    return list(session.exec(statement.where(Lecturer.organisation_id == organisation_id).order_by(Person.name)))


def lecturers_of_class(session: Session, class_id: int) -> list[tuple[Lecturer, Person]]:
    """Who teaches a class, by name."""
    statement = (
        select(Lecturer, Person)
        .join(Person, col(Person.id) == col(Lecturer.person_id))
        .join(ClassLecturer, col(ClassLecturer.lecturer_id) == col(Lecturer.id))
        .where(ClassLecturer.class_id == class_id)
        .order_by(Person.name)
    )
    return list(session.exec(statement))


def teachers_of(rows: Iterable[Lecturer]) -> list[Teacher]:
    """Lecturers as the plain values that rules work on."""
    return [Teacher(row.senior, row.mining_major, row.practice_years, row.full_time) for row in rows]
