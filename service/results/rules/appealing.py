"""Appeals (成绩复核): when a candidate may file one, who may decide it, and what an answer may change."""

from collections.abc import Collection, Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.results.rules import SAT, TWO_PEOPLE, Scored, Verdict


class AppealState(StrEnum):
    FILED = "filed"
    PROPOSED = "proposed"
    ANSWERED = "answered"


APPEAL_NAMES = {
    AppealState.FILED: "已受理，等待复核",
    AppealState.PROPOSED: "已复核，等待另一人裁定",
    AppealState.ANSWERED: "已答复",
}
APPEAL_MOVES: Mapping[AppealState, frozenset[AppealState]] = {
    AppealState.FILED: frozenset({AppealState.PROPOSED}),
    # Back again where the second person does not agree: then it is looked at anew.
    AppealState.PROPOSED: frozenset({AppealState.FILED, AppealState.ANSWERED}),
    AppealState.ANSWERED: frozenset(),
}


def may_file(found: Verdict, published_at: datetime, now: datetime, *, days: int, filed: bool) -> Decision:
    """Whether a candidate may appeal against a version of their result: once, within so many days of its publication.

    The document sets no window; ``days`` is a setting.
    """
    if found not in SAT:
        return not_now("nothing_to_appeal", "没有参加考试，没有可以复核的评分。")
    if filed:
        return not_now("appeal_filed", "这次成绩已经申请过复核，请等待答复。")
    if now >= published_at + timedelta(days=days):
        return not_now("appeal_late", "成绩发布后{days}天内可以申请复核，现在已经过期。", days=days)
    return ALLOWED


def may_judge(person_id: int, hands: Collection[int]) -> Decision:
    """Whether this person may look into an appeal: nobody who confirmed or published the class's results."""
    if person_id in hands:
        return refuse("own_work", "您确认或发布过本班次的成绩，不能复核，请换一位同事办理。", source=TWO_PEOPLE)
    return ALLOWED


def may_move(state: AppealState, target: AppealState) -> Decision:
    """Whether an appeal may pass from one state to another."""
    if target in APPEAL_MOVES[state]:
        return ALLOWED
    return not_now("appeal_state", "复核申请现在是“{state}”，请刷新后再看。", state=APPEAL_NAMES[state])


def may_change(marks: Mapping[int, Scored], changes: Mapping[int, int]) -> Decision:
    """Whether an answer may set these points: of positions that were asked, from none to all."""
    for position, points in changes.items():
        if position not in marks:
            return refuse("item_not_asked", "本卷没有这一题，请核对题号。")
        if not 0 <= points <= marks[position].of:
            return refuse("points_beyond", "第{n}题的得分应在0到{of}分之间。", n=position, of=marks[position].of)
    return ALLOWED
