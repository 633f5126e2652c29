"""How long what is kept: dated data with its source, and what two people must agree on before anything goes.

Nothing goes by itself. The journal is never disposed of: it is what tells that anything else was.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse


class Kept(StrEnum):
    """Kinds of records."""

    JOURNAL = "journal"
    RESULTS = "results"
    ANSWERS = "answers"
    SESSIONS = "sessions"
    PICTURES = "pictures"


KEPT_NAMES = {
    Kept.JOURNAL: "审计日志",
    Kept.RESULTS: "成绩、学时与证明",
    Kept.ANSWERS: "作答与逐题得分",
    Kept.SESSIONS: "工作人员的登录会话",
    Kept.PICTURES: "考场异常和答题卡的照片",
}


@dataclass(frozen=True, slots=True)
class Keeping:
    """From a day on, how many days a kind is kept at least; ``None`` is for ever."""

    kind: Kept
    effective_on: date
    days: int | None
    source: str
    disposable: bool


_FIRST = date(2024, 1, 1)
KEEPINGS: tuple[Keeping, ...] = (
    Keeping(Kept.JOURNAL, _FIRST, None, "其他一切处置都以日志为凭据，永久保存", False),
    # DOMAIN §4: the project document does not say; three years is the default. Points, verdicts, credits and
    # certificates are what was paid for, and what anybody may verify: the service disposes of none.
    Keeping(Kept.RESULTS, _FIRST, 3 * 365 + 1, "项目文件没有规定，取三年（待市局确认）", False),
    # What somebody answered is a part of the result and kept as long at least; PEIKAO_KEEP_ANSWERS_DAYS is longer.
    Keeping(Kept.ANSWERS, _FIRST, 3 * 365 + 1, "项目文件没有规定，不短于成绩的保存期限（待市局确认）", True),
    # 网络安全法 art. 21: network logs are kept for at least six months.
    Keeping(Kept.SESSIONS, _FIRST, 183, "网络安全法：网络日志不少于六个月（待市局确认）", True),
    # As long as the results whose room record counts them.
    Keeping(Kept.PICTURES, _FIRST, 3 * 365 + 1, "项目文件没有规定，与成绩相同（待市局确认）", True),
)
_TWO = "两人原则（本系统规则）"


def keeping(kind: Kept, day: date, keepings: Sequence[Keeping] = KEEPINGS) -> Keeping:
    """The rule that is in force on a day: the newest that has begun."""
    return max(
        (one for one in keepings if one.kind is kind and one.effective_on <= day), key=lambda one: one.effective_on
    )


def lengthened(rule: Keeping, answers_days: int) -> Keeping:
    """The rule as this installation keeps it: answers may be kept longer by setting, and nothing shorter."""
    if rule.kind is not Kept.ANSWERS or rule.days is None:
        return rule
    return replace(rule, days=max(rule.days, answers_days))


def cutoff(rule: Keeping, now: datetime) -> datetime:
    """What was over before this instant has been kept long enough."""
    assert rule.days is not None, "what is kept for ever has no end"
    return now - timedelta(days=rule.days)


def may_propose(rule: Keeping, number: int, open_proposals: int, blocked: Sequence[str] = ()) -> Decision:
    """Whether a kind may be proposed for disposal now; ``blocked`` are classes that are due and have something open."""
    return first_refusal(
        ALLOWED if rule.disposable else refuse("never_disposed", "这类记录不在本系统内处置。", source=rule.source),
        ALLOWED
        if not open_proposals
        else not_now("disposal_open", "这类记录已有一份处置提议，请先办结。", source=_TWO),
        ALLOWED if number else not_now("nothing_to_dispose", "没有保存期满的记录。", source=rule.source),
        nothing_open(blocked),
    )


def nothing_open(blocked: Sequence[str]) -> Decision:
    """Whether nothing is open any more in the classes whose answers would go."""
    if not blocked:
        return ALLOWED
    return not_now(
        "disposal_blocked",
        "班次{classes}保存期满，但还有未办结的事项（未发布的成绩、未裁定的作废、撤题、复核、迟到答案或雷同核查，"
        "或合格学员还不在支付名单上），请先办结。",
        classes="、".join(blocked),
    )


def may_decide(*, decided: bool, own: bool, same: bool) -> Decision:
    """Whether somebody may decide a proposal: another person, once, and on what was proposed."""
    return first_refusal(
        ALLOWED if not decided else not_now("disposal_decided", "这份处置提议已经办结。"),
        ALLOWED if not own else refuse("disposal_own", "提议人不能确认自己的处置提议，请换一位同事。", source=_TWO),
        ALLOWED if same else not_now("disposal_changed", "提议之后这些记录有变化，请退回后重新提议。", source=_TWO),
    )
