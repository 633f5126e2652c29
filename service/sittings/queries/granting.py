"""Reads on individual arrangements, and on the seats that they concern."""

from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Person
from service.programme.tables import Enrolment, Trainee, TrainingClass
from service.sittings.rules.granting import GrantState
from service.sittings.rules.room import ExtraTimeKind
from service.sittings.tables import Arrangement, ExtraTime, Seat, Sitting


def arrangement(session: Session, arrangement_id: int, *, lock: bool = False) -> Arrangement | None:
    """One arrangement; locked where it is about to be decided."""
    return session.get(Arrangement, arrangement_id, with_for_update=lock or None, populate_existing=lock)


def arrangement_for(session: Session, class_id: int, trainee_id: int) -> Arrangement | None:
    """The arrangement of a trainee in a class, whatever its state."""
    statement = select(Arrangement).where(Arrangement.class_id == class_id, Arrangement.trainee_id == trainee_id)
    return session.exec(statement).first()


def arrangement_of(session: Session, class_id: int, trainee_id: int) -> Arrangement | None:
    """What has been approved for a trainee in the sittings of a class."""
    found = arrangement_for(session, class_id, trainee_id)
    return found if found is not None and found.approved else None


def in_class(session: Session, class_id: int, trainee_id: int) -> bool:
    """Whether a trainee is on the roster of a class."""
    statement = select(Enrolment.id).where(Enrolment.class_id == class_id, Enrolment.trainee_id == trainee_id)
    return session.exec(statement).first() is not None


def approved(session: Session, class_id: int) -> dict[int, Arrangement]:
    """What has been approved in a class, by trainee."""
    statement = select(Arrangement).where(Arrangement.class_id == class_id, col(Arrangement.approved).is_(True))
    return {row.trainee_id: row for row in session.exec(statement)}


def apart(session: Session, class_id: int) -> set[int]:
    """The trainees of a class to whom a room of their own has been granted."""
    return {trainee_id for trainee_id, row in approved(session, class_id).items() if row.separate_room}


def sittings_of(session: Session, class_id: int, trainee_id: int) -> list[Sitting]:
    """The sittings of a class that are not cancelled and in which a trainee has a seat, rehearsals too."""
    statement = select(Sitting).join(Seat, col(Seat.sitting_id) == col(Sitting.id))
    mine = Sitting.class_id == class_id, col(Sitting.cancelled_at).is_(None), Seat.trainee_id == trainee_id
    return list(session.exec(statement.where(*mine).order_by(col(Sitting.id))))


def lock_sittings(session: Session, class_id: int) -> list[Sitting]:
    """The sittings of a class that are not cancelled, rehearsals too; locked, so that their clocks stay as they are."""
    statement = (
        select(Sitting)
        .where(Sitting.class_id == class_id, col(Sitting.cancelled_at).is_(None))
        .order_by(col(Sitting.id))
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return list(session.exec(statement))


def lock_seats(session: Session, class_id: int, trainee_id: int) -> list[Seat]:
    """The seats of a trainee in the sittings of a class that are not cancelled, rehearsals too; locked."""
    statement = (
        select(Seat)
        .join(Sitting, col(Sitting.id) == col(Seat.sitting_id))
        .where(Sitting.class_id == class_id, col(Sitting.cancelled_at).is_(None), Seat.trainee_id == trainee_id)
        .order_by(col(Seat.id))
        .with_for_update(of=Seat)
        .execution_options(populate_existing=True)
    )
    return list(session.exec(statement))


def used(session: Session, class_id: int, trainee_id: int) -> bool:
    """Whether a trainee has been let into an exam of the class; a rehearsal is none."""
    statement = (
        select(Seat.id)
        .join(Sitting, col(Sitting.id) == col(Seat.sitting_id))
        .where(
            Sitting.class_id == class_id,
            Seat.trainee_id == trainee_id,
            col(Sitting.rehearsal).is_(False),
            col(Seat.admitted_at).is_not(None),
        )
    )
    return session.exec(statement).first() is not None


def extra_time(session: Session, seat_id: int) -> ExtraTime | None:
    """The minutes that a seat has by an individual arrangement."""
    statement = select(ExtraTime).where(ExtraTime.seat_id == seat_id, ExtraTime.kind == ExtraTimeKind.ARRANGEMENT)
    return session.exec(statement).first()


@dataclass(frozen=True, slots=True)
class GrantLine:
    """An arrangement with what people call it by."""

    arrangement: Arrangement
    training_class: TrainingClass
    person: Person
    proposed_by: str
    decided_by: str


def listing(*, class_id: int | None = None, state: GrantState | None = None, arrangement_id: int | None = None) -> Any:
    """A select of (arrangement, class, person, who asked, who decided), what waits for a decision first."""
    asked, decided = sa.orm.aliased(Person), sa.orm.aliased(Person)
    statement = (
        sa.select(Arrangement, TrainingClass, Person, asked.name, decided.name)  # type: ignore[call-overload]
        .join(TrainingClass, col(TrainingClass.id) == col(Arrangement.class_id))
        .join(Trainee, col(Trainee.id) == col(Arrangement.trainee_id))
        .join(Person, col(Person.id) == col(Trainee.person_id))
        .join(asked, asked.id == col(Arrangement.proposed_by))
        .outerjoin(decided, decided.id == col(Arrangement.decided_by))
        .order_by(col(Arrangement.decided_at).is_not(None), col(Arrangement.proposed_at).desc(), col(Arrangement.id))
    )
    if class_id is not None:
        statement = statement.where(col(Arrangement.class_id) == class_id)
    if arrangement_id is not None:
        statement = statement.where(col(Arrangement.id) == arrangement_id)
    match state:
        case GrantState.PROPOSED:
            statement = statement.where(col(Arrangement.approved).is_(None))
        case GrantState.APPROVED:
            statement = statement.where(col(Arrangement.approved).is_(True))
        case GrantState.DECLINED:
            statement = statement.where(col(Arrangement.approved).is_(False))
        case None:
            pass
    return statement


def waiting(session: Session) -> int:
    """How many arrangements wait for a decision."""
    statement = select(sa.func.count()).select_from(Arrangement).where(col(Arrangement.approved).is_(None))
    return session.exec(statement).one()
