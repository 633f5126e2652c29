"""Look-ups for imports and attendance, each in one query however long the list."""

from collections.abc import Iterable
from datetime import date

from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from service.access.rules.people import OrganisationKind
from service.access.tables import Deed, Organisation, Person
from service.programme.tables import Attendance, Enrolment, Trainee, TrainingClass


def enterprises(session: Session) -> dict[str, int]:
    """Enterprise ids by registered name."""
    statement = select(Organisation.name, Organisation.id).where(Organisation.kind == OrganisationKind.ENTERPRISE)
    return {name: found for name, found in session.exec(statement) if found is not None}


def people(session: Session, indexes: Iterable[str]) -> dict[str, tuple[Person, Trainee | None]]:
    """Known persons by the index of their citizen id, with their trainee row where there is one."""
    statement = (
        select(Person, Trainee)
        .outerjoin(Trainee, col(Trainee.person_id) == col(Person.id))
        .where(col(Person.citizen_id_index).in_(set(indexes)))
        .options(defer(col(Trainee.photo_sealed)))  # type: ignore[arg-type]
    )
    return {person.citizen_id_index: (person, trainee) for person, trainee in session.exec(statement)}


def class_codes(session: Session, plan_year: int) -> dict[int, str]:
    """The class in which each trainee is enrolled in a plan year, by trainee."""
    statement = (
        select(Enrolment.trainee_id, TrainingClass.code)
        .join(TrainingClass, col(TrainingClass.id) == col(Enrolment.class_id))
        .where(Enrolment.plan_year == plan_year)
    )
    return dict(session.exec(statement).all())


def deeds(session: Session, subject: str) -> dict[int, frozenset[str]]:
    """What each person has done on a subject, by person."""
    found: dict[int, frozenset[str]] = {}
    for person_id, duty in session.exec(select(Deed.person_id, Deed.duty).where(Deed.subject == subject)):
        found[person_id] = found.get(person_id, frozenset()) | {duty}
    return found


def enrolled(session: Session, class_id: int) -> set[int]:
    """The trainees on the roster of a class."""
    return set(session.exec(select(Enrolment.trainee_id).where(Enrolment.class_id == class_id)))


def attendance(session: Session, trainee_ids: Iterable[int], days: Iterable[date]) -> list[Attendance]:
    """What is recorded for these trainees on these days, in whatever class."""
    statement = select(Attendance).where(
        col(Attendance.trainee_id).in_(set(trainee_ids)), col(Attendance.day).in_(set(days))
    )
    return list(session.exec(statement))
