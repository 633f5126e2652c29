"""Appeals (成绩复核): filed by the candidate, looked into by one person, answered by another.

Neither of the two has confirmed or published the results of the class. The sheet is marked again by its key,
so that they see where the points come from; an answer that changes points is a correction like any other.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing, settings
from service.kernel.decision import Decision, first_refusal
from service.papers.actions import keys
from service.results import queries
from service.results.actions import recounting
from service.results.queries import corrections, editions, standing, written
from service.results.queries import own as own_queries
from service.results.queries.corrections import AppealLine
from service.results.rules import Verdict, appealing, scoring
from service.results.rules.appealing import AppealState
from service.results.rules.editions import Cause, Hands
from service.results.tables import Appeal, Result
from service.sittings.tables import Seat, Sitting


def judge_filing(session: Session, seat: Seat, *, now: datetime) -> Decision:
    """Whether the candidate of a seat with a published result may appeal against it now."""
    result = own_queries.published_versions(session, seat.id or 0)[-1]
    assert result.published_at is not None
    return appealing.may_file(
        Verdict(result.verdict),
        result.published_at,
        now,
        days=settings.current().appeal_days,
        filed=bool(corrections.appeal_on(session, [result.id or 0])),
    )


@dataclass(frozen=True, slots=True)
class Filed:
    """What the candidate of a seat has appealed, and whether they may appeal now."""

    appeals: list[Appeal]
    may_file: Decision


def of_seat(session: Session, seat: Seat, *, now: datetime) -> Filed:
    """The appeals of a candidate who has been let in to their own result."""
    versions = own_queries.published_versions(session, seat.id or 0)
    appeals = corrections.appeal_on(session, [one.id or 0 for one in versions])
    return Filed(appeals, judge_filing(session, seat, now=now))


def file(session: Session, seat: Seat, reason: str, *, now: datetime) -> Appeal:
    """The candidate of a seat, who has been let in by their key, appeals against the newest version of their result.

    Raises:
        WrongState: the window is over, an appeal was filed already, or there was no exam.
    """
    judge_filing(session, seat, now=now).or_refuse()

    result = own_queries.published_versions(session, seat.id or 0)[-1]
    appeal = Appeal(
        result_id=result.id or 0, seat_id=result.seat_id, class_id=result.class_id, reason=reason, filed_at=now
    )
    session.add(appeal)
    session.flush()

    data = {"appeal": appeal.id, "version": result.version, "reason": sealing.digest(reason.encode())}
    record(session, Event.APPEAL_FILED, "anonymous", f"seat:{seat.id}", now=now, data=data)
    return appeal


def line(session: Session, actor: Actor, appeal_id: int) -> AppealLine:
    """One appeal with whose it is.

    Raises:
        NotFound: no such appeal.
    """
    using.require_right(actor, Right.RESULTS_UNPUBLISHED)
    found = corrections.appeals(session, appeal_id=appeal_id)
    if not found:
        raise errors.NotFound()
    return found[0]


@dataclass(frozen=True, slots=True)
class Compared:
    """One position: the answer, what counts for it, and what the key gives now."""

    position: int
    choice: str
    points: int
    of: int
    by_key: int


def compare(session: Session, actor: Actor, appeal_id: int, *, now: datetime) -> list[Compared]:
    """Mark the sheet of an appeal again by its key, beside what counts; using the key goes on record.

    Raises:
        NotFound: no such appeal. Refused: the person had a hand in the class's results.
    """
    appeal = corrections.appeal(session, appeal_id)
    if appeal is None:
        raise errors.NotFound()

    using.require_right(actor, Right.RESULTS_UNPUBLISHED)

    judge_judge(session, actor, appeal).or_refuse()

    result = session.get_one(Result, appeal.result_id)
    form_id = session.get_one(Sitting, result.sitting_id).form_id
    marks = standing.of_results(session, [result]).get(appeal.seat_id, {})
    if form_id is None or not marks:
        return []
    key = keys.use_key(session, form_id, actor.label, f"seat:{appeal.seat_id}", now=now)
    given = {at: one.points for at, one in written.standing(session, [appeal.seat_id]).get(appeal.seat_id, ())}
    return [
        Compared(
            at,
            one.choice,
            one.points,
            one.of,
            # No key says what a free text is worth: what people gave is all there is to compare.
            given[at] if at in given else scoring.score(key[at].kind, key[at].key, one.choice, key[at].points),
        )
        for at, one in sorted(marks.items())
    ]


def judge_judge(session: Session, actor: Actor, appeal: Appeal) -> Decision:
    """Whether this person may look into an appeal at all."""
    assert actor.person_id is not None
    return appealing.may_judge(actor.person_id, editions.hands_on(session, appeal.class_id))


def propose(
    session: Session, actor: Actor, appeal_id: int, changes: Mapping[int, int], finding: str, *, now: datetime
) -> Appeal:
    """Propose the answer to an appeal: points by position that shall be set, or none, and what was found.

    Raises:
        NotFound: no such appeal. WrongState: somebody has looked into it already.
        Refused: the person had a hand in the class's results, or the points cannot be.
    """
    appeal = corrections.appeal(session, appeal_id)
    if appeal is None:
        raise errors.NotFound()

    using.require_right(actor, Right.RESULTS_CONFIRM)

    result = session.get_one(Result, appeal.result_id)
    marks = standing.of_results(session, [result]).get(appeal.seat_id, {})
    first_refusal(
        appealing.may_move(AppealState(appeal.state), AppealState.PROPOSED),
        judge_judge(session, actor, appeal),
        appealing.may_change(marks, changes),
    ).or_refuse()
    using.use_duty(session, actor, Duty.CONFIRM, f"class:{appeal.class_id}", now=now)

    appeal.state, appeal.finding = AppealState.PROPOSED, finding
    appeal.changes = {str(position): points for position, points in sorted(changes.items())}
    appeal.proposed_at, appeal.proposed_by = now, actor.person_id
    session.add(appeal)
    session.flush()

    data = _data(appeal) | {"finding": sealing.digest(finding.encode()), "positions": sorted(changes)}
    record(session, Event.APPEAL_PROPOSED, actor.label, f"seat:{appeal.seat_id}", now=now, data=data)
    return appeal


def decide(session: Session, actor: Actor, appeal_id: int, *, uphold: bool, note: str, now: datetime) -> Appeal:
    """Answer an appeal as it was proposed, with the words that the candidate reads; or have it looked into anew.

    Raises:
        NotFound: no such appeal. WrongState: nobody has proposed an answer, or it is answered.
        Refused: the person proposed it, or had a hand in the class's results.
    """
    appeal = corrections.appeal(session, appeal_id)
    if appeal is None:
        raise errors.NotFound()
    queries.results_of_class(session, appeal.class_id)

    using.require_right(actor, Right.RESULTS_PUBLISH)

    target = AppealState.ANSWERED if uphold else AppealState.FILED
    first_refusal(
        appealing.may_move(AppealState(appeal.state), target), judge_judge(session, actor, appeal)
    ).or_refuse()
    using.use_duty(session, actor, Duty.PUBLISH, f"class:{appeal.class_id}", now=now)

    assert actor.person_id is not None and appeal.proposed_by is not None and appeal.proposed_at is not None
    hands = Hands(appeal.proposed_by, appeal.proposed_at, actor.person_id, now)
    appeal.state = target
    if uphold:
        appeal.answer, appeal.decided_at, appeal.decided_by = note, now, actor.person_id
    else:
        appeal.proposed_at, appeal.proposed_by, appeal.finding, appeal.changes = None, None, None, {}
    session.add(appeal)
    session.flush()

    data = _data(appeal) | {"upheld": uphold, "answer": sealing.digest(note.encode())}
    record(session, Event.APPEAL_DECIDED, actor.label, f"seat:{appeal.seat_id}", now=now, data=data)
    if uphold and appeal.changes:
        newest = queries.result_of_seat(session, appeal.seat_id, lock=True)
        assert newest is not None
        recounting.recount(session, actor, [newest], Cause.APPEAL, note, hands, now=now)
    return appeal


def _data(appeal: Appeal) -> dict[str, object]:
    return {"appeal": appeal.id, "class": appeal.class_id}
