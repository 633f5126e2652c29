"""Reads on classes, their rosters and hours, narrowed to what an actor's reach covers."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import defer
from sqlmodel import Session, col, select

from service.access.rules import policy
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Reach, Right, Subject
from service.access.tables import Organisation, Person
from service.kernel import sealing
from service.programme.rules.hours import Mode
from service.programme.tables import Attendance, Enrolment, Trainee, TrainingClass


@dataclass(frozen=True, slots=True)
class ClassLine:
    """A class as lists show it: with its institution's name and how many are on its roster."""

    training_class: TrainingClass
    institution: str
    enrolled: int


@dataclass(frozen=True, slots=True)
class RosterLine:
    """A trainee with the natural person and the enterprise."""

    trainee: Trainee
    person: Person
    enterprise: Organisation


def _people_seen_by(actor: Actor) -> sa.ColumnElement[bool]:
    """The condition on trainees joined with their enterprise: whose people a county or an enterprise may see."""
    reach = policy.reaches(actor, Right.PROGRAMME_VIEW)
    return sa.or_(
        sa.literal(Reach.ALL in reach),
        # An account without a county must not see the enterprises without one.
        sa.and_(sa.literal(Reach.COUNTY in reach and bool(actor.county)), col(Organisation.county) == actor.county),
        sa.and_(sa.literal(Reach.ORGANISATION in reach), col(Trainee.enterprise_id) == actor.organisation_id),
    )


def _taught_by(actor: Actor) -> sa.ColumnElement[bool]:
    reach = policy.reaches(actor, Right.PROGRAMME_VIEW)
    return sa.and_(sa.literal(Reach.ORGANISATION in reach), col(TrainingClass.institution_id) == actor.organisation_id)


def _seen_by(actor: Actor) -> sa.ColumnElement[bool]:
    """The condition on classes: all, those the actor's institution teaches, or those with people of theirs."""
    if Reach.ALL in policy.reaches(actor, Right.PROGRAMME_VIEW):
        return sa.true()
    with_theirs = (
        select(Enrolment.class_id)
        .join(Trainee, col(Trainee.id) == col(Enrolment.trainee_id))
        .join(Organisation, col(Organisation.id) == col(Trainee.enterprise_id))
        .where(_people_seen_by(actor))
    )
    return sa.or_(_taught_by(actor), col(TrainingClass.id).in_(with_theirs))


def visible(
    session: Session,
    actor: Actor,
    *,
    role: TraineeRole | None = None,
    plan_year: int | None = None,
    class_id: int | None = None,
) -> list[ClassLine]:
    """The classes an actor may see, newest term first, narrowed by what is given."""
    enrolled = (
        sa.select(sa.func.count(col(Enrolment.id)))
        .where(col(Enrolment.class_id) == col(TrainingClass.id))
        .scalar_subquery()
    )
    statement = (
        sa.select(TrainingClass, Organisation.name, enrolled)  # type: ignore[call-overload]
        .join(Organisation, col(Organisation.id) == col(TrainingClass.institution_id))
        .where(_seen_by(actor))
        .order_by(col(TrainingClass.starts_on).desc(), col(TrainingClass.code))
    )
    for column, value in (
        (TrainingClass.role, role),
        (TrainingClass.plan_year, plan_year),
        (TrainingClass.id, class_id),
    ):
        if value is not None:
            statement = statement.where(col(column) == value)
    return [ClassLine(*row) for row in session.execute(statement)]


def of_role(session: Session, role: TraineeRole) -> list[TrainingClass]:
    """All classes of a role, by code."""
    return list(session.exec(select(TrainingClass).where(TrainingClass.role == role).order_by(TrainingClass.code)))


def by_code(session: Session, code: str) -> TrainingClass | None:
    return session.exec(select(TrainingClass).where(TrainingClass.code == code)).first()


def codes(session: Session, class_ids: Collection[int]) -> dict[int, str]:
    """The codes of these classes, in one query."""
    statement = sa.select(col(TrainingClass.id), col(TrainingClass.code)).where(col(TrainingClass.id).in_(class_ids))
    return {class_id: code for class_id, code in session.execute(statement) if class_id is not None}


