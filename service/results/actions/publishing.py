"""Confirming and publishing the results of a class by two people; credits and certificates follow."""

from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.actions.heads import seal_head
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision, first_refusal
from service.programme.tables import TrainingClass
from service.results import queries, rules
from service.results.actions import crediting, editing, marking, settling
from service.results.rules import ResultState, Verdict
from service.results.rules.editions import Cause, Hands
from service.results.tables import Result
from service.sittings import queries as sittings
from service.sittings.rules.seats import SeatState

DONE = {SeatState.HANDED_IN, SeatState.ABSENT}


def confirm_results(session: Session, actor: Actor, class_id: int, *, now: datetime) -> list[Result]:
    """Confirm the results of a class once everybody's exam is over; absentees get a result too.

    Raises:
        WrongState: somebody still works, something is undecided or unsigned, or there is nothing to confirm.
    """
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()
    # Held before anybody is counted: a sheet that is being opened again at this moment holds them too.
    queries.results_of_class(session, class_id)
    still_open = still_open_in(session, class_id, now)

    using.require_right(actor, Right.RESULTS_CONFIRM)

    if not still_open:
        marking.close_empty_seats(session, class_id, now=now)
    results = _fresh(queries.results_of_class(session, class_id))
    pending = settling.pending(session, class_id)
    rules.may_confirm(still_open=still_open, results=len(results), pending=pending).or_refuse()
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


def still_open_in(session: Session, class_id: int, now: datetime, form_id: int | None = None) -> int:
    """How many people of a class, or those of one form, still sit, may still come, or wait to be marked."""
    rows = sittings.sittings_of_class(session, class_id)
    of = {row.id: row for row in rows if form_id in {None, row.form_id}}
    seats, waiting = sittings.seats_of_class(session, class_id), 0
    opened_again = queries.taken_back(session, [seat.id or 0 for seat in seats])
    for seat in seats:
        if seat.sitting_id not in of:
            continue
        state = sittings.state_of(seat, of[seat.sitting_id], now)
        over = now >= sittings.times_of(of[seat.sitting_id], now, seat).ends_at
        # A sheet that was opened again has a result already, of what was handed in before.
        marked = queries.result_of_seat(session, seat.id or 0) is not None and seat.id not in opened_again
        unmarked = seat.admitted_at is not None and not marked
        waiting += unmarked or (state not in DONE and not over)
    return waiting


def judge_confirmation(session: Session, actor: Actor, class_id: int, *, now: datetime) -> Decision:
    """The decision :func:`confirm_results` would take for this person now, for the page that shows the button."""
    assert actor.person_id is not None
    still_open = still_open_in(session, class_id, now)
    found = _fresh([line.result for line in queries.lines(session, class_id)])
    seats = len(sittings.seats_of_class(session, class_id))
    # Once nobody sits any more, whoever never came gets a result by the confirmation itself.
    results = len(found) if still_open else max(len(found), seats)
    return first_refusal(
        rules.may_confirm(still_open=still_open, results=results, pending=settling.pending(session, class_id)),
        *(rules.may_move(ResultState(result.state), ResultState.CONFIRMED) for result in found),
        *using.may_use_duty(session, actor.person_id, Duty.CONFIRM, f"class:{class_id}"),
    )


def judge_publication(session: Session, actor: Actor, class_id: int) -> Decision:
    """The decision :func:`publish_results` would take for this person now."""
    assert actor.person_id is not None
    found = _fresh([line.result for line in queries.lines(session, class_id)])
    return first_refusal(
        rules.may_publish(results=len(found), undecided=queries.undecided(session, class_id)),
        *(rules.may_move(ResultState(result.state), ResultState.PUBLISHED) for result in found),
        *using.may_use_duty(session, actor.person_id, Duty.PUBLISH, f"class:{class_id}"),
    )


def _fresh(results: list[Result]) -> list[Result]:
    """Those not published yet, as after a resit; where all are, all of them, so that the refusal says so."""
    return [one for one in results if one.state != ResultState.PUBLISHED] or results


def _hands(results: list[Result]) -> Hands:
    first = results[0]
    assert first.confirmed_by is not None and first.confirmed_at is not None
    assert first.published_by is not None and first.published_at is not None
    return Hands(first.confirmed_by, first.confirmed_at, first.published_by, first.published_at)


def _tally(results: list[Result]) -> dict[str, int]:
    return {str(found): sum(result.verdict == found for result in results) for found in Verdict}


def publish_results(session: Session, actor: Actor, class_id: int, *, now: datetime) -> list[Result]:
    """Publish the confirmed results of a class, by another person; post credits and issue certificates.

    Raises:
        Refused: the publisher confirmed, or proctored, or taught the class.
        WrongState: not confirmed, published already, or a result waits for a decision.
    """
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()
    results = _fresh(queries.results_of_class(session, class_id))

    using.require_right(actor, Right.RESULTS_PUBLISH)

    rules.may_publish(results=len(results), undecided=queries.undecided(session, class_id)).or_refuse()
    for result in results:
        rules.may_move(ResultState(result.state), ResultState.PUBLISHED).or_refuse()
    using.use_duty(session, actor, Duty.PUBLISH, f"class:{class_id}", now=now)

    for result in results:
        result.state, result.published_at, result.published_by = ResultState.PUBLISHED, now, actor.person_id
        session.add(result)
    session.flush()

    data = _tally(results)
    record(session, Event.RESULTS_PUBLISHED, actor.label, f"class:{class_id}", now=now, data=data)
    editing.publish_edition(session, actor.label, class_id, Cause.PUBLISHED, results, _hands(results), now=now)
    crediting.post_credits(session, actor, results, now=now)
    seal_head(session, now=now)
    return results
