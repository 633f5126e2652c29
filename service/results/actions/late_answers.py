"""Deciding late answers: one person of the results proposes to accept or declines, another one accepts.

It is done here and not with the sittings, because accepting marks the sheet anew. Accepting takes two people, who are
those that confirm and publish, since it changes marks; declining leaves everything as it was handed in and takes one.
Whoever proctored or taught the class, or is tied to an institution, is kept out by the separation of duties.
"""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right, holds
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.kernel.decision import Decision, first_refusal
from service.results import queries
from service.results import rules as of_results
from service.results.actions import remarking
from service.results.queries import written
from service.results.rules import ResultState, Verdict
from service.results.tables import Remarking, Result
from service.sittings.actions import evidence
from service.sittings.actions.evidence import Examined
from service.sittings.queries import late as late_queries
from service.sittings.queries.late import LateLine
from service.sittings.rules import late as rules
from service.sittings.rules.late import LateState
from service.sittings.tables import LateAnswer

# Only these come from the answers; whoever was absent, refused or voided is not marked by one answer more.
BY_ANSWERS = {Verdict.PASSED, Verdict.FAILED}


@dataclass(frozen=True, slots=True)
class LateView:
    """A late answer as its reader may decide it: the facts, what accepting has changed, and what they may do now.

    ``before`` is what was answered before it was accepted, where it was.
    """

    examined: Examined
    state: LateState
    remarking: Remarking | None
    before: str | None
    propose: Decision | None
    accept: Decision | None


def view(session: Session, actor: Actor, lines: Iterable[LateLine]) -> list[LateView]:
    """Late answers with everything that a person needs to decide; a decision is there where it is theirs to take."""
    found = evidence.examine(session, lines)
    ids = [one.line.row.id or 0 for one in found]
    changed, texts = queries.remarkings(session, ids), written.replaced(session, ids)
    return [_view(session, actor, one, changed.get(one.line.row.id or 0), texts) for one in found]


def _view(
    session: Session, actor: Actor, one: Examined, changed: Remarking | None, texts: Mapping[int, str]
) -> LateView:
    row, now_is, class_id = one.line.row, state_of(one.line.row), one.line.sitting.class_id
    proposes = now_is is LateState.UNDECIDED and holds(actor, Right.RESULTS_CONFIRM)
    accepts = now_is is LateState.PROPOSED and holds(actor, Right.RESULTS_PUBLISH)
    same_person = row.proposed_by == actor.person_id
    return LateView(
        examined=one,
        state=now_is,
        remarking=changed,
        before=changed.choice_before if changed is not None else texts.get(row.id or 0),
        propose=_judge(session, actor, Duty.CONFIRM, class_id, rules.may_propose(now_is)) if proposes else None,
        accept=_judge(session, actor, Duty.PUBLISH, class_id, rules.may_decide(now_is, same_person=same_person))
        if accepts
        else None,
    )


def _judge(session: Session, actor: Actor, duty: Duty, class_id: int, decision: Decision) -> Decision:
    assert actor.person_id is not None
    return first_refusal(decision, *using.may_use_duty(session, actor.person_id, duty, f"class:{class_id}"))


def state_of(row: LateAnswer) -> LateState:
    """Where the deciding of a late answer stands."""
    return rules.state(proposed=row.proposed_at is not None, accepted=row.accepted)


def propose(session: Session, actor: Actor, late_id: int, *, accept: bool, reason: str, now: datetime) -> LateAnswer:
    """The first person proposes to accept a late answer, or declines it for good.

    Raises:
        NotFound: no such late answer. WrongState: somebody has spoken already, or the results are published.
        Refused: the rule does not let it be accepted, or separation excludes the person.
    """
    line = _locked(session, late_id)

    using.require_right(actor, Right.RESULTS_CONFIRM)

    rules.may_propose(state_of(line.row)).or_refuse()
    if accept:
        _require_acceptable(session, line)
    using.use_duty(session, actor, Duty.CONFIRM, f"class:{line.sitting.class_id}", now=now)

    row = line.row
    if accept:
        row.proposed_at, row.proposed_by, row.proposal_reason = now, actor.person_id, reason
    else:
        _decided(row, actor, False, reason, now)
    session.add(row)
    session.flush()

    _record(session, actor, line, Event.LATE_ANSWER_PROPOSED if accept else Event.LATE_ANSWER_DECIDED, reason, now)
    return row


def decide(session: Session, actor: Actor, late_id: int, *, accept: bool, reason: str, now: datetime) -> LateAnswer:
    """The second person accepts what another has proposed, and the sheet is marked anew; or declines it.

    Raises:
        NotFound: no such late answer. WrongState: nobody has proposed it, it is decided, or the results are published.
        Refused: by whoever proposed it, the rule does not let it be accepted, or separation excludes the person.
    """
    line = _locked(session, late_id)

    using.require_right(actor, Right.RESULTS_PUBLISH)

    rules.may_decide(state_of(line.row), same_person=line.row.proposed_by == actor.person_id).or_refuse()
    if accept:
        _require_acceptable(session, line)
    using.use_duty(session, actor, Duty.PUBLISH, f"class:{line.sitting.class_id}", now=now)

    _decided(line.row, actor, accept, reason, now)
    session.add(line.row)
    session.flush()
    if accept:
        remarking.remark(session, actor, line.sitting, line.seat, line.row, now=now)

    _record(session, actor, line, Event.LATE_ANSWER_DECIDED, reason, now)
    return line.row


def _locked(session: Session, late_id: int) -> LateLine:
    line = late_queries.locked(session, late_id)
    if line is None:
        raise errors.NotFound()
    return line


def _require_acceptable(session: Session, line: LateLine) -> None:
    """The rule, on the facts as they are now; and the results of the class, locked, still open to change."""
    results = queries.results_of_class(session, line.sitting.class_id)
    mine = next((one for one in results if one.seat_id == line.row.seat_id), None)
    (examined,) = evidence.examine(session, [line])
    # Asked behind the lock of the results, which whoever opens a sheet again holds too.
    of_results.may_decide_on(taken_back=queries.is_taken_back(session, line.row.seat_id)).or_refuse()
    may_remark(mine).or_refuse()
    examined.rule.or_refuse()


def may_remark(result: Result | None) -> Decision:
    """Whether a result may still be changed by a late answer."""
    return rules.may_remark(
        marked=result is not None and result.verdict in BY_ANSWERS,
        published=result is not None and result.state == ResultState.PUBLISHED,
    )


def _decided(row: LateAnswer, actor: Actor, accepted: bool, reason: str, now: datetime) -> None:
    row.decided_at, row.decided_by, row.accepted, row.reason = now, actor.person_id, accepted, reason


def _record(session: Session, actor: Actor, line: LateLine, event: Event, reason: str, now: datetime) -> None:
    """The journal has readers before publication: it learns which change, and not what was chosen."""
    row = line.row
    data = {"late_answer": row.id, "position": row.position, "seq": row.seq, "accepted": row.accepted, "reason": reason}
    record(session, event, actor.label, f"seat:{row.seat_id}", now=now, data=data)