def class_subject(session: Session, class_id: int) -> Subject:
    """What reaches on a class are measured against: its institution, its trainees' enterprises and their counties."""
    institution = select(TrainingClass.institution_id).where(TrainingClass.id == class_id)
    enterprises = (
        select(Organisation.id, Organisation.county)
        .join(Trainee, col(Trainee.enterprise_id) == col(Organisation.id))
        .join(Enrolment, col(Enrolment.trainee_id) == col(Trainee.id))
        .where(Enrolment.class_id == class_id)
        .distinct()
    )
    rows = session.exec(enterprises).all()
    taught_by = session.exec(institution).all()
    return Subject(
        counties=frozenset(county for _, county in rows if county),
        organisation_ids=frozenset([*taught_by, *(found for found, _ in rows if found is not None)]),
    )


def _trainees() -> Any:
    # Photographs stay behind: a roster of sixty would carry megabytes of them.
    return (
        sa.select(Trainee, Person, Organisation)
        .join(Person, col(Person.id) == col(Trainee.person_id))
        .join(Organisation, col(Organisation.id) == col(Trainee.enterprise_id))
        .options(defer(col(Trainee.photo_sealed)))  # type: ignore[arg-type]
        .order_by(col(Person.name), col(Trainee.id))
    )


def roster(session: Session, class_id: int, *, seen_by: Actor | None = None) -> list[RosterLine]:
    """The people of a class by name; with ``seen_by``, only those whom that actor may see."""
    statement = (
        _trainees()
        .join(Enrolment, col(Enrolment.trainee_id) == col(Trainee.id))
        .join(TrainingClass, col(TrainingClass.id) == col(Enrolment.class_id))
        .where(col(Enrolment.class_id) == class_id)
    )
    if seen_by is not None:
        statement = statement.where(sa.or_(_taught_by(seen_by), _people_seen_by(seen_by)))
    return [RosterLine(*row) for row in session.execute(statement)]


def trainees(session: Session, trainee_ids: Iterable[int]) -> dict[int, RosterLine]:
    """Trainees by id, in one query."""
    rows = session.execute(_trainees().where(col(Trainee.id).in_(set(trainee_ids))))
    return {row[0].id: RosterLine(*row) for row in rows}


def trainee(session: Session, trainee_id: int) -> RosterLine | None:
    return trainees(session, [trainee_id]).get(trainee_id)


def photo(session: Session, trainee_id: int) -> tuple[bytes, str] | None:
    """A trainee's photograph in clear and its media type."""
    return _photos(session, col(Trainee.id) == trainee_id).get(trainee_id)


def photos(session: Session, trainee_ids: Iterable[int], *, most_bytes: int) -> dict[int, tuple[bytes, str]]:
    """The photographs of trainees up to a size in clear, with their media types, by trainee."""
    return _photos(session, col(Trainee.id).in_(set(trainee_ids)), ~_larger(most_bytes))


def _photos(session: Session, *where: Any) -> dict[int, tuple[bytes, str]]:
    statement = select(Trainee.id, Trainee.photo_sealed, Trainee.photo_type, Trainee.photo_key_id).where(*where)
    return {
        trainee_id: (sealing.decrypt_picture(sealed, key_id, bound_to=photo_place(trainee_id)), media_type)
        for trainee_id, sealed, media_type, key_id in session.exec(statement)
        if trainee_id is not None and sealed is not None and media_type is not None and key_id is not None
    }


def photo_place(trainee_id: int) -> str:
    """What the encryption of a photograph is bound to."""
    return f"programme_trainee_photo:{trainee_id}"


def _larger(most_bytes: int) -> sa.ColumnElement[bool]:
    return sa.func.length(col(Trainee.photo_sealed)) > most_bytes + sealing.SEALED_MORE


def large_photos(session: Session, class_id: int, *, most_bytes: int) -> set[int]:
    """The trainees of a class whose photograph is larger than this."""
    statement = (
        select(Trainee.id)
        .join(Enrolment, col(Enrolment.trainee_id) == col(Trainee.id))
        .where(Enrolment.class_id == class_id, _larger(most_bytes))
    )
    return {trainee_id for trainee_id in session.exec(statement) if trainee_id is not None}


def hours(session: Session, class_id: int) -> dict[int, dict[Mode, int]]:
    """Hours by trainee and mode of a whole class, in one query; who has none is absent."""
    statement = (
        select(Attendance.trainee_id, Attendance.mode, sa.func.sum(Attendance.hours))
        .where(Attendance.class_id == class_id)
        .group_by(col(Attendance.trainee_id), col(Attendance.mode))
    )
    found: dict[int, dict[Mode, int]] = {}
    for trainee_id, mode, total in session.exec(statement):
        found.setdefault(trainee_id, {})[Mode(mode)] = int(total)
    return found
