"""Bringing results to what their marks are now, after two people have decided something about them."""

from collections.abc import Sequence
from datetime import datetime

from sqlmodel import Session

from service.access.rules.policy import Actor
from service.journal.actions import Note, record_many
from service.journal.rules import Event
from service.results import rules
from service.results.actions import crediting, editing, versions
from service.results.queries import standing
from service.results.rules import SAT, ResultState, Verdict
from service.results.rules.editions import Cause, Hands
from service.results.tables import Result


def recount(
    session: Session, actor: Actor, results: Sequence[Result], cause: Cause, reason: str, hands: Hands, *, now: datetime
) -> list[Result]:
    """Mark these results of one class again by everything that is decided; those that changed, as they are now.

    Before publication a result changes itself, and the class waits for a new confirmation; afterwards the change is a
    new version, and all that rests on it follows.
    """
    marks = standing.of_results(session, results)
    changed = []
    for result in results:
        if result.verdict not in SAT or result.seat_id not in marks:
            continue
        points = sum(one.points for one in marks[result.seat_id].values())
        if points == result.points:
            continue
        if result.state == ResultState.PUBLISHED:
            result = versions.next_version(result, hands)
        void = result.verdict == Verdict.VOID
        result.points = points
        result.verdict = Verdict.VOID if void else rules.verdict(points, result.pass_points)
        session.add(result)
        session.flush()
        if result.version > result.rests_on:
            # A corrected version has marks of its own; one that was marked from its sheet has had them since then.
            versions.keep_marks(session, result, marks[result.seat_id])
        changed.append(result)
    _tell(session, actor, changed, {one.seat_id: versions.written(marks[one.seat_id]) for one in changed}, now)
    _follow(session, actor, changed, cause, reason, hands, now)
    return changed


def _tell(session: Session, actor: Actor, changed: Sequence[Result], marks: dict[int, str], now: datetime) -> None:
    """The journal has readers before publication, so it holds the digest of the marks and not the points."""
    notes = [
        Note(
            Event.RESULT_RECOUNTED,
            actor.label,
            f"seat:{one.seat_id}",
            {"version": one.version, "marks": rules.digest(marks[one.seat_id])},
        )
        for one in changed
    ]
    record_many(session, notes, now=now)


def _follow(
    session: Session, actor: Actor, changed: Sequence[Result], cause: Cause, reason: str, hands: Hands, now: datetime
) -> None:
    published = [one for one in changed if one.state == ResultState.PUBLISHED]
    if published:
        class_id = published[0].class_id
        editing.publish_edition(session, actor.label, class_id, cause, published, hands, reason=reason, now=now)
        crediting.post_credits(session, actor, published, now=now)
    if len(published) < len(changed):
        versions.withdraw_confirmation(session, changed[0].class_id)
