"""Who proctors a sitting and enters its room when; and what happens when somebody drops out."""

from datetime import datetime

from service.kernel.clock import LOCAL
from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.sittings.rules.phases import Times

# The code of what a proctor is told before the day.
HIDDEN = "allotment_hidden"
_RELIEVED = "考场规则：监考员离岗由他人接替，记入考场记录"


def may_remove_proctor(at: Times, now: datetime, *, acted: bool, carries: bool = False) -> Decision:
    """Whether a proctor may be taken off: freely until the day begins, and then only who has done nothing there yet.

    Whoever has had a hand in the sitting stays in its record and is relieved instead. So is whoever ``carries`` its
    roster on a tablet, whenever that is: what they did at the door without a network is sent in their name afterwards,
    and must not find that they never were its proctor.
    """
    if now >= at.ends_at:
        return not_now(
            "sitting_ended", "本场考试已经结束，监考员不能再撤下；不能确认考场记录的，请在考场记录页注明原因。"
        )
    if carries:
        return not_now(
            "proctor_has_roster",
            "该监考员的平板上已有本场名单，断网时的签到可能还没有上传，不能撤下；请改用“替下”，上传后照常处理。",
        )
    if acted and not before_the_day(at, now):
        return not_now(
            "proctor_has_acted",
            "该监考员今天已在本场监考，不能撤下；需要离岗的，请“替下”，已做的处理都保留在考场记录里。",
        )
    return ALLOWED


def may_relieve(*, relieved: bool, cancelled: bool) -> Decision:
    """Whether a proctor may be relieved: at any time, for two hands must be in the room whatever befalls one."""
    if cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if relieved:
        return not_now("relieved_already", "该监考员已经替下。")
    return ALLOWED


def turned_away(relieved_at: datetime, reason: str) -> Decision:
    """What a relieved proctor is told wherever the sitting was theirs."""
    return refuse(
        "proctor_relieved",
        "您已于{when}被替下，不再监考本场（原因：{why}）。如有疑问，请联系考务人员。",
        source=_RELIEVED,
        when=f"{relieved_at.astimezone(LOCAL):%Y-%m-%d %H:%M}",
        why=reason,
    )


def may_come_back(*, relieved: bool) -> Decision:
    """Whether somebody may be assigned: who was relieved stays so, or the record would say two things."""
    if relieved:
        return not_now("was_relieved", "该监考员已从本场替下，请安排另一位监考员。")
    return ALLOWED


def may_enter(at: Times, now: datetime, *, hidden: bool, cancelled: bool) -> Decision:
    """Whether a proctor may enter the pages of a sitting: where rooms are told on the day, from its midnight on."""
    if cancelled:
        return not_now("sitting_cancelled", "本场考试已经取消。")
    if hidden and before_the_day(at, now):
        return not_now(
            HIDDEN,
            "考场安排在考试当天公布。请于{day}当天再打开。",
            source="考场规则：考前不公布监考安排",
            day=at.starts_at.astimezone(LOCAL).date().isoformat(),
        )
    return ALLOWED


def before_the_day(at: Times, now: datetime) -> bool:
    """Whether a sitting's local day has not begun, nor its check-in where that begins before midnight."""
    return now < at.check_in_from and now.astimezone(LOCAL).date() < at.starts_at.astimezone(LOCAL).date()
