"""Answers that came after the sheet was closed: what a browser signs, and what two people may accept by rule."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, first_refusal, not_now, refuse
from service.sittings.rules.presence import HEARTBEAT, Silence

# The page corrects its own clock by ours, so one that is further off than this has been tampered with or has slept
# (our choice; unconfirmed).
LARGEST_DRIFT = timedelta(minutes=2)
_ISSUE = "考试日要求 §3：迟到的答案另行留存，按规则由人裁定"
_TWO_PEOPLE = "两人原则（本系统规则）"


class LateState(StrEnum):
    UNDECIDED = "undecided"
    PROPOSED = "proposed"
    ACCEPTED = "accepted"
    DECLINED = "declined"


LATE_STATE_NAMES = {
    LateState.UNDECIDED: "待裁定",
    LateState.PROPOSED: "待复核",
    LateState.ACCEPTED: "已采纳",
    LateState.DECLINED: "不采纳",
}


def state(*, proposed: bool, accepted: bool | None) -> LateState:
    """Where the deciding of a late answer stands."""
    if accepted is not None:
        return LateState.ACCEPTED if accepted else LateState.DECLINED
    return LateState.PROPOSED if proposed else LateState.UNDECIDED


def signed_text(
    ticket_number: str, position: int, choice: str, flagged: bool, seq: int, made_at: str, paper: int = 0
) -> bytes:
    """What a browser signs of a queued change: one line each, in UTF-8.

    The second version names the form that the page showed, ``paper``; a page of the first version named none (0), and
    neither does a rehearsal, which has none.
    """
    version = ("peikao-answer-v2", str(paper)) if paper else ("peikao-answer-v1",)
    lines = (*version, ticket_number, str(position), choice, str(int(flagged)), str(seq), made_at)
    return "\n".join(lines).encode()


_OF_THE_OTHER_FORM = not_now(
    "paper_switched",
    "这条答案属于本场换下的试卷，不计入成绩；换下的答卷已另行保存。请按换发的试卷作答。",
    source=_ISSUE,
)


@dataclass(frozen=True, slots=True)
class Stated:
    """Which form a change says it answers, ``paper``, 0 where it does not say; ``sat`` is the form of the sitting.

    ``switched_at`` is when the room went over to that form, if it did, and ``told`` whether this machine has been heard
    since then: only then had its page learnt of the form.
    """

    paper: int
    sat: int
    switched_at: datetime | None = None
    told: bool = False


def may_count_for(form: Stated, made: datetime) -> Decision:
    """Whether a change is one to the form that is sat: a letter for an item of the other form says nothing on this one.

    Where a change does not say its form, a room that was switched leaves only the machines which had learnt of it.
    """
    if form.paper:
        return ALLOWED if form.paper == form.sat else _OF_THE_OTHER_FORM
    if form.switched_at is None:
        return ALLOWED
    if made <= form.switched_at:
        return _OF_THE_OTHER_FORM
    if form.told:
        return ALLOWED
    sentence = (
        "本场换过卷，这台考试机换卷以后没有和服务联系过，这条答案没有写明属于哪份卷，不能收作证据。"
        "请告诉监考员记入考场记录，需要处理的由市局另行安排补考。"
    )
    return not_now("late_form_unknown", sentence, source=_ISSUE)


def corrected(made_at: datetime, drift: timedelta | None) -> datetime:
    """When a change was made by our clock, as far as we know how far the browser's was from it."""
    return made_at - (drift or timedelta())


def believable(drift: timedelta | None) -> bool:
    """Whether a browser's clock can be believed: it has been heard, and it was near ours."""
    return drift is not None and abs(drift) <= LARGEST_DRIFT


@dataclass(frozen=True, slots=True)
class Evidence:
    """One late change as it is known: ``fits`` the paper, ``left_at`` when its machine was left behind, if it was."""

    signature_good: bool
    fits: bool
    made_at: datetime
    drift: timedelta | None
    seq: int
    left_at: datetime | None = None
    form: Stated = Stated(0, 0)

    @property
    def made(self) -> datetime:
        """By our clock."""
        return corrected(self.made_at, self.drift)


@dataclass(frozen=True, slots=True)
class Standing:
    """The answer that counts now: its sequence number, and when we learnt of it."""

    seq: int
    at: datetime


