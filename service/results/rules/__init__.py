"""Verdicts, the states of results, voiding by two, credits."""

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import assert_never

from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse
from service.results.rules.pending import NOTHING_PENDING as NOTHING_PENDING
from service.results.rules.pending import TWO_PEOPLE as TWO_PEOPLE
from service.results.rules.pending import Pending as Pending
from service.results.rules.pending import of_paper
from service.results.rules.pending import pending_matters as pending_matters
from service.sittings.rules.room import CAUSES, INCIDENT_NAMES, TERMINATIONS, Cause, IncidentKind


class ResultState(StrEnum):
    MARKED = "marked"
    CONFIRMED = "confirmed"
    PUBLISHED = "published"


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"
    REFUSED = "refused"
    VOID = "void"


STATE_NAMES = {
    ResultState.MARKED: "已评分",
    ResultState.CONFIRMED: "已确认",
    ResultState.PUBLISHED: "已发布",
}
VERDICT_NAMES = {
    Verdict.PASSED: "合格",
    Verdict.FAILED: "不合格",
    Verdict.ABSENT: "缺考",
    Verdict.REFUSED: "未准入场",
    Verdict.VOID: "成绩作废",
}
# Who has one of these sat the exam; the others have no result that could be void.
SAT = frozenset({Verdict.PASSED, Verdict.FAILED, Verdict.VOID})
MOVES: Mapping[ResultState, frozenset[ResultState]] = {
    ResultState.MARKED: frozenset({ResultState.CONFIRMED}),
    # Back again where a sheet is marked anew before publication: what was confirmed was something else.
    ResultState.CONFIRMED: frozenset({ResultState.MARKED, ResultState.PUBLISHED}),
    ResultState.PUBLISHED: frozenset(),
}


class Standing(StrEnum):
    """What somebody proposes that a result shall be."""

    VOID = "void"
    VALID = "valid"


class VoidingState(StrEnum):
    PROPOSED = "proposed"
    UPHELD = "upheld"
    REJECTED = "rejected"


STANDING_NAMES = {Standing.VOID: "作废", Standing.VALID: "有效"}
VOIDING_NAMES = {
    VoidingState.PROPOSED: "等待另一人裁定",
    VoidingState.UPHELD: "已裁定同意",
    VoidingState.REJECTED: "已裁定不同意",
}
VOIDING_MOVES: Mapping[VoidingState, frozenset[VoidingState]] = {
    VoidingState.PROPOSED: frozenset({VoidingState.UPHELD, VoidingState.REJECTED}),
    VoidingState.UPHELD: frozenset(),
    VoidingState.REJECTED: frozenset(),
}
# What makes a result void: whatever an exam may be ended for, and what proctors did wrong (our choice, unconfirmed).
GROUNDS = TERMINATIONS | {kind for kind, cause in CAUSES.items() if cause is Cause.PROCTOR}


@dataclass(frozen=True, slots=True)
class Scored:
    """Points of one position, integers as the blueprint gives them."""

    choice: str
    points: int
    of: int


def entry(position: int, scored: Scored) -> str:
    """One mark as it is stored: position, choice, points and points to be had, as compact JSON."""
    return json.dumps([position, scored.choice, scored.points, scored.of], separators=(",", ":"))


def entries(written: Iterable[str]) -> str:
    """A sheet's marks as they are stored: each :func:`entry`, in the order of positions."""
    return f"[{','.join(written)}]"


def digest(marks: str) -> str:
    """SHA-256 over the entries of a sheet: binds the journal to them without telling them."""
    return hashlib.sha256(marks.encode()).hexdigest()


def verdict(points: int, pass_points: int) -> Verdict:
    """Passed from the pass mark on, the mark itself included."""
    return Verdict.PASSED if points >= pass_points else Verdict.FAILED


def may_move(state: ResultState, target: ResultState) -> Decision:
    """Whether a result may pass from one state to another."""
    if target in MOVES[state]:
        return ALLOWED
    return not_now(
        "result_state",
        "成绩现在是“{state}”，不能变为“{target}”。",
        state=STATE_NAMES[state],
        target=STATE_NAMES[target],
    )


