"""Reads on payment lists, and on who is to be on one."""

from sqlmodel import Session, col, select

from service.results import queries
from service.results.rules import ResultState, Verdict
from service.results.rules.payment import Fee, Payee
from service.results.tables import PaymentList


def lists(session: Session, class_id: int) -> list[PaymentList]:
    """The versions of a class's payment list, in their order."""
    statement = select(PaymentList).where(PaymentList.class_id == class_id).order_by(col(PaymentList.version))
    return list(session.exec(statement))


def payment_list(session: Session, list_id: int) -> PaymentList | None:
    return session.get(PaymentList, list_id)


def payees(session: Session, class_id: int, fee: Fee) -> list[Payee]:
    """Who trained and passed by the published results: whoever has the credit of the class, by name."""
    return [
        Payee(
            trainee_id=line.result.trainee_id,
            name=line.person.name,
            citizen_id_masked=line.person.citizen_id_masked,
            enterprise=line.enterprise.name,
            hours=line.credit.hours,
            certificate=line.certificate.code,
            fen=fee.amount(line.credit.hours),
        )
        for line in queries.lines(session, class_id, states=[ResultState.PUBLISHED])
        if line.credit is not None and line.certificate is not None and line.result.verdict == Verdict.PASSED
    ]
