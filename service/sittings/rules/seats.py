"""A seat's state from its events, and what may happen to it now."""

import hashlib
from collections.abc import Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.sittings.rules import verdicts
from service.sittings.rules.phases import Phase, Times, phase


class SeatState(StrEnum):
    EXPECTED = "expected"
    REFUSED = "refused"
    ADMITTED = "admitted"
    WORKING = "working"
    PAUSED = "paused"
    ON_PAPER = "on_paper"
    HANDED_IN = "handed_in"
    TERMINATED = "terminated"
    ABSENT = "absent"


STATE_NAMES = {
    SeatState.EXPECTED: "待签到",
    SeatState.REFUSED: "未准入场",
    SeatState.ADMITTED: "已入场",
    SeatState.WORKING: "答题中",
    SeatState.PAUSED: "已暂停",
    SeatState.ON_PAPER: "纸笔作答",
    SeatState.HANDED_IN: "已交卷",
    SeatState.TERMINATED: "已终止考试",
    SeatState.ABSENT: "缺考",
}


OVER = frozenset({SeatState.HANDED_IN, SeatState.TERMINATED})
BEGUN = frozenset({SeatState.WORKING, SeatState.PAUSED, SeatState.ON_PAPER}) | OVER


class HandedInBy(StrEnum):
    CANDIDATE = "candidate"
    CLOCK = "clock"
    PROCTOR = "proctor"
    TERMINATION = "termination"


HANDED_IN_NAMES = {
    HandedInBy.CANDIDATE: "本人交卷",
    HandedInBy.CLOCK: "到时自动交卷",
    HandedInBy.PROCTOR: "监考员收卷",
    HandedInBy.TERMINATION: "终止考试收卷",
}


class RefusalReason(StrEnum):
    """Why a proctor turns somebody away; every refusal has one."""

    IMPERSONATION = "impersonation"
    NO_DOCUMENT = "no_document"
    LATE = "late"
    OTHER = "other"


REFUSAL_NAMES = {
    RefusalReason.IMPERSONATION: "人证不符，疑似替考",
    RefusalReason.NO_DOCUMENT: "未带有效身份证件",
    RefusalReason.LATE: "超过迟到时限",
    RefusalReason.OTHER: "其他原因",
}

ATTEMPTS = 5
_CLOSED = not_now("already_handed_in", "本场考试已经交卷或结束，不能再作答或交卷。有答案没有送到的，请举手告诉监考员。")


class SeatEvents(NamedTuple):
    """When what happened to a seat; a later admission undoes a refusal and the other way round.

    From ``on_paper_at`` on the candidate answers on paper, and no machine may.
    """

    admitted_at: datetime | None = None
    refused_at: datetime | None = None
    started_at: datetime | None = None
    handed_in_at: datetime | None = None
    terminated: bool = False
    on_paper_at: datetime | None = None


def state(events: SeatEvents, at: Times, now: datetime) -> SeatState:
    """The state of a seat now. Whoever was admitted and never came to start has been present: a blank sheet."""
    over = phase(at, now) is Phase.ENDED
    if events.handed_in_at is not None:
        return SeatState.TERMINATED if events.terminated else SeatState.HANDED_IN
    if events.admitted_at is not None:
        if over:
            return SeatState.HANDED_IN
        if events.on_paper_at is not None:
            return SeatState.ON_PAPER
        if events.started_at is None:
            return SeatState.ADMITTED
        return SeatState.PAUSED if at.paused else SeatState.WORKING
    if events.refused_at is not None:
        return SeatState.REFUSED
    return SeatState.ABSENT if over else SeatState.EXPECTED


def overdue(events: SeatEvents, at: Times, now: datetime) -> bool:
    """Whether the clock must hand in for this seat: admitted, time over, not handed in yet."""
    return events.handed_in_at is None and events.admitted_at is not None and now >= at.ends_at


def may_enrol(hours: int, seat_number: int | None) -> Decision:
    """Whether a trainee may have a seat in a sitting of the class: who never took part may not be examined."""
    if seat_number is not None:
        return not_now("seat_exists", "已编排座位，座位号{number}。", number=seat_number)
    if hours == 0:
        return refuse("never_attended", "没有任何培训考勤，不能参加考试。", source="三(五) 参加培训并考试合格")
    return ALLOWED


def may_admit(seat: SeatState, at: Times, now: datetime, *, in_time: bool = False) -> Decision:
    """Whether this candidate may be let in now.

    ``in_time``: they had been let in before the last entry, and it was taken back since; a slip of a proctor's finger
    must not shut out who came in time.
    """
    match phase(at, now):
        case Phase.PLANNED:
            return verdicts.NOT_BEGUN
        case Phase.ENDED:
            return verdicts.ENDED
        case Phase.CHECK_IN | Phase.RUNNING | Phase.PAUSED:
            pass
    if now > at.last_entry_at and not in_time:
        return verdicts.TOO_LATE
    if seat in {SeatState.ADMITTED, *BEGUN}:
        return verdicts.ALREADY_ADMITTED
    return ALLOWED


