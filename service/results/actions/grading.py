"""People mark free texts: they are handed one after the other, give points by the rubric, and may amend their own mark
while it is the only one. Nobody is told whose a text is, nor what anybody else gave it.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.bank.rules import rubric
from service.bank.rules.rubric import Criterion
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing, settings
from service.kernel.decision import Decision, first_refusal
from service.papers.actions import keys, opening, picturing
from service.papers.actions.opening import Question
from service.programme.tables import TrainingClass
from service.results import queries as results
from service.results import rules
from service.results.actions import versions
from service.results.queries import standing, withdrawn
from service.results.queries import written as queries
from service.results.rules import Verdict, written
from service.results.rules.written import KEPT_FOR
from service.results.tables import Script, ScriptMark, ScriptTaking


@dataclass(frozen=True, slots=True)
class Shown:
    """The picture at the stem: what is said of it, and an address that holds it."""

    words: str
    source: str


@dataclass(frozen=True, slots=True)
class Desk:
    """What a marker has before them: the script, what was asked and of which case, the rubric, and what
    they gave it if they did."""

    script: Script
    stem: str
    picture: Shown | None
    criteria: tuple[Criterion, ...]
    given: list[int] | None
    case: str = ""


def take_next(session: Session, actor: Actor, class_id: int, *, now: datetime) -> Desk | None:
    """Hand a marker the next script of a class, or the one that they were handed and have not marked; none is left
    where nothing waits for them.

    Raises:
        NotFound: no such class.
        Refused: the person taught, proctored or decides the class, or is tied to who trains it.
    """
    if session.get(TrainingClass, class_id) is None:
        raise errors.NotFound()

    using.require_right(actor, Right.RESULTS_MARK)

    assert actor.person_id is not None
    first_refusal(*using.may_use_duty(session, actor.person_id, Duty.MARK, f"class:{class_id}")).or_refuse()
    queries.await_turn(session, class_id)
    script = queries.next_open(session, class_id, actor.person_id, held_since=now - KEPT_FOR)
    if script is None:
        # Whoever was shown nothing had no hand in the marking, and is not named as one who had.
        return None
    using.use_duty(session, actor, Duty.MARK, f"class:{class_id}", now=now)

    _take(session, script, actor.person_id, now)

    data = {"script": script.id, "version": script.version}
    record(session, Event.SCRIPT_TAKEN, actor.label, f"class:{class_id}", now=now, data=data)
    return _desk(session, actor, script, None, now)


def look_again(session: Session, actor: Actor, script_id: int, *, now: datetime) -> Desk:
    """A script that this marker has marked, with what they gave it, as long as they may still amend that.

    Raises:
        NotFound: no such script, or not theirs. WrongState: another mark is in, or another script in its place.
        Refused: as for :func:`take_next`.
    """
    script = queries.script(session, script_id)
    if script is None:
        raise errors.NotFound()

    using.require_right(actor, Right.RESULTS_MARK)

    assert actor.person_id is not None
    marks = queries.marks(session, [script_id]).get(script_id, [])
    own = next((one for one in marks if one.marked_by == actor.person_id), None)
    if own is None:
        raise errors.NotFound()
    _may_still(session, script).or_refuse()
    written.may_amend(settled=script.settled_at is not None, alone=len(marks) == 1).or_refuse()
    using.use_duty(session, actor, Duty.MARK, f"class:{script.class_id}", now=now)

    data = {"script": script.id, "version": script.version}
    record(session, Event.SCRIPT_TAKEN, actor.label, f"class:{script.class_id}", now=now, data=data)
    return _desk(session, actor, script, own, now)


def put_mark(
    session: Session, actor: Actor, script_id: int, given: Sequence[int], nonce: str, *, now: datetime
) -> ScriptMark:
    """Put down what a marker gives a script, criterion by criterion; again while theirs is the only mark. The same act
    sent again is the same mark.

    Raises:
        NotFound: no such script. WrongState: it was never handed to them, has all its marks, or counts no more.
        Refused: the points are none that the rubric gives, or as for :func:`take_next`.
    """
    script = queries.script(session, script_id, lock=True)
    if script is None:
        raise errors.NotFound()
    # Held with the script, so that nobody withdraws the item or confirms the result between judging and counting.
    results.result_of_seat(session, script.seat_id, lock=True)

    using.require_right(actor, Right.RESULTS_MARK)

    assert actor.person_id is not None
    known = queries.mark_by_nonce(session, actor.person_id, nonce)
    if known is not None and (known.script_id, known.given) == (script_id, written.written(given)):
        return known
    marks = queries.marks(session, [script_id]).get(script_id, [])
    before = next((one for one in marks if one.marked_by == actor.person_id), None)
    _judge(session, script, marks, before, actor.person_id, now)
    written.may_give(given, written.read(script.worth)).or_refuse()
    if known is not None:
        raise errors.WrongState("nonce_used", "这次提交的编号已用于另一次给分，请刷新页面后再给一次。")
    using.use_duty(session, actor, Duty.MARK, f"class:{script.class_id}", now=now)

    mark = ScriptMark(
        script_id=script_id,
        round=before.round if before is not None else len(marks) + 1,
        version=before.version + 1 if before is not None else 1,
        given=written.written(given),
        points=sum(given),
        nonce=nonce,
        marked_at=now,
        marked_by=actor.person_id,
    )
    session.add(mark)
    session.flush()

    # The journal has readers before publication: it holds a digest over the points and a number that the browser drew.
    data = {"script": script_id, "round": mark.round, "version": mark.version, "digest": _digest(mark)}
    record(session, Event.SCRIPT_MARKED, actor.label, f"class:{script.class_id}", now=now, data=data)
    if before is None:
        _go_on(session, actor, script, [*(one.points for one in marks), mark.points], now)
    return mark


def _take(session: Session, script: Script, person_id: int, now: datetime) -> None:
    taking = queries.taking(session, script.id or 0, person_id)
    taking = taking or ScriptTaking(script_id=script.id or 0, taken_by=person_id, taken_at=now)
    taking.taken_at = now
    session.add(taking)
    session.flush()


def _desk(session: Session, actor: Actor, script: Script, own: ScriptMark | None, now: datetime) -> Desk:
    asked = next(one for one in opening.read_opened(session, script.form_id) if one.position == script.position)
    key = keys.use_key(session, script.form_id, actor.label, f"script:{script.id}", now=now)
    criteria = rubric.criteria(key[script.position].key)
    told = asked.case.text if asked.case is not None else ""
    given = written.read(own.given) if own is not None else None
    return Desk(script, asked.stem, _shown(session, script.form_id, asked), criteria, given, told)


def _shown(session: Session, form_id: int, asked: Question) -> Shown | None:
    one = asked.pictures.get("stem")
    if one is None:
        return None
    content = opening.read_pictures(session, form_id)[one.digest]
    return Shown(one.words, picturing.source(content, one.media_type))


def _may_still(session: Session, script: Script) -> Decision:
    return written.may_still(
        superseded=queries.superseded(session, script), withdrawn=withdrawn.needless(session, script)
    )


def _judge(
    session: Session, script: Script, marks: Sequence[ScriptMark], own: ScriptMark | None, person_id: int, now: datetime
) -> None:
    """Whether this person may mark the script now, or mark it again."""
    _may_still(session, script).or_refuse()
    settled = script.settled_at is not None
    if own is not None:
        written.may_amend(settled=settled, alone=len(marks) == 1).or_refuse()
        return
    taking = queries.taking(session, script.id or 0, person_id)
    overdue = taking is not None and taking.taken_at + KEPT_FOR <= now
    held = queries.held_by_others(session, script.id or 0, person_id, held_since=now - KEPT_FOR) if overdue else 0
    written.may_mark(
        settled=settled,
        taken=taking is not None,
        waits_for=written.wanted(marks=len(marks), third=script.third),
        held_by_others=held,
    ).or_refuse()


def _digest(mark: ScriptMark) -> str:
    said = [mark.script_id, mark.round, mark.version, mark.given, mark.nonce]
    return sealing.digest(json.dumps(said, separators=(",", ":")).encode())


def _go_on(session: Session, actor: Actor, script: Script, points: Sequence[int], now: datetime) -> None:
    """Settle the script, or have a third person mark it, once that is known."""
    limit = settings.current().marks_apart_percent
    found = written.settle(points, script.most, limit, third=script.third)
    if found is None:
        if len(points) == written.FIRST_TWO:
            script.third = True
            session.add(script)
            session.flush()
            data = {"script": script.id, "limit_percent": limit}
            record(session, Event.SCRIPT_SENT_ON, actor.label, f"class:{script.class_id}", now=now, data=data)
        return
    script.settled, script.points, script.settled_at = found[0], found[1], now
    session.add(script)
    session.flush()
    _count(session, actor, script, now)


def _count(session: Session, actor: Actor, script: Script, now: datetime) -> None:
    """Add what a script earned to the result of its seat, which waits for confirmation as long as one is unsettled."""
    result = results.result_of_seat(session, script.seat_id, lock=True)
    assert result is not None, "a sheet is dealt to markers when it is handed in, and has a result since"
    assert result.state == rules.ResultState.MARKED, "nobody confirms results of which a script is unsettled"
    marks = standing.of_results(session, [result])[script.seat_id]
    result.points = sum(one.points for one in marks.values())
    if result.verdict != Verdict.VOID:
        result.verdict = rules.verdict(result.points, result.pass_points)
    session.add(result)
    session.flush()

    data = {"script": script.id, "how": script.settled, "marks": rules.digest(versions.written(marks))}
    record(session, Event.SCRIPT_SETTLED, actor.label, f"seat:{script.seat_id}", now=now, data=data)
