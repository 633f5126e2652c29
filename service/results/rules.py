"""Scoring, verdicts, the states of results, credits."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from service.bank.rules.items import Kind
from service.kernel.decision import ALLOWED, Decision, not_now, refuse


class ResultState(StrEnum):
    MARKED = "marked"
    CONFIRMED = "confirmed"
    PUBLISHED = "published"


class Verdict(StrEnum):
    PASSED = "passed"
    FAILED = "failed"
    ABSENT = "absent"
    REFUSED = "refused"


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
}
MOVES: Mapping[ResultState, frozenset[ResultState]] = {
    ResultState.MARKED: frozenset({ResultState.CONFIRMED}),
    # Back again where a sheet is marked anew before publication: what was confirmed was something else.
    ResultState.CONFIRMED: frozenset({ResultState.MARKED, ResultState.PUBLISHED}),
    ResultState.PUBLISHED: frozenset(),
}


@dataclass(frozen=True, slots=True)
class Scored:
    """Points of one position, integers as the blueprint gives them."""

    choice: str
    points: int
    of: int


def digest(scored: Mapping[int, Scored]) -> str:
    """SHA-256 over the marks of a sheet by position: binds the journal to them without telling them."""
    lines = [f"{position}:{one.choice}:{one.points}/{one.of}" for position, one in sorted(scored.items())]
    return hashlib.sha256("\n".join(lines).encode()).hexdigest()


def score(kind: Kind, key: str, choice: str, points: int) -> int:
    """All or nothing for every kind: the whole key, no more and no less (default rule, unconfirmed; DOMAIN §4)."""
    match kind:
        case Kind.SINGLE | Kind.TRUE_FALSE:
            return points if choice == key else 0
        case Kind.MULTIPLE:
            return points if set(choice) == set(key) else 0


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


def may_confirm(*, still_open: int, results: int) -> Decision:
    """Whether the results of a class may be confirmed: every sitting over, every sheet marked."""
    if still_open:
        return not_now("sitting_not_over", "还有{number}名考生没有交卷，考试结束后才能确认成绩。", number=still_open)
    if not results:
        return not_now("nothing_to_confirm", "该班次还没有可确认的成绩。")
    return ALLOWED


def may_publish(*, results: int) -> Decision:
    """Whether a class has anything to publish."""
    return ALLOWED if results else not_now("nothing_to_publish", "该班次还没有可发布的成绩。")


def may_credit(found: Verdict, hours: Decision) -> Decision:
    """Whether the hours of a trainee turn valid: taken part and passed (三(五))."""
    if found is not Verdict.PASSED:
        return refuse("not_passed", "考试未合格，不认定学时。", source="三(五)")
    return hours
