"""Answering on paper where machines have failed: who declares it, how far a sheet is, and which answer counts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse
from service.sittings.rules.phases import Phase
from service.sittings.rules.seats import STATE_NAMES, SeatState
from service.sittings.rules.switching import Hand

_TWO_PEOPLE = "两人原则（本系统规则）"
# A proctor of the room, or who arranges the exam: whoever it is, a second one confirms.
HANDS = frozenset({Hand.PROCTOR, Hand.ARRANGER})
# Whoever is there and has not handed in.
AT_WORK = frozenset({SeatState.ADMITTED, SeatState.WORKING, SeatState.PAUSED})


class PaperReason(StrEnum):
    """Why a candidate answers on paper; every declaration has one."""

    MACHINE = "machine"
    NETWORK = "network"
    POWER = "power"
    SOFTWARE = "software"
    OTHER = "other"


PAPER_REASON_NAMES = {
    PaperReason.MACHINE: "考试机故障，不能继续使用",
    PaperReason.NETWORK: "网络中断，不能恢复",
    PaperReason.POWER: "停电，不能恢复",
    PaperReason.SOFTWARE: "考试系统故障",
    PaperReason.OTHER: "其他原因（写明）",
}


class PaperStage(StrEnum):
    """How far the paper of a seat is, from the first hand on its declaration to the answers that are marked."""

    PROPOSED = "proposed"
    ANSWERING = "answering"
    FIRST = "first"
    SECOND = "second"
    DIFFERING = "differing"
    TRANSCRIBED = "transcribed"


PAPER_STAGE_NAMES = {
    PaperStage.PROPOSED: "等待第二人确认",
    PaperStage.ANSWERING: "正在纸上作答",
    PaperStage.FIRST: "等待第一人誊录",
    PaperStage.SECOND: "等待第二人誊录",
    PaperStage.DIFFERING: "两次誊录不一致，等待第三人裁定",
    PaperStage.TRANSCRIBED: "已誊录并评分",
}


def stage(*, confirmed: bool, closed: bool, entries: int, settled: bool) -> PaperStage:
    """How far a declared sheet is; ``entries`` counts those that stand."""
    if not confirmed:
        return PaperStage.PROPOSED
    if settled:
        return PaperStage.TRANSCRIBED
    if not closed:
        return PaperStage.ANSWERING
    return (PaperStage.FIRST, PaperStage.SECOND, PaperStage.DIFFERING)[min(entries, 2)]


@dataclass(frozen=True, slots=True)
class Place:
    """What a declaration depends on, of the room and of one seat in it; ``declared``: one stands or waits."""

    phase: Phase
    rehearsal: bool
    cancelled: bool
    opened: bool
    printed: int
    seat: SeatState
    declared: bool = False


def may_declare(place: Place, hands: frozenset[Hand], reason: PaperReason, note: str) -> Decision:
    """Whether this person may declare that a seat answers on paper from now on."""
    return first_refusal(_by(hands), _room_may(place), _seat_may(place), _said(reason, note))


def may_begin(place: Place, hands: frozenset[Hand]) -> Decision:
    """The same before anybody has chosen seats and a reason: whether the page offers it."""
    return first_refusal(_by(hands), _room_may(place))


def _by(hands: frozenset[Hand]) -> Decision:
    if hands & HANDS:
        return ALLOWED
    return refuse("not_declaring", "纸笔作答由本场监考员或考务安排人员登记。", source=_TWO_PEOPLE)


def _room_may(place: Place) -> Decision:
    if place.rehearsal:
        return not_now("rehearsal_without_paper", "演练场次不计成绩，不登记纸笔作答。")
    if place.cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if place.phase not in {Phase.RUNNING, Phase.PAUSED}:
        return not_now("not_running_on_paper", "只能在开考以后、考试结束以前登记纸笔作答。")
    if not place.opened:
        return not_now("paper_not_opened", "试卷尚未启封。请先由两名监考员启封，再登记纸笔作答，否则答题卡无法评分。")
    if not place.printed:
        return not_now("nothing_printed", "还没有打印过本场试卷，考生没有可用的纸质答题卡。请先打印试卷。")
    return ALLOWED


def _seat_may(place: Place) -> Decision:
    if place.declared:
        return not_now("declared_already", "这个座位已经登记纸笔作答，请刷新后再看。")
    if place.seat not in AT_WORK:
        sentence = "座位现在是“{state}”，不能登记纸笔作答。"
        return not_now("seat_not_working", sentence, state=STATE_NAMES[place.seat])
    return ALLOWED


def _said(reason: PaperReason, note: str) -> Decision:
    if reason is PaperReason.OTHER and not note.strip():
        return refuse("note_missing", "选“其他原因”时必须写明情况。")
    return ALLOWED


def may_decide(
    hands: frozenset[Hand], *, decided: bool, same_person: bool, accept: bool, closed: bool, cancelled: bool
) -> Decision:
    """Whether this person may confirm or decline a declaration; also after the end, for the clock has waited for it.

    ``closed``: the candidate has handed in by the machine after all, and that has been marked.
    """
    if decided:
        return not_now("declaration_decided", "这项登记已经确认或否决，请刷新后再看。")
    if not hands & HANDS:
        return refuse("not_declaring", "纸笔作答由本场监考员或考务安排人员登记。", source=_TWO_PEOPLE)
    if same_person:
        return refuse("two_people_needed", "登记的人不能自己确认，请另一位同事确认。", source=_TWO_PEOPLE)
    if accept and cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if accept and closed:
        return not_now("already_handed_in", "考生已在考试机上交卷并评分，不能再改为纸笔作答，请否决这项登记。")
    return ALLOWED


# --- which answer counts ---


@dataclass(frozen=True, slots=True)
class Precedence:
    """From a day on, what becomes of answers that a machine had saved before the sheet took over."""

    effective_on: date
    saved_stand: bool
    words: str
    source: str


# The documents do not say. This cannot harm: nothing that was acknowledged is lost, and what the candidate wrote on the
# sheet is newer than what the machine had.
PRECEDENCES: Sequence[Precedence] = (
    Precedence(
        date(2024, 1, 1),
        saved_stand=True,
        words="登记纸笔作答以前保存在考试机上的答案继续有效；答题卡上作了答的题，以答题卡为准。",
        source="本系统规则：已确认收到的答案不丢失；具体规则项目文件未规定，待确认",
    ),
)


def precedence(day: date, rules: Sequence[Precedence] = PRECEDENCES) -> Precedence:
    """The rule in force on a day: the newest that has begun."""
    return max((one for one in rules if one.effective_on <= day), key=lambda one: one.effective_on)


def combined(saved: Mapping[int, str], sheet: Mapping[int, str], rule: Precedence) -> dict[int, str]:
    """What is marked, by position: the answers of the sheet, and of the machine where the sheet has none."""
    written = {position: choice for position, choice in sheet.items() if choice}
    return {**(saved if rule.saved_stand else {}), **written}
