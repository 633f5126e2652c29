"""Reads on certificates as they are handed out."""

import sqlalchemy as sa
from sqlalchemy.orm import aliased
from sqlmodel import Session, col, select

from service.access.rules.people import OrganisationKind
from service.access.tables import Organisation
from service.results.queries import current
from service.results.rules import Verdict
from service.results.tables import Certificate, Credit, Result


def number_of(session: Session, code: str) -> int:
    """The number of a certificate among all, which is its place in the list of the revoked."""
    return session.exec(select(Certificate.credit_id).where(Certificate.code == code)).one()


def of_seat(session: Session, seat_id: int) -> str | None:
    """The code of the certificate that a seat's result brought, in whichever version."""
    statement = (
        select(Certificate.code)
        .join(Credit, col(Credit.id) == col(Certificate.credit_id))
        .join(Result, col(Result.id) == col(Credit.result_id))
        .where(col(Result.seat_id) == seat_id)
    )
    return session.exec(statement).first()


def of_class(session: Session, class_id: int, code: str) -> bool:
    """Whether a certificate belongs to a class."""
    statement = select(Credit.id).join(Certificate, col(Certificate.credit_id) == col(Credit.id))
    return session.exec(statement.where(Certificate.code == code, Credit.class_id == class_id)).first() is not None


def revoked(session: Session, first: int, before: int) -> list[int]:
    """The numbers of certificates whose result, in its newest version, is no longer passed."""
    newest = aliased(Result)
    statement = (
        sa.select(col(Credit.id))
        .join(Result, col(Result.id) == col(Credit.result_id))
        .join(newest, sa.and_(col(newest.seat_id) == col(Result.seat_id), current(newest)))
        .where(col(Credit.id) >= first, col(Credit.id) < before, col(newest.verdict) != Verdict.PASSED)
        .order_by(col(Credit.id))
    )
    return list(session.execute(statement).scalars())


def bureau(session: Session) -> str:
    """The name of the bureau that examines."""
    statement = (
        select(Organisation.name).where(Organisation.kind == OrganisationKind.BUREAU).order_by(col(Organisation.id))
    )
    return session.exec(statement).first() or ""
