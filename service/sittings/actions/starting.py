"""What a candidate's machine shows: who sits here, the clock, and once started the questions and answers. Never a key.

Thirty people press "start" in the same second in every room of the city, so this too works on many at once.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Session, col

from service.journal.actions import Note, record_many
from service.journal.rules import Event
from service.kernel import errors
from service.papers.actions.opening import Question
from service.sittings.actions import asking
from service.sittings.queries import desks
from service.sittings.queries.desks import Desk, Surroundings
from service.sittings.rules import lockdown, seats
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Answer, Arrangement, Seat


@dataclass(frozen=True, slots=True)
class Exam:
    """One seat's exam as its machine shows it; questions are in the seat's own order."""

    desk: Desk
    name: str
    around: Surroundings
    opened: bool
    token_digest: str
    arrangement: Arrangement | None = None
    questions: Sequence[Question] = ()
    answers: Sequence[Answer] = ()


Outcome = Exam | errors.ServiceError


def start(session: Session, machines: Sequence[Machine], *, now: datetime) -> list[Outcome]:
    """Begin to work: from the sitting's start, once two proctors have opened the paper. Again changes nothing."""
    return _exams(session, machines, begin=True, now=now)


def look(session: Session, machine: Machine, *, now: datetime) -> Exam:
    """One's own exam as it stands.

    Raises:
        Unauthenticated, Refused: no live session of a seat, or not on this machine.
    """
    outcome = _exams(session, [machine], begin=False, now=now)[0]
    if isinstance(outcome, errors.ServiceError):
        raise outcome
    return outcome


def just_bound(session: Session, token_digest: str, *, now: datetime) -> Exam:
    """The exam of a machine that was bound this moment; its URL cannot carry the session's token yet."""
    desk = desks.desks(session, [token_digest], now)[token_digest]
    opened = {desk.form_id: asking.is_open(session, desk.form_id)}
    return _described(session, {token_digest: desk}, opened)[token_digest]


def _exams(session: Session, machines: Sequence[Machine], *, begin: bool, now: datetime) -> list[Outcome]:
    found = desks.desks(session, (machine.token_digest for machine in machines), now, to_change=begin)
    opened = {form_id: asking.is_open(session, form_id) for form_id in {desk.form_id for desk in found.values()}}

    refusals: dict[str, errors.ServiceError] = {}
    for machine in machines:
        refusal = _refusal(machine, found.get(machine.token_digest), opened, begin=begin, now=now)
        if refusal is not None:
            refusals[machine.token_digest] = refusal

    shown = {digest: desk for digest, desk in found.items() if digest not in refusals}
    if begin:
        shown = _begin(session, shown, now)
    exams = _described(session, shown, opened)
    return [refusals.get(one.token_digest) or exams[one.token_digest] for one in machines]


def _refusal(
    machine: Machine, desk: Desk | None, opened: Mapping[int | None, bool], *, begin: bool, now: datetime
) -> errors.ServiceError | None:
    if desk is None:
        return errors.Unauthenticated("not_signed_in", "请先登录，再继续。")
    decision = lockdown.may_use(desk.lock, machine)
    if decision.allowed and begin:
        decision = seats.may_start(desk.state, desk.at, now, opened=opened[desk.form_id])
    return None if decision.allowed else decision.refusal()


def _begin(session: Session, shown: Mapping[str, Desk], now: datetime) -> dict[str, Desk]:
    """Note who begins now; the desks as they stand after it."""
    fresh = {desk.seat_id for desk in shown.values() if not desk.started}
    if fresh:
        session.execute(sa.update(Seat).where(col(Seat.id).in_(fresh)).values(started_at=now))
        notes = [Note(Event.SEAT_STARTED, f"seat:{seat}", f"seat:{seat}") for seat in sorted(fresh)]
        record_many(session, notes, now=now)
    return {
        digest: desk._replace(started=True, state=SeatState.WORKING) if desk.seat_id in fresh else desk
        for digest, desk in shown.items()
    }


def _described(session: Session, shown: Mapping[str, Desk], opened: Mapping[int | None, bool]) -> dict[str, Exam]:
    around = desks.surroundings(session, {desk.sitting_id for desk in shown.values()})
    names = desks.names(session, {desk.person_id for desk in shown.values()})
    granted = desks.arrangements(session, {one.class_id for one in around.values()})
    working = {digest: desk for digest, desk in shown.items() if desk.state is SeatState.WORKING}
    given = desks.given(session, working.values())
    return {
        digest: Exam(
            desk=desk,
            name=names[desk.person_id],
            around=around[desk.sitting_id],
            opened=opened[desk.form_id],
            token_digest=digest,
            arrangement=granted.get((around[desk.sitting_id].class_id, desk.trainee_id)),
            questions=asking.questions(session, desk.form_id, desk.seat_id) if digest in working else (),
            answers=given[desk.seat_id] if digest in working else (),
        )
        for digest, desk in shown.items()
    }
