"""Declared ties (回避申报): what a person says, or an officer records, of being close to a training institution.

Working for an institution, or being lent to one, bars from everything that sees the exam, and goes on barring for some
months after its end. A relative at an institution bars from the classes that this institution teaches.
"""

from calendar import monthrange
from dataclasses import dataclass
from datetime import date
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now, refuse


class TieKind(StrEnum):
    EMPLOYED = "employed"
    SECONDED = "seconded"
    RELATIVE = "relative"


TIE_NAMES = {
    TieKind.EMPLOYED: "任职",
    TieKind.SECONDED: "借调",
    TieKind.RELATIVE: "近亲属任职",
}

# These make a person the institution's own; a relative does not.
OF_THE_INSTITUTION = frozenset({TieKind.EMPLOYED, TieKind.SECONDED})

# 三(五) forbids entrusting a training institution; that its people of yesterday count as its people is our choice.
AVOIDANCE = "三(五) 培考分离；回避期限为本系统设定，待确认"

# How long being put on a roster bars from making questions: longer than any exam, resits and all, follows its roster.
ROSTER_MONTHS = 24


@dataclass(frozen=True, slots=True)
class TieDraft:
    """What is declared: to which institution, since when, and until when if it is over."""

    organisation_id: int
    kind: TieKind
    since: date
    until: date | None = None
    note: str = ""


def months_before(day: date, months: int) -> date:
    """The same day so many months earlier, or the last one of that month: a tie that ended by then is forgotten."""
    years, month = divmod(day.year * 12 + day.month - 1 - months, 12)
    return date(years, month + 1, min(day.day, monthrange(years, month + 1)[1]))


def may_declare(draft: TieDraft, *, known: bool) -> Decision:
    """Whether a tie can be declared. Nothing that the person holds stands against it: what is true may be said."""
    if draft.until is not None and draft.until < draft.since:
        return refuse("tie_backwards", "结束日期不能早于开始日期。")
    if known:
        return not_now("tie_known", "与该单位的这种关联已经申报，尚未撤销。")
    return ALLOWED


def may_propose_withdrawal(person_id: int, actor_person: int | None, *, withdrawn: bool, proposed: bool) -> Decision:
    """Whether this person may ask that a declared tie be withdrawn: never the tied one."""
    if withdrawn:
        return not_now("tie_withdrawn", "该项申报已撤销。")
    if actor_person == person_id:
        return refuse("tie_own", "不能由本人撤销自己的回避申报。", source=AVOIDANCE)
    if proposed:
        return not_now("tie_withdrawal_waits", "已有人提出撤销，等待另一人决定。")
    return ALLOWED


def may_decide_withdrawal(person_id: int, proposed_by: int | None, actor_person: int | None) -> Decision:
    """Whether this person may be the second of the two that withdrawing takes."""
    if proposed_by is None:
        return not_now("tie_no_proposal", "没有待决定的撤销。")
    if actor_person == person_id:
        return refuse("tie_own", "不能由本人撤销自己的回避申报。", source=AVOIDANCE)
    if actor_person == proposed_by:
        return refuse("tie_same_person", "撤销须由两人办理，请换一位同事决定。", source="两人原则（本系统规则）")
    return ALLOWED
