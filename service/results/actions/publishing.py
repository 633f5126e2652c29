"""Confirming and publishing the results of a class by two people; credits and certificates follow."""

import secrets
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision, first_refusal
from service.programme.queries import classes as programme
from service.programme.rules import hours
from service.programme.tables import TrainingClass
from service.results import queries, rules
from service.results.actions import marking
from service.results.rules import ResultState, Verdict
from service.results.tables import Certificate, Credit, Result
from service.sittings import queries as sittings
from service.sittings.rules.seats import SeatState

# Without look-alikes (0 O 1 I L): people read codes aloud and type them.
CODE_ALPHABET = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
CODE_LENGTH = 12
DONE = {SeatState.HANDED_IN, SeatState.ABSENT}


def confirm_results(session: Session, actor: Actor, class_id: int, *, now: datetime) -> list[Result]:
    """Confirm the results of a class once everybody's exam is over; absentees get a result too.

    Raises:
        WrongState: somebody still works, or there is nothing to confirm.
    """
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()
    still_open = still_open_in(session, class_id, now)

    using.require_right(actor, Right.RESULTS_CONFIRM)

    if not still_open:
        marking.close_empty_seats(session, class_id, now=now)
    results = queries.results_of_class(session, class_id)
    rules.may_confirm(still_open=still_open, results=len(results)).or_refuse()
    for result in results:
        rules.may_move(ResultState(result.state), ResultState.CONFIRMED).or_refuse()
    using.use_duty(session, actor, Duty.CONFIRM, f"class:{class_id}", now=now)

    for result in results:
        result.state, result.confirmed_at, result.confirmed_by = ResultState.CONFIRMED, now, actor.person_id
        session.add(result)
    session.flush()

    data = {"results": len(results)}
    record(session, Event.RESULTS_CONFIRMED, actor.label, f"class:{class_id}", now=now, data=data)
    return results


def still_open_in(session: Session, class_id: int, now: datetime) -> int:
    """How many people of a class still sit, may still come, or wait to be marked."""
    of = {row.id: row for row in sittings.sittings_of_class(session, class_id)}
    waiting = 0
    for seat in sittings.seats_of_class(session, class_id):
        state = sittings.state_of(seat, of[seat.sitting_id], now)
        over = now >= sittings.times_of(of[seat.sitting_id], now, seat).ends_at
        unmarked = seat.admitted_at is not None and queries.result_of_seat(session, seat.id or 0) is None
        waiting += unmarked or (state not in DONE and not over)
    return waiting


def judge_confirmation(session: Session, actor: Actor, class_id: int, *, now: datetime) -> Decision:
    """The decision :func:`confirm_results` would take for this person now, for the page that shows the button."""
    assert actor.person_id is not None
    still_open = still_open_in(session, class_id, now)
    found = [line.result for line in queries.lines(session, class_id)]
    seats = len(sittings.seats_of_class(session, class_id))
    return first_refusal(
        # Once nobody sits any more, whoever never came gets a result by the confirmation itself.
        rules.may_confirm(still_open=still_open, results=len(found) if still_open else max(len(found), seats)),
        *(rules.may_move(ResultState(result.state), ResultState.CONFIRMED) for result in found),
        *using.may_use_duty(session, actor.person_id, Duty.CONFIRM, f"class:{class_id}"),
    )


def judge_publication(session: Session, actor: Actor, class_id: int) -> Decision:
    """The decision :func:`publish_results` would take for this person now."""
    assert actor.person_id is not None
    found = [line.result for line in queries.lines(session, class_id)]
    return first_refusal(
        rules.may_publish(results=len(found)),
        *(rules.may_move(ResultState(result.state), ResultState.PUBLISHED) for result in found),
        *using.may_use_duty(session, actor.person_id, Duty.PUBLISH, f"class:{class_id}"),
    )


def _tally(results: list[Result]) -> dict[str, int]:
    return {str(found): sum(result.verdict == found for result in results) for found in Verdict}


def publish_results(session: Session, actor: Actor, class_id: int, *, now: datetime) -> list[Result]:
    """Publish the confirmed results of a class, by another person; post credits and issue certificates.

    Raises:
        Refused: the publisher confirmed, or proctored, or taught the class.
        WrongState: not confirmed, or published already.
    """
    training_class = session.get(TrainingClass, class_id)
    if training_class is None:
        raise errors.NotFound()
    results = queries.results_of_class(session, class_id)

    using.require_right(actor, Right.RESULTS_PUBLISH)

    rules.may_publish(results=len(results)).or_refuse()
    for result in results:
        rules.may_move(ResultState(result.state), ResultState.PUBLISHED).or_refuse()
    using.use_duty(session, actor, Duty.PUBLISH, f"class:{class_id}", now=now)

    for result in results:
        result.state, result.published_at, result.published_by = ResultState.PUBLISHED, now, actor.person_id
        session.add(result)
    session.flush()

    data = _tally(results)
    record(session, Event.RESULTS_PUBLISHED, actor.label, f"class:{class_id}", now=now, data=data)
    _post_credits(session, actor, training_class, results, now=now)
    return results


def _post_credits(
    session: Session, actor: Actor, training_class: TrainingClass, results: list[Result], *, now: datetime
) -> None:
    role = TraineeRole(training_class.role)
    attended = programme.hours(session, training_class.id or 0)
    for result in results:
        enough = hours.hours_met(role, attended.get(result.trainee_id, {}))
        if rules.may_credit(Verdict(result.verdict), enough).allowed:
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
