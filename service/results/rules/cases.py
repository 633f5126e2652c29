"""Cases of answers alike: a person opens one for a pair that the screen names, another closes it, each with a reason.

Nothing follows of itself, neither from the screen nor from a case: a result is made void by two people, on an incident.
"""

from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now
from service.results.rules import TWO_PEOPLE


class Finding(StrEnum):
    """How a case was closed."""

    EXPLAINED = "explained"
    REFERRED = "referred"


FINDING_NAMES = {
    Finding.EXPLAINED: "可以解释，不再追究",
    Finding.REFERRED: "不能解释，另按考场异常提议作废",
}


def may_open(*, named: bool, waiting: bool) -> Decision:
    """Whether a case may be opened: for a pair that the screen names now, one at a time."""
    if waiting:
        return not_now("case_waiting", "这两人的雷同核查还没有结案。")
    if not named:
        return not_now("pair_not_named", "筛查没有列出这两人，不能立案；请刷新后再看。")
    return ALLOWED


def may_close(*, closed: bool) -> Decision:
    """Whether a case may be closed: once."""
    return not_now("case_closed", "这项核查已经结案。", source=TWO_PEOPLE) if closed else ALLOWED
