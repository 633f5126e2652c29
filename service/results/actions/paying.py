"""Drawing up the payment list of a class: signed by the bureau, and changed only by a new version."""

import json
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.policy import Actor, Right
from service.access.tables import Organisation
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing, settings
from service.kernel.decision import Decision
from service.programme.tables import TrainingClass
from service.results.queries import editions, imported
from service.results.queries import payment as queries
from service.results.rules import payment as rules
from service.results.rules.payment import Content, Fee, Payee
from service.results.tables import PaymentList


@dataclass(frozen=True, slots=True)
class Payment:
    """The payment lists of a class, newest last, and whether a new version may be drawn up now.

    ``elsewhere`` are the trainees of the class who passed elsewhere: that earns no credit, and so no place on a list.
    """

    lists: list[PaymentList]
    payees: list[Payee]
    fee: Fee
    drawing: Decision
    elsewhere: frozenset[int]

    @property
    def from_elsewhere(self) -> int:
        """How many of those to be paid for passed elsewhere."""
        return sum(one.trainee_id in self.elsewhere for one in self.payees)

    @property
    def left_out(self) -> int:
        """How many passed elsewhere and are not to be paid for."""
        return len(self.elsewhere) - self.from_elsewhere

    @property
    def outdated(self) -> bool:
        """Whether results were corrected since the newest version, so that it no longer says who is to be paid."""
        return bool(self.lists) and self.drawing.code != "payment_unchanged"


def view(session: Session, actor: Actor, class_id: int) -> Payment:
    """The lists of a class for whoever may see them.

    Raises:
        NotFound: no such class.
    """
    using.require_right(actor, Right.RESULTS_PAYMENTS)
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()
    return _payment(session, class_id)


def _payment(session: Session, class_id: int) -> Payment:
    given = settings.current()
    fee = Fee(given.fee_basis, given.fee_fen)
    found, payees = queries.lists(session, class_id), queries.payees(session, class_id, fee)
    drawing = rules.may_draw_up(
        published=editions.last(session, class_id) is not None,
        payees=len(payees),
        before=payees_of(found[-1]) if found else None,
        now=payees,
    )
    elsewhere = frozenset(trainee_id for _, trainee_id in imported.passed(session, class_id=class_id))
    return Payment(found, payees, fee, drawing, elsewhere)


def payees_of(row: PaymentList) -> list[Payee]:
    """The people on a list as it was signed."""
    return [Payee(**one) for one in json.loads(row.content)["payees"]]


def draw_up(session: Session, actor: Actor, class_id: int, *, now: datetime) -> PaymentList:
    """Draw up the payment list of a class, or its next version.

    Raises:
        NotFound: no such class. WrongState: not published, nobody passed, or nothing has changed.
    """
    training_class = session.get(TrainingClass, class_id, with_for_update=True)
    if training_class is None:
        raise errors.NotFound()
    payment = _payment(session, class_id)

    using.require_right(actor, Right.PROGRAMME_PLAN)

    payment.drawing.or_refuse()

    row = _signed(session, actor, training_class, payment, now)
    session.add(row)
    session.flush()

    data = {name: getattr(row, name) for name in ("version", "people", "total_fen", "digest")}
    data["edition"] = row.edition_id
    record(session, Event.PAYMENT_LISTED, actor.label, f"class:{class_id}", now=now, data=data)
    return row


def _signed(
    session: Session, actor: Actor, training_class: TrainingClass, payment: Payment, now: datetime
) -> PaymentList:
    edition = editions.last(session, training_class.id or 0)
    assert edition is not None and edition.id is not None and actor.person_id is not None
    content = Content(
        class_code=training_class.code,
        class_name=training_class.name,
        institution=session.get_one(Organisation, training_class.institution_id).name,
        version=len(payment.lists) + 1,
        edition=edition.number,
        results=edition.digest,
        basis=payment.fee.basis,
        fee_fen=payment.fee.fen,
        payees=tuple(payment.payees),
    )
    written, key = content.written(), sealing.bureau_key()
    return PaymentList(
        class_id=training_class.id or 0,
        version=content.version,
        edition_id=edition.id,
        people=len(content.payees),
        total_fen=content.total_fen,
        content=written,
        digest=rules.digest(written),
        key_id=key.key_id,
        signature=key.sign(rules.signed(written)).hex(),
        made_at=now,
        made_by=actor.person_id,
    )
