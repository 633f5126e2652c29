"""Marking one position of a sheet anew before publication, by the same key and rule; both markings stay readable.

A free text goes to people again, as another script, and earns nothing until they have marked that.
"""

from collections.abc import Mapping
from datetime import datetime

from sqlmodel import Session

from service.access.rules.policy import Actor
from service.bank.rules.items import Kind
from service.journal.actions import record
from service.journal.rules import Event
from service.papers.actions import keys
from service.papers.rules import answers
from service.results import queries, rules
from service.results.actions import dealing, versions
from service.results.queries import standing
from service.results.rules import Scored, scoring
from service.results.tables import Remarking, Result
from service.sittings.tables import LateAnswer, Seat, Sitting


def remark(
    session: Session, actor: Actor, sitting: Sitting, seat: Seat, row: LateAnswer, *, now: datetime
) -> Remarking | None:
    """Mark a seat's sheet with a late answer in the place of the handed-in one; the sheet itself stays as it is.

    The caller has decided that the answer is accepted and that the result is marked and not published.
    """
    result = queries.result_of_seat(session, row.seat_id)
    assert result is not None and result.id is not None and sitting.form_id is not None
    before = queries.counting(session, result.id)

    entry = keys.use_key(session, sitting.form_id, actor.label, f"seat:{seat.id}", now=now)[row.position]
    # The evidence is what the browser signed, to the letter; the mark is of the answer that it makes.
    choice = answers.settled(entry.kind, row.choice) or ""
    after = Scored(choice, scoring.score(entry.kind, entry.key, choice, entry.points), entry.points)
    if entry.kind is Kind.WRITTEN:
        done = None
        dealing.deal_anew(session, seat, sitting, row, choice, entry, now=now)
    else:
        done = _remarking(result, before, after, row, actor, now)
        session.add(done)
        session.flush()
    # What was withdrawn of the paper still counts in full, whatever was answered there.
    result.points = sum(one.points for one in standing.of_results(session, [result])[result.seat_id].values())
    result.verdict = rules.verdict(result.points, result.pass_points)
    session.add(result)
    session.flush()

    data = {
        "late_answer": row.id,
        "sheet": seat.sheet_digest,
        "marks_before": _digest(before),
        "marks": _digest({**before, row.position: after}),
        "confirmation_withdrawn": versions.withdraw_confirmation(session, result.class_id),
    }
    record(session, Event.SEAT_REMARKED, actor.label, f"seat:{seat.id}", now=now, data=data)
    return done


def _remarking(
    result: Result, marks: Mapping[int, Scored], after: Scored, row: LateAnswer, actor: Actor, now: datetime
) -> Remarking:
    before, first = marks[row.position], sum(one.points for one in marks.values())
    total = first - before.points + after.points
    assert result.id is not None and row.id is not None and actor.person_id is not None
    return Remarking(
        result_id=result.id,
        late_answer_id=row.id,
        position=row.position,
        choice_before=before.choice,
        choice_after=after.choice,
        points_before=before.points,
        points_after=after.points,
        total_before=first,
        total_after=total,
        verdict_before=result.verdict,
        verdict_after=rules.verdict(total, result.pass_points),
        remarked_at=now,
        remarked_by=actor.person_id,
    )


def _digest(marks: Mapping[int, Scored]) -> str:
    return rules.digest(versions.written(marks))
