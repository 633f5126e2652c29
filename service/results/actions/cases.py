"""Cases of answers alike: opened by whoever confirms, closed by whoever publishes; two natural persons, two reasons."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.results.actions import comparing
from service.results.queries import cases as queries
from service.results.queries.cases import CaseLine
from service.results.rules import cases as rules
from service.results.rules.cases import Finding
from service.results.rules.similarity import Pair
from service.results.tables import SimilarityCase


def of_class(session: Session, actor: Actor, class_id: int) -> list[CaseLine]:
    """The cases of a class, the newest first."""
    using.require_right(actor, Right.RESULTS_UNPUBLISHED)

    return queries.of_class(session, class_id)


def find(session: Session, actor: Actor, class_id: int, seats: tuple[int, int], *, now: datetime) -> Pair | None:
    """The pair as the screen names it now, if it does; made before any turn to write, for a room has many pairs.

    Raises:
        NotFound: no such class.
    """
    wanted = (min(seats), max(seats))
    leads = [one.pair for form in comparing.compare(session, actor, class_id, now=now) for one in form.cases]
    return next((pair for pair in leads if pair.seats == wanted), None)


def open_case(
    session: Session, actor: Actor, class_id: int, pair: Pair | None, reason: str, *, now: datetime
) -> SimilarityCase:
    """Open a case on a pair that the screen has named.

    Raises:
        WrongState: it does not name the pair, or a case on it is open. Refused: the person proctored, taught or
        publishes the class.
    """
    waiting = pair is not None and queries.open_on(session, pair.seats) is not None

    using.require_right(actor, Right.RESULTS_CONFIRM)

    rules.may_open(named=pair is not None, waiting=waiting).or_refuse()
    using.use_duty(session, actor, Duty.CONFIRM, f"class:{class_id}", now=now)

    assert pair is not None and actor.person_id is not None
    case = SimilarityCase(
        class_id=class_id,
        seat_id=pair.seats[0],
        other_seat_id=pair.seats[1],
        same=pair.same,
        same_wrong=pair.same_wrong,
        expected=pair.expected,
        chance=pair.chance,
        reason=reason,
        opened_at=now,
        opened_by=actor.person_id,
    )
    session.add(case)
    session.flush()

    # A reason may name somebody, so the record holds its digest.
    data = {"case": case.id, "seats": list(pair.seats), "same": pair.same, "reason": sealing.digest(reason.encode())}
    record(session, Event.SIMILARITY_CASE_OPENED, actor.label, f"class:{class_id}", now=now, data=data)
    return case


def close_case(
    session: Session, actor: Actor, case_id: int, finding: Finding, answer: str, *, now: datetime
) -> SimilarityCase:
    """Close a case with what was found; no result changes by it.

    Raises:
        NotFound: no such case. WrongState: it is closed. Refused: the person opened it, by whichever account, or
        confirms, proctored or taught the class.
    """
    case = queries.case(session, case_id)
    if case is None:
        raise errors.NotFound()

    using.require_right(actor, Right.RESULTS_PUBLISH)

    rules.may_close(closed=case.closed_at is not None).or_refuse()
    using.use_duty(session, actor, Duty.PUBLISH, f"class:{case.class_id}", now=now)

    case.finding, case.answer, case.closed_at, case.closed_by = finding, answer, now, actor.person_id
    session.add(case)
    session.flush()

    data = {"case": case.id, "finding": finding, "answer": sealing.digest(answer.encode())}
    record(session, Event.SIMILARITY_CASE_CLOSED, actor.label, f"class:{case.class_id}", now=now, data=data)
    return case
