"""The states of a paper, its forms, and when two people may open it."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now, refuse


class PaperState(StrEnum):
    ASSEMBLED = "assembled"
    RETURNED = "returned"
    APPROVED = "approved"
    SEALED = "sealed"
    OPENED = "opened"
    REJECTED = "rejected"


class Form(StrEnum):
    A = "A"
    B = "B"


STATE_NAMES = {
    PaperState.ASSEMBLED: "已组卷",
    PaperState.RETURNED: "待修改",
    PaperState.APPROVED: "已审批",
    PaperState.SEALED: "已封卷",
    PaperState.OPENED: "已启封",
    PaperState.REJECTED: "已退回",
}
MOVES: Mapping[PaperState, frozenset[PaperState]] = {
    # With marks on single items it may be mended; rejected, it makes room for another.
    PaperState.ASSEMBLED: frozenset({PaperState.APPROVED, PaperState.RETURNED, PaperState.REJECTED}),
    PaperState.RETURNED: frozenset({PaperState.ASSEMBLED, PaperState.REJECTED}),
    PaperState.APPROVED: frozenset({PaperState.SEALED}),
    PaperState.SEALED: frozenset({PaperState.OPENED}),
    PaperState.OPENED: frozenset(),
    PaperState.REJECTED: frozenset(),
}

# Not stated by the commissioning document: half an hour is enough for two people to meet at the room.
OPENS_BEFORE = timedelta(minutes=30)
OPENERS = 2


def may_move(state: PaperState, target: PaperState) -> Decision:
    """Whether a paper may pass from one state to another."""
    if target in MOVES[state]:
        return ALLOWED
    return not_now(
        "paper_state",
        "试卷现在是“{state}”，不能变为“{target}”。",
        state=STATE_NAMES[state],
        target=STATE_NAMES[target],
    )


@dataclass(frozen=True, slots=True)
class Window:
    """When a form may be opened: from half an hour before its sitting starts until the sitting ends."""

    starts_at: datetime
    ends_at: datetime

    @property
    def opens_at(self) -> datetime:
        return self.starts_at - OPENS_BEFORE


def may_open(state: PaperState, window: Window, openers: frozenset[int], person_id: int, now: datetime) -> Decision:
    """Whether this person may now add a hand to opening a form that ``openers`` have begun to open."""
    if state is not PaperState.SEALED:
        return not_now("paper_not_sealed", "试卷现在是“{state}”，不能启封。", state=STATE_NAMES[state])
    if now < window.opens_at:
        return not_now(
            "opening_too_early",
            "还没到启封时间，开考前{minutes}分钟才能启封。本次提前启封的尝试已记录。",
            source="试卷保密规则（本系统规则）",
            minutes=int(OPENS_BEFORE.total_seconds() // 60),
        )
    if now >= window.ends_at:
        return not_now(
            "opening_too_late",
            "本场考试已经结束，不能再启封。请“记录异常”（整个考场）写明原因；考生不按不合格处理，由考务人员安排补考。",
            source="试卷保密规则（本系统规则）",
        )
    if person_id in openers:
        return refuse("opener_twice", "您已经确认过启封，需要另一位监考员再确认一次。", source="两人原则（本系统规则）")
    return ALLOWED
