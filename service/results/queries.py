"""Reads on results, credits and certificates."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col, select

from service.access.tables import Organisation, Person
from service.programme.tables import Trainee, TrainingClass
from service.results.rules import ResultState, Scored
from service.results.tables import Certificate, Credit, Mark, Remarking, Result
from service.sittings.queries import late


def result_of_seat(session: Session, seat_id: int) -> Result | None:
    return session.exec(select(Result).where(Result.seat_id == seat_id)).first()


def results_of_class(session: Session, class_id: int) -> list[Result]:
    """The results of a class by id, locked: they move together."""
    statement = select(Result).where(Result.class_id == class_id).order_by(col(Result.id)).with_for_update()
    return list(session.exec(statement))


def states_by_class(session: Session) -> dict[int, Counter[str]]:
    """How many results of each state every class has, in one query; a class without results is absent."""
    statement = sa.select(Result.class_id, Result.state, sa.func.count()).group_by(  # type: ignore[call-overload]
        Result.class_id, Result.state
    )
    found: dict[int, Counter[str]] = {}
    for class_id, state, number in session.execute(statement):
        found.setdefault(class_id, Counter())[state] = number
    return found


def marks(session: Session, result_id: int) -> list[Mark]:
    """The marks a result is made of, by position."""
    return list(session.exec(select(Mark).where(Mark.result_id == result_id).order_by(col(Mark.position))))


def counting(session: Session, result_id: int) -> dict[int, Scored]:
    """What counts for every position of a result: the first marking, where it was not marked anew since."""
    found = {one.position: Scored(one.choice, one.points, one.of) for one in marks(session, result_id)}
    anew = select(Remarking).where(Remarking.result_id == result_id).order_by(col(Remarking.id))
    for row in session.exec(anew):
        found[row.position] = Scored(row.choice_after, row.points_after, found[row.position].of)
    return found


def undecided_late_answers(session: Session, class_id: int) -> int:
    """How many answers of a class came too late and wait for two people; its results can change until then."""
    return late.undecided(session, [class_id]).get(class_id, 0)


def remarkings(session: Session, late_ids: Iterable[int]) -> dict[int, Remarking]:
    """What accepting these late answers has changed, by late answer; whatever changed nothing is absent."""
    found = session.exec(select(Remarking).where(col(Remarking.late_answer_id).in_(set(late_ids))))
    return {row.late_answer_id: row for row in found}


@dataclass(frozen=True, slots=True)
class ResultLine:
    """A result with whose it is, and the credit and certificate that followed."""

    result: Result
    person: Person
    trainee: Trainee
    enterprise: Organisation
    credit: Credit | None
    certificate: Certificate | None


def lines(session: Session, class_id: int, *, states: Iterable[ResultState] = ResultState) -> list[ResultLine]:
    """The results of a class by name, in the given states, in one query."""
    statement = (
        sa.select(Result, Person, Trainee, Organisation, Credit, Certificate)
        .join(Trainee, col(Trainee.id) == col(Result.trainee_id))
        .join(Person, col(Person.id) == col(Trainee.person_id))
        .join(Organisation, col(Organisation.id) == col(Trainee.enterprise_id))
        .outerjoin(Credit, col(Credit.result_id) == col(Result.id))
        .outerjoin(Certificate, col(Certificate.credit_id) == col(Credit.id))
        .where(col(Result.class_id) == class_id, col(Result.state).in_(list(states)))
        .order_by(col(Person.name), col(Result.id))
    )
    return [ResultLine(*row) for row in session.execute(statement)]


@dataclass(frozen=True, slots=True)
class CertificateView:
    """What a certificate attests, for whoever holds its code."""

    code: str
    person: Person
    training_class: TrainingClass
    hours: int
    published_at: datetime
    issued_at: datetime


def certificate(session: Session, code: str) -> CertificateView | None:
    """The certificate with this code."""
    statement = (
        sa.select(Certificate, Credit, Result, Person, TrainingClass)
        .join(Credit, col(Credit.id) == col(Certificate.credit_id))
        .join(Result, col(Result.id) == col(Credit.result_id))
        .join(Trainee, col(Trainee.id) == col(Credit.trainee_id))
        .join(Person, col(Person.id) == col(Trainee.person_id))
        .join(TrainingClass, col(TrainingClass.id) == col(Credit.class_id))
        .where(col(Certificate.code) == code)
    )
    found = session.execute(statement).first()
    if found is None:
        return None
    issued, credit, result, person, training_class = found
    assert result.published_at is not None, "credits follow publication"
    return CertificateView(code, person, training_class, credit.hours, result.published_at, issued.issued_at)