def may_confirm(*, still_open: int, results: int, pending: Pending = NOTHING_PENDING) -> Decision:
    """Whether the results of a class may be confirmed: every sitting over, every sheet marked, nothing undecided."""
    if still_open and still_open == pending.declarations + pending.transcriptions:
        # Everybody else is done: who waits is told what for, and not that somebody still sits.
        return first_refusal(*of_paper(pending))
    if still_open:
        return not_now("sitting_not_over", "还有{number}名考生没有交卷，考试结束后才能确认成绩。", number=still_open)
    if not results:
        return not_now("nothing_to_confirm", "该班次还没有可确认的成绩。")
    return first_refusal(*pending_matters(pending))


def may_publish(*, results: int, undecided: int = 0) -> Decision:
    """Whether a class has anything to publish, and nobody waits for a decision on a result of it."""
    if undecided:
        return first_refusal(*pending_matters(Pending(terminations=undecided)))
    return ALLOWED if results else not_now("nothing_to_publish", "该班次还没有可发布的成绩。")


def may_decide_on(*, taken_back: bool) -> Decision:
    """Whether anything may be decided on a result: once its sheet was opened again, what is marked next replaces it."""
    if taken_back:
        return not_now("sheet_open_again", "这份答卷已重新开启，新的成绩还没有评出。请等重新收卷评分以后再办理。")
    return ALLOWED


def may_propose(found: Verdict, wanted: Standing, *, undecided: bool, terminated: bool, held: bool = True) -> Decision:
    """Whether somebody may propose that a result shall be void or valid.

    ``undecided``: a proposal waits already. ``terminated``: the exam was ended, and nothing has been decided on it yet,
    so that its being valid is worth a decision too. ``held``: the paper was opened, so that there is something to be
    valid.
    """
    if found not in SAT:
        return not_now("nothing_to_void", "该考生没有参加考试，没有可以作废的成绩。")
    if undecided:
        return not_now("void_proposed", "这个成绩已有人提议，请先由另一人裁定。")
    match wanted:
        case Standing.VOID:
            if found is not Verdict.VOID or terminated:
                return ALLOWED
            return not_now("already_void", "这个成绩已经作废。")
        case Standing.VALID:
            if not held:
                sentence = "这场考试的试卷始终没有启封，没有可以恢复的成绩。请为考生安排补考，不占补考机会。"
                return not_now("never_held", sentence)
            if found is Verdict.VOID or terminated:
                return ALLOWED
            return not_now("already_valid", "这个成绩本来有效。")
        case _:
            assert_never(wanted)


def may_rest_on(wanted: Standing, kind: IncidentKind, *, same_seat: bool) -> Decision:
    """Whether a proposal may rest on this reason and this incident: of the seat itself, or of its whole room."""
    if not same_seat:
        return refuse("incident_elsewhere", "所选的考场异常与这名考生无关，请另选一条。")
    if wanted is Standing.VOID and kind not in GROUNDS:
        return refuse("no_reason_to_void", "“{kind}”不能作为成绩作废的原因。", kind=INCIDENT_NAMES[kind])
    return ALLOWED


def may_decide(state: VoidingState, target: VoidingState) -> Decision:
    """Whether a proposal may be decided so: once."""
    if target in VOIDING_MOVES[state]:
        return ALLOWED
    return not_now("void_decided", "这项提议{state}，请刷新后再看。", state=VOIDING_NAMES[state])


def settles(wanted: Standing, state: VoidingState) -> bool:
    """Whether a proposal has settled if a result is void: upheld, or refused to be void and so valid."""
    match state:
        case VoidingState.PROPOSED:
            return False
        case VoidingState.UPHELD:
            return True
        case VoidingState.REJECTED:
            return wanted is Standing.VOID
        case _:
            assert_never(state)


def verdict_of(standing: Standing, points: int, pass_points: int) -> Verdict:
    """What a result is once it has been decided; points never change, so that whoever was voided gets it all back."""
    match standing:
        case Standing.VOID:
            return Verdict.VOID
        case Standing.VALID:
            return verdict(points, pass_points)
        case _:
            assert_never(standing)


def may_credit(found: Verdict, hours: Decision) -> Decision:
    """Whether the hours of a trainee turn valid: taken part and passed (三(五))."""
    if found is Verdict.VOID:
        return refuse("result_void", "成绩已作废，不认定学时。", source="三(五)")
    if found is not Verdict.PASSED:
        return refuse("not_passed", "考试未合格，不认定学时。", source="三(五)")
    return hours
