"""Individual arrangements: what may be granted, by whom, and when it can still be taken back."""

from dataclasses import dataclass
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now, refuse

# Twice the longest paper of the service would keep a proctor into the evening; a check of the database too.
MOST_EXTRA_MINUTES = 120
_TWO_PEOPLE = "两人原则（本系统规则）"


class GrantState(StrEnum):
    PROPOSED = "proposed"
    APPROVED = "approved"
    DECLINED = "declined"


GRANT_STATE_NAMES = {
    GrantState.PROPOSED: "待审批",
    GrantState.APPROVED: "已批准",
    GrantState.DECLINED: "未批准",
}


@dataclass(frozen=True, slots=True)
class Grants:
    """What one trainee is granted."""

    extra_minutes: int = 0
    large_type: bool = False
    read_aloud: bool = False
    separate_room: bool = False

    def __bool__(self) -> bool:
        return bool(self.extra_minutes) or self.large_type or self.read_aloud or self.separate_room


def state(approved: bool | None) -> GrantState:
    """The state of an arrangement by its decision."""
    if approved is None:
        return GrantState.PROPOSED
    return GrantState.APPROVED if approved else GrantState.DECLINED


def may_propose(wanted: Grants, before: GrantState | None) -> Decision:
    """Whether this may be asked for: something at least, and not where another one is asked for or in force."""
    if not wanted:
        return refuse("nothing_granted", "请至少选择一项：延长时间、大字显示、读题或单独考场。")
    if before is GrantState.PROPOSED:
        return not_now("arrangement_pending", "该考生已有一份待审批的申请；要修改，请先撤回原申请。")
    if before is GrantState.APPROVED:
        return not_now("arrangement_in_force", "该考生已有批准的个别安排；要修改，请审批人先撤销。")
    return ALLOWED


def may_withdraw(now_is: GrantState) -> Decision:
    """Whether the asking side may take its request back: until somebody has decided."""
    if now_is is not GrantState.PROPOSED:
        return not_now("arrangement_decided", "这份申请已经审批，不能撤回。")
    return ALLOWED


def may_decide(now_is: GrantState, *, same_person: bool) -> Decision:
    """Whether this person may decide: another natural person than who asked, and once."""
    if now_is is not GrantState.PROPOSED:
        return not_now("arrangement_decided", "这份申请已经审批，请刷新后再看。")
    if same_person:
        return refuse("two_people_needed", "申请人不能审批自己的申请，请另一位同事审批。", source=_TWO_PEOPLE)
    return ALLOWED


def may_revoke(now_is: GrantState, *, same_person: bool, begun: bool) -> Decision:
    """Whether an approval may be taken back: until the trainee has been let into an exam with it."""
    if now_is is not GrantState.APPROVED:
        return not_now("arrangement_not_in_force", "这份个别安排没有生效，不用撤销。")
    if same_person:
        return refuse("two_people_needed", "申请人不能审批自己的申请，请另一位同事审批。", source=_TWO_PEOPLE)
    if begun:
        return not_now("arrangement_used", "该考生已凭这份安排入场，不能再撤销。")
    return ALLOWED
