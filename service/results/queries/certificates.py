"""Reads on certificates: what each attests, and whose it is."""

from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.rules.people import OrganisationKind
from service.access.tables import Organisation, Person
from service.programme.tables import Trainee, TrainingClass
from service.results.queries import bears, current, stands
from service.results.rules import ResultState, Verdict
from service.results.tables import Certificate, Credit, Result


@dataclass(frozen=True, slots=True)
class CertificateView:
    """What a certificate attests, for whoever holds its code.

    ``verdict`` is that of the newest version of the result it rests on; since ``void_since`` no exam is passed.
    """

    code: str
    person: Person
    training_class: TrainingClass
    hours: int
    published_at: datetime
    issued_at: datetime
    verdict: Verdict
    void_since: datetime | None


def certificate(session: Session, code: str) -> CertificateView | None:
    """The certificate with this code."""
    posted = aliased(Result)
    statement = (
        sa.select(Certificate, Credit, posted, Person, TrainingClass)
        .join(Credit, col(Credit.id) == col(Certificate.credit_id))
        .join(posted, col(posted.id) == col(Credit.result_id))
        .join(Trainee, col(Trainee.id) == col(Credit.trainee_id))
        .join(Person, col(Person.id) == col(Trainee.person_id))
        .join(TrainingClass, col(TrainingClass.id) == col(Credit.class_id))
        .where(col(Certificate.code) == code)
    )
    found = session.execute(statement).first()
    if found is None:
        return None
    issued, credit, brought, person, training_class = found
    resting = session.execute(sa.select(Result).join(Credit, bears()).where(col(Credit.id) == credit.id)).scalar()
    last = resting or _lost(session, credit)
    return CertificateView(
        code=code,
        person=person,
        training_class=training_class,
        hours=credit.hours,
        published_at=_passed_at(session, brought, last),
        issued_at=issued.issued_at,
        verdict=Verdict(last.verdict),
        void_since=last.published_at if resting is None else None,
    )


def _lost(session: Session, credit: Credit) -> Result:
    """The result by which a credit that rests on nothing any more lost its ground: the last that had passed once."""
    passed = aliased(Result)
    # What was marked of a sheet before it was opened again was never published, and nobody passed by it.
    published = col(passed.state) == ResultState.PUBLISHED, col(passed.verdict) == Verdict.PASSED
    once = sa.exists().where(col(passed.seat_id) == col(Result.seat_id), *published)
    statement = select(Result).where(
        Result.class_id == credit.class_id,
        Result.trainee_id == credit.trainee_id,
        Result.state == ResultState.PUBLISHED,
        current(),
        once,
    )
    return session.exec(
        statement.order_by(col(Result.published_at).desc(), col(Result.id).desc())
    ).first() or session.get_one(Result, credit.result_id)


def _passed_at(session: Session, brought: Result, last: Result) -> datetime:
    """When the exam that a certificate attests was published as passed."""
    if last.seat_id != brought.seat_id:
        passed = Result.verdict == Verdict.PASSED, Result.state == ResultState.PUBLISHED
        versions = select(Result).where(Result.seat_id == last.seat_id, *passed)
        brought = session.exec(versions.order_by(col(Result.version))).first() or brought
    assert brought.published_at is not None, "credits follow publication"
    return brought.published_at


def number_of(session: Session, code: str) -> int:
    """The number of a certificate among all, which is its place in the list of the revoked."""
    return session.exec(select(Certificate.credit_id).where(Certificate.code == code)).one()


def of_seat(session: Session, seat_id: int) -> str | None:
    """The code of the certificate of whoever sat there, where this exam was passed in some version of its result."""
    own = sa.and_(col(Result.class_id) == col(Credit.class_id), col(Result.trainee_id) == col(Credit.trainee_id))
    statement = (
        select(Certificate.code)
        .join(Credit, col(Credit.id) == col(Certificate.credit_id))
        .join(Result, own)
        .where(Result.seat_id == seat_id, Result.state == ResultState.PUBLISHED, Result.verdict == Verdict.PASSED)
    )
    return session.exec(statement).first()


def of_class(session: Session, class_id: int, code: str) -> bool:
    """Whether a certificate belongs to a class."""
    statement = select(Credit.id).join(Certificate, col(Certificate.credit_id) == col(Credit.id))
    return session.exec(statement.where(Certificate.code == code, Credit.class_id == class_id)).first() is not None


def revoked(session: Session, first: int, before: int) -> list[int]:
    """The numbers of certificates whose holders no longer pass any exam of the class."""
    statement = sa.select(col(Credit.id)).where(col(Credit.id) >= first, col(Credit.id) < before, ~stands())
    return list(session.execute(statement.order_by(col(Credit.id))).scalars())


def bureau(session: Session) -> str:
    """The name of the bureau that examines."""
    statement = (
        select(Organisation.name).where(Organisation.kind == OrganisationKind.BUREAU).order_by(col(Organisation.id))
    )
    return session.exec(statement).first() or ""
