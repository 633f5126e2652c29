"""Credits and certificates: what a published result turns valid."""

import secrets
from collections.abc import Collection
from datetime import datetime

from sqlmodel import Session

from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor
from service.journal.actions import record
from service.journal.rules import Event
from service.programme.queries import classes as programme
from service.programme.rules import hours
from service.programme.tables import TrainingClass
from service.results import queries, rules
from service.results.rules import Verdict
from service.results.tables import Certificate, Credit, Result

# Without look-alikes (0 O 1 I L): people read codes aloud and type them.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 12


def post_credits(session: Session, actor: Actor, results: Collection[Result], *, now: datetime) -> None:
    """Post credits to those of these published results, of one class, who passed and attended their hours.

    A credit that is there already stays: whether it counts, and by which exam, is told by :func:`queries.bears`.
    """
    for class_id in {result.class_id for result in results}:
        role = TraineeRole(session.get_one(TrainingClass, class_id).role)
        attended = programme.hours(session, class_id)
        for result in results:
            enough = hours.hours_met(role, attended.get(result.trainee_id, {}))
            posted = queries.credit_of(session, class_id, result.trainee_id) is not None
            if not posted and rules.may_credit(Verdict(result.verdict), enough).allowed:
                _post_credit(session, actor, result, hours.HOURS[role].total, now)


def _post_credit(session: Session, actor: Actor, result: Result, credited: int, now: datetime) -> None:
    assert result.id is not None
    credit = Credit(
        result_id=result.id,
        class_id=result.class_id,
        trainee_id=result.trainee_id,
        hours=credited,
        granted_at=now,
    )
    session.add(credit)
    session.flush()
    subject, data = f"trainee:{result.trainee_id}", {"class": result.class_id, "hours": credited}
    record(session, Event.CREDIT_GRANTED, actor.label, subject, now=now, data=data)

    assert credit.id is not None
    code = "".join(secrets.choice(CODE_ALPHABET) for _ in range(CODE_LENGTH))
    session.add(Certificate(code=code, credit_id=credit.id, issued_at=now))
    session.flush()
    issued = {"code": code, "class": result.class_id}
    record(session, Event.CERTIFICATE_ISSUED, actor.label, subject, now=now, data=issued)
