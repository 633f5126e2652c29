"""Opening a closed sheet again, by two people: for which reason, until when, and how much time comes with it."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse
from service.sittings.rules.presence import Silence, disjoint
from service.sittings.rules.seats import STATE_NAMES, SeatState
from service.sittings.rules.switching import Hand

_TWO_PEOPLE = "两人原则（本系统规则）"
# A proctor of the room, or who arranges the exam: whoever it is, a second one confirms.
HANDS = frozenset({Hand.PROCTOR, Hand.ARRANGER})
# Whoever has been outside for longer has had the time to look something up, and an hour after the closing nobody can
# say any more where somebody was. Both are our choice, unconfirmed by the commissioning document.
MOST_AWAY = timedelta(minutes=10)
MOST_CLOSED = timedelta(minutes=60)


class ReopenReason(StrEnum):
    """Why a closed sheet is opened again; every reopening has one."""

    WRONG_SEAT = "wrong_seat"
    MISTAKE = "mistake"
    TIME_DUE = "time_due"


REOPEN_REASON_NAMES = {
    ReopenReason.WRONG_SEAT: "收错了座位",
    ReopenReason.MISTAKE: "误收或误交",
    ReopenReason.TIME_DUE: "应补的时间没有补上，到时已自动收卷",
}


@dataclass(frozen=True, slots=True)
class Draft:
    """What one person proposes: the coded reason and the words, the minutes that are added, and for how many minutes
    the candidate has been out of the room since the closing, none where they stayed.

    The time that was left when the sheet was closed comes back by itself; ``minutes`` come on top of it.
    """

    reason: ReopenReason
    note: str
    minutes: int
    away_minutes: int


@dataclass(frozen=True, slots=True)
class Sheet:
    """What a reopening depends on, of the sitting and the seat.

    ``due_minutes`` is what the rule of compensation gives for silences of the machine and nobody has given yet, up to
    ``cap_minutes``; ``signed`` counts the signatures under the room record; ``waiting``: a proposal waits already;
    ``used_up``: the clock closed it, so that no time was left.
    """

    state: SeatState
    closed_at: datetime | None
    on_paper: bool
    cancelled: bool
    signed: int
    due_minutes: int
    cap_minutes: int
    waiting: bool = False
    used_up: bool = False


@dataclass(frozen=True, slots=True)
class Marks:
    """What has become of the sheet since it was closed: ``settled`` says that results of the sitting are confirmed or
    published, ``marking`` that a person was handed a text of it, ``judged`` that somebody proposed or decided something
    on its result, ``shown`` that a person had the answer key looked up meanwhile.
    """

    settled: bool = False
    marking: bool = False
    judged: bool = False
    shown: bool = False


NOTHING_YET = Marks()


def may_reopen(sheet: Sheet, marks: Marks, now: datetime) -> Decision:
    """Whether this sheet may be opened again at all, whatever the reason."""
    return first_refusal(_is_closed(sheet), _in_time(sheet, now), _not_judged(marks))


def _is_closed(sheet: Sheet) -> Decision:
    if sheet.cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if sheet.state is SeatState.TERMINATED:
        return not_now(
            "terminated_not_reopened",
            "这名考生的考试是终止的，不能重新开启。终止有误的，由市局裁定成绩是否作废，并安排补考。",
        )
    if sheet.closed_at is None:
        return not_now(
            "sheet_not_closed", "座位现在是“{state}”，没有收上的答卷可以重新开启。", state=STATE_NAMES[sheet.state]
        )
    if sheet.on_paper:
        return not_now(
            "paper_not_reopened", "这名考生在纸质答题卡上作答，没有考试机答卷可以重新开启。请由两人核对并誊录答题卡。"
        )
    return ALLOWED


def _in_time(sheet: Sheet, now: datetime) -> Decision:
    if sheet.signed:
        return not_now(
            "record_signed",
            "已有监考员确认考场记录，本场已经结束，不能再开启答卷。请“记录异常”写明经过，由市局裁定并安排补考。",
        )
    if sheet.closed_at is not None and now - sheet.closed_at > MOST_CLOSED:
        return not_now(
            "closed_too_long",
            "答卷收上已超过{most}分钟，不能再开启。请“记录异常”写明经过，由市局裁定并安排补考。",
            most=int(MOST_CLOSED.total_seconds() // 60),
        )
    return ALLOWED


def _not_judged(marks: Marks) -> Decision:
    if marks.settled:
        return not_now("results_settled", "本班成绩已经确认或发布，答卷不能再开启。确有影响的，请按作废和补考办理。")
    if marks.marking:
        return not_now("marking_begun", "评卷人已经领到这份答卷的主观题，不能再开启。请按作废和补考办理。")
    if marks.judged:
        return not_now(
            "result_under_decision", "这份答卷的成绩已有人提出或作出裁定，不能再开启。请等裁定以后按作废和补考办理。"
        )
    if marks.shown:
        return not_now("key_shown", "收卷以后已有人调用过本场试卷的答案，不能再开启答卷。请按作废和补考办理。")
    return ALLOWED


def may_propose(hands: frozenset[Hand], sheet: Sheet, marks: Marks, draft: Draft, now: datetime) -> Decision:
    """Whether this person may propose it so."""
    return first_refusal(may_begin(hands, sheet, marks, now), _asked(sheet, draft))


def may_begin(hands: frozenset[Hand], sheet: Sheet, marks: Marks, now: datetime) -> Decision:
    """The same before anybody has chosen a reason: whether the page offers it."""
    return first_refusal(_by(hands), _waits(sheet), may_reopen(sheet, marks, now))


def _by(hands: frozenset[Hand]) -> Decision:
    if hands & HANDS:
        return ALLOWED
    return refuse("not_reopening", "重新开启答卷由本场监考员或考务安排人员提出和确认。", source=_TWO_PEOPLE)


def _waits(sheet: Sheet) -> Decision:
    return not_now("reopening_waits", "已有人提出重新开启这份答卷，等待另一个人确认。") if sheet.waiting else ALLOWED


def _asked(sheet: Sheet, draft: Draft) -> Decision:
    if len(draft.note.strip()) < 2:
        return refuse("note_missing", "请写明发生了什么（至少两个字）。")
    if timedelta(minutes=draft.away_minutes) > MOST_AWAY:
        return refuse(
            "away_too_long",
            "考生收卷后离开考场超过{most}分钟，不能回来续答。请“记录异常”写明经过，由市局裁定并安排补考。",
            most=int(MOST_AWAY.total_seconds() // 60),
        )
    return _minutes(sheet, draft)


def _minutes(sheet: Sheet, draft: Draft) -> Decision:
    if draft.reason is not ReopenReason.TIME_DUE:
        if draft.minutes > sheet.cap_minutes:
            return refuse("too_many_minutes", "一次最多加{most}分钟。", most=sheet.cap_minutes)
        if sheet.used_up and draft.minutes == 0:
            return refuse("no_time_left", "自动收卷时作答时间已经用完，不另加分钟就没有时间续答。请填写另加的分钟数。")
        return ALLOWED
    if sheet.due_minutes == 0:
        return not_now("nothing_due", "按断线补时的规则，这个座位没有没补上的时间。误收或收错座位的，请选相应的原因。")
    if 1 <= draft.minutes <= sheet.due_minutes:
        return ALLOWED
    return refuse("more_than_due", "按断线补时的规则，最多补{most}分钟，最少1分钟。", most=sheet.due_minutes)


def may_confirm(hands: frozenset[Hand], *, decided: bool, same_person: bool) -> Decision:
    """Whether this person may decide it, confirm or decline; confirming asks :func:`may_carry_out` as well."""
    if decided:
        return not_now("reopening_decided", "这项申请已经确认或否决，请刷新后再看。")
    if not hands & HANDS:
        return _by(hands)
    if same_person:
        return refuse("two_people_needed", "提出的人不能自己确认，请另一位同事确认。", source=_TWO_PEOPLE)
    return ALLOWED


def may_carry_out(sheet: Sheet, marks: Marks, draft: Draft, now: datetime) -> Decision:
    """Whether what was proposed may still be done: everything is asked again, for minutes have passed."""
    return first_refusal(may_reopen(sheet, marks, now), _asked(sheet, draft))


def closed_seconds(closed_at: datetime, until: datetime, stood: Sequence[Silence]) -> int:
    """Whole seconds for which a sheet was closed while its room's clock ran; begun ones count.

    ``stood`` are the times when the room's clock stood still, or was made good for: they move the room's end already.
    """
    still = (max(timedelta(), min(one.until_at, until) - max(one.from_at, closed_at)) for one in disjoint(stood))
    return max(0, -(-(until - closed_at - sum(still, timedelta())) // timedelta(seconds=1)))
