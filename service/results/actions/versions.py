"""The next version of a published result, and what was confirmed taken back; both leave what was there readable."""

from collections.abc import Iterable, Mapping

from sqlmodel import Session

from service.results import queries, rules
from service.results.rules import ResultState, Scored
from service.results.rules.editions import Hands
from service.results.tables import Result, SheetMarks


def next_version(result: Result, hands: Hands) -> Result:
    """A published result never changes (invariant 8): its correction is published at once, by the same two people."""
    return Result(
        seat_id=result.seat_id,
        version=result.version + 1,
        replaces_id=result.id,
        rests_on=result.rests_on,
        sitting_id=result.sitting_id,
        class_id=result.class_id,
        trainee_id=result.trainee_id,
        state=ResultState.PUBLISHED,
        verdict=result.verdict,
        points=result.points,
        pass_points=result.pass_points,
        key_digest=result.key_digest,
        marked_at=result.marked_at,
        confirmed_at=hands.proposed_at,
        confirmed_by=hands.proposed_by,
        published_at=hands.decided_at,
        published_by=hands.decided_by,
    )


def keep_marks(session: Session, result: Result, marks: Mapping[int, Scored]) -> None:
    """Keep the marks that a corrected version is made of, beside those of the first one."""
    assert result.id is not None
    session.add(SheetMarks(result_id=result.id, entries=written(marks)))


def written(marks: Mapping[int, Scored]) -> str:
    """Marks as they are stored."""
    return rules.entries(rules.entry(at, one) for at, one in sorted(marks.items()))


def withdraw_confirmation(session: Session, class_id: int) -> int:
    """Results of a class are confirmed together, so they all wait for a new confirmation; how many were confirmed."""
    return _unconfirm(session, queries.results_of_class(session, class_id))


def _unconfirm(session: Session, results: Iterable[Result]) -> int:
    confirmed = [one for one in results if one.state == ResultState.CONFIRMED]
    for result in confirmed:
        rules.may_move(ResultState(result.state), ResultState.MARKED).or_refuse()
        result.state, result.confirmed_at, result.confirmed_by = ResultState.MARKED, None, None
        session.add(result)
    session.flush()
    return len(confirmed)
