"""Switching a room to the other form of its paper: proposed by one person, confirmed by another."""

from dataclasses import dataclass
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse
from service.papers.rules.states import PaperState
from service.sittings.rules.phases import Phase

_TWO_PEOPLE = "两人原则（本系统规则）"


class SwitchReason(StrEnum):
    """Why a form cannot be sat any longer; every switch has one."""

    LEAK = "leak"
    WRONG_DELIVERY = "wrong_delivery"
    FAULTY = "faulty"
    OTHER = "other"


SWITCH_REASON_NAMES = {
    SwitchReason.LEAK: "试题泄露或疑似泄露",
    SwitchReason.WRONG_DELIVERY: "错发试卷",
    SwitchReason.FAULTY: "试卷有误，不能继续使用",
    SwitchReason.OTHER: "其他原因（写明）",
}


class Hand(StrEnum):
    """As whom somebody acts in a switch."""

    PROCTOR = "proctor"
    ARRANGER = "arranger"
    APPROVER = "approver"


PROPOSING = frozenset({Hand.PROCTOR, Hand.ARRANGER})
CONFIRMING = frozenset({Hand.PROCTOR, Hand.APPROVER})


@dataclass(frozen=True, slots=True)
class Room:
    """What a switch depends on. ``closed`` sheets have been marked by the present form already; ``spent`` says that
    the other form was itself given up somewhere; ``on_paper`` seats have copies of the present form before them."""

    phase: Phase
    rehearsal: bool
    cancelled: bool
    closed: int
    paper: PaperState | None
    has_other: bool
    spent: bool
    on_paper: int = 0


def may_switch(room: Room) -> Decision:
    """Whether the room may go over to the other form now: before the start, or while nobody's sheet is closed."""
    return first_refusal(_has_a_spare(room), _in_time(room))


def _has_a_spare(room: Room) -> Decision:
    if room.rehearsal:
        return not_now("rehearsal_has_no_spare", "演练场次用的是样题，没有备用卷。")
    if room.paper not in {PaperState.SEALED, PaperState.OPENED} or not room.has_other:
        return not_now("no_spare", "本班试卷没有封好的备用卷，不能换卷。")
    if room.spent:
        sentence = "另一份卷已经停用过，不能再换回去。请终止本场，另行安排补考。"
        return refuse("spare_spent", sentence, source="试卷规则（本系统规则）")
    return ALLOWED


def _in_time(room: Room) -> Decision:
    if room.cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if room.phase is Phase.ENDED:
        return not_now(
            "sitting_ended",
            "本场考试已经结束，不能再换卷。试卷有问题的，请“记录异常”写明，由市局裁定成绩是否作废并安排补考。",
        )
    if room.closed:
        return not_now(
            "sheets_closed",
            "已有{n}名考生交卷并按原卷评分，本场不能再换卷。请收卷终止本场，另行安排补考。",
            n=room.closed,
        )
    if room.on_paper:
        return not_now(
            "answers_on_paper",
            "已有{n}个座位登记在纸质试卷上作答，纸质试卷是原卷，本场不能再换卷。请收卷终止本场，另行安排补考。",
            n=room.on_paper,
        )
    return ALLOWED


def may_propose(room: Room, hands: frozenset[Hand], reason: SwitchReason, note: str, *, waiting: bool) -> Decision:
    """Whether this person may propose it: a proctor on duty here, or who arranges the exam."""
    if not hands & PROPOSING:
        return refuse("not_proposing", "换卷由本场监考员或考务安排人员提出。", source=_TWO_PEOPLE)
    if waiting:
        return not_now("switch_waits", "已有人提出换卷，等待另一个人确认。")
    if reason is SwitchReason.OTHER and not note.strip():
        return refuse("note_missing", "选“其他原因”时必须写明情况。")
    return may_switch(room)


def may_confirm(room: Room, hands: frozenset[Hand], *, decided: bool, same_person: bool, accept: bool) -> Decision:
    """Whether this person may confirm or decline it: another proctor on duty here, or who approves papers."""
    if decided:
        return not_now("switch_decided", "这次换卷已经确认或否决，请刷新后再看。")
    if not hands & CONFIRMING:
        return refuse("not_confirming", "换卷由市局审批人员或本场另一名监考员确认。", source=_TWO_PEOPLE)
    if same_person:
        return refuse("two_people_needed", "提出换卷的人不能自己确认，请另一位同事确认。", source=_TWO_PEOPLE)
    # Declining is always possible: what has become pointless must not stand for ever.
    return may_switch(room) if accept else ALLOWED