def may_refuse(seat: SeatState, at: Times, now: datetime) -> Decision:
    """Whether this candidate may be turned away now."""
    if phase(at, now) in {Phase.PLANNED, Phase.ENDED}:
        return verdicts.NOT_CHECK_IN
    if seat in BEGUN:
        return verdicts.ALREADY_WORKING
    return ALLOWED


def may_sign_in(seat: SeatState, *, taken: bool, held_minutes: int) -> Decision:
    """Whether a machine may be bound to this seat; one machine at a time, another by a proctor's leave.

    ``held_minutes``: for how long nothing may be tried from where the machine is, for it guessed too often.
    """
    match seat:
        case SeatState.EXPECTED | SeatState.REFUSED:
            return refuse("not_admitted", "还没有签到。请先到监考员处签到核验。")
        case SeatState.HANDED_IN | SeatState.TERMINATED | SeatState.ABSENT:
            return _CLOSED
        case SeatState.ON_PAPER:
            return not_now("answers_on_paper", "已登记纸笔作答，请在答题卡上继续作答，不能再用考试机。")
        case SeatState.ADMITTED | SeatState.WORKING | SeatState.PAUSED:
            pass
    if taken:
        return refuse("seat_taken", "该座位正在另一台电脑上答题。如需换机，请举手由监考员准许。")
    if held_minutes > 0:
        return refuse(
            "seat_locked",
            "从这台电脑连续输错，{minutes}分钟后可以再试。着急的请举手，由监考员解锁。",
            minutes=held_minutes,
        )
    return ALLOWED


def may_start(seat: SeatState, at: Times, now: datetime, *, opened: bool) -> Decision:
    """Whether this candidate may see the questions now."""
    if seat not in {SeatState.ADMITTED, SeatState.WORKING, SeatState.PAUSED}:
        return not_now("seat_not_working", "座位现在是“{state}”，不能答题。", state=STATE_NAMES[seat])
    if phase(at, now) is Phase.PAUSED:
        return not_now("exam_paused", "考试已暂停，暂停的时间会补给您。请等待监考员的通知。")
    if phase(at, now) is not Phase.RUNNING:
        return not_now("not_started", "还没到开考时间，请耐心等待。")
    if not opened:
        return not_now("paper_not_opened", "试卷尚未启封，请等待监考员启封。")
    return ALLOWED


def may_answer(seat: SeatState) -> Decision:
    """Whether an answer of this seat is still taken: the seat's state already holds the clock."""
    if seat is SeatState.WORKING:
        return ALLOWED
    if seat is SeatState.PAUSED:
        return not_now("exam_paused", "考试已暂停，暂停的时间会补给您。请等待监考员的通知。")
    if seat is SeatState.ON_PAPER:
        return not_now("answers_on_paper", "已登记纸笔作答，请在答题卡上继续作答，不能再用考试机。")
    if seat in OVER:
        return _CLOSED
    return not_now("seat_not_working", "座位现在是“{state}”，不能答题。", state=STATE_NAMES[seat])


def may_hand_in(seat: SeatState, by: HandedInBy, *, begun: bool = True) -> Decision:
    """Whether a sheet may be handed in: once, by the candidate while working, by a proctor once the exam has ``begun``.

    Before the start there is no sheet: whoever misbehaves then is turned away, which can be taken back and does not
    keep the room from going over to its spare form.
    """
    if seat in {SeatState.WORKING, SeatState.PAUSED}:
        return ALLOWED
    if seat in {SeatState.ADMITTED, SeatState.ON_PAPER} and by is not HandedInBy.CANDIDATE:
        return ALLOWED if begun or seat is SeatState.ON_PAPER else _NOTHING_TO_COLLECT
    if seat in OVER:
        return _CLOSED
    return not_now("seat_not_working", "座位现在是“{state}”，不能答题。", state=STATE_NAMES[seat])


def may_hand_in_by_clock(events: SeatEvents, at: Times, now: datetime) -> Decision:
    """Whether the clock may hand in: only once the time is over, as it stands when the sheet is closed.

    Whoever looked for overdue sheets looked before that, and minutes may have been granted since.
    """
    if overdue(events, at, now):
        return ALLOWED
    if events.handed_in_at is not None:
        return _CLOSED
    return not_now("time_left", "作答时间还没有用完，不自动收卷；到时会再查。")


_NOTHING_TO_COLLECT = not_now(
    "not_begun_nothing_to_collect",
    "还没有开考，没有试卷可收。考生不能参加考试的，请在签到页“拒绝入场”并选择原因；误签到的请“撤销”。",
)


def seating(sitting_id: int, trainee_ids: Sequence[int]) -> list[int]:
    """Who sits where: the trainees in an order drawn from the sitting, so that colleagues are not side by side."""
    return sorted(trainee_ids, key=lambda one: hashlib.sha256(f"{sitting_id}:{one}".encode()).hexdigest())