@dataclass(frozen=True, slots=True)
class Closed:
    """The sheet that a change came too late for: when it was closed, and when its machine was silent before that.

    ``before``: from when to when it had been closed before, where two people opened it again.
    """

    at: datetime
    silences: Sequence[Silence] = ()
    standing: Standing | None = None
    before: Sequence[Silence] = ()


def may_accept(one: Evidence, sheet: Closed) -> Decision:
    """Whether a late change may be accepted: this browser's own, made in time by a clock that can be believed, while
    the machine really was cut off, and newer than what counts now.

    What this refuses nobody may accept, not even two people: it would be their word against the evidence, and whoever
    begs loudest would be marked twice.
    """
    return first_refusal(_genuine(one), _in_time(one, sheet), _cut_off(one, sheet), _newest(one, sheet))


def _genuine(one: Evidence) -> Decision:
    if not one.signature_good:
        return refuse("late_unsigned", "这条答案没有有效的浏览器签名，不能采纳。", source=_ISSUE)
    if not (form := may_count_for(one.form, one.made)).allowed:
        return form
    if not one.fits:
        return refuse("late_not_of_the_paper", "这条答案不属于本场试卷，不能采纳。", source=_ISSUE)
    if not believable(one.drift):
        return refuse("late_clock", "考试机的时钟不可信，作答时间无法确认，不能采纳。", source=_ISSUE)
    return ALLOWED


def _in_time(one: Evidence, sheet: Closed) -> Decision:
    if one.left_at is not None and one.made > one.left_at:
        return refuse("late_made_after_move", "这条答案是在换机以后、在原考试机上作答的，不能采纳。", source=_ISSUE)
    if one.made > sheet.at or any(closed.from_at < one.made < closed.until_at for closed in sheet.before):
        return refuse("late_made_after", "按校正后的时间，这条答案是在收卷以后作答的，不能采纳。", source=_ISSUE)
    return ALLOWED


def was_silent(made: datetime, silences: Sequence[Silence]) -> bool:
    """Whether the machine was silent when a change was made. One sign of life is as exactly as a cut is known."""
    return any(one.from_at - HEARTBEAT <= made <= one.until_at + HEARTBEAT for one in silences)


def _cut_off(one: Evidence, sheet: Closed) -> Decision:
    if was_silent(one.made, sheet.silences):
        return ALLOWED
    return refuse("late_was_connected", "作答时考试机没有断线，答案本应当时送达，不能采纳。", source=_ISSUE)


def _newest(one: Evidence, sheet: Closed) -> Decision:
    """On one machine the numbers tell; two machines count each for itself, and a machine whose sheet was opened again
    counts on from what had arrived, so that the times must tell as well.
    """
    standing, again = sheet.standing, any(one.made <= closed.from_at for closed in sheet.before)
    if standing is None:
        return ALLOWED
    if standing.seq >= one.seq or ((one.left_at is not None or again) and standing.at > one.made):
        return refuse("late_not_newest", "本题已有更新的答案，不能采纳较早的改动。", source=_ISSUE)
    return ALLOWED


def may_propose(now_is: LateState) -> Decision:
    """Whether the first of two people may speak: once."""
    if now_is is LateState.UNDECIDED:
        return ALLOWED
    return not_now("late_spoken_for", "这条迟到的答案已有裁定或建议，请刷新后再看。")


def may_decide(now_is: LateState, *, same_person: bool) -> Decision:
    """Whether the second of two people may decide: on what another natural person has proposed to accept, once."""
    if now_is is LateState.UNDECIDED:
        return not_now("late_not_proposed", "还没有人建议采纳这条迟到的答案。")
    if now_is is not LateState.PROPOSED:
        return not_now("late_spoken_for", "这条迟到的答案已有裁定或建议，请刷新后再看。")
    if same_person:
        return refuse("two_people_needed", "建议人不能复核自己的建议，请另一位同事复核。", source=_TWO_PEOPLE)
    return ALLOWED


def may_remark(*, marked: bool, published: bool) -> Decision:
    """Whether accepting may still mark the sheet anew: it has been marked by its answers, and nobody was told yet."""
    if published:
        return not_now("late_published", "成绩已经发布，不能直接采纳；确需更正的，请按成绩更正程序由两人办理。")
    if not marked:
        return not_now("late_not_marked", "这份试卷没有按答案评分，不能采纳。")
    return ALLOWED
