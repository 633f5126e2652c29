"""Resits (补考): who may sit again, how often, and on which paper."""

from collections.abc import Sequence

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.results.rules import Verdict

# Not stated by the document. Whoever failed or never came may sit again; who was turned away or whose result is void
# may not: their case is for the bureau to decide first (our choice, unconfirmed).
AGAIN = frozenset({Verdict.FAILED, Verdict.ABSENT})
SOURCE = "DOMAIN §4 补考次数（待市局确认）"


def may_resit(published: Sequence[Verdict], *, seated: bool, resits: int) -> Decision:
    """Whether somebody may have a seat in a resit, by the published verdicts of their exams so far, in order.

    ``seated``: they have a seat already whose result is not published yet. ``resits`` is a setting.
    """
    if seated:
        return not_now("exam_pending", "已编排座位，成绩还没有发布。")
    if not published:
        return not_now("never_sat", "还没有参加过考试，请编入正常场次。")
    if Verdict.PASSED in published:
        return not_now("passed_already", "考试已经合格，不需要补考。")
    if published[-1] not in AGAIN:
        return refuse("no_resit", "成绩作废或未准入场的，不能直接补考，请先由市局处理。", source=SOURCE)
    if len(published) > resits:
        return refuse(
            "resits_used",
            "补考机会（{resits}次）已用完，须重新参加培训（编入下一计划年度的班次）后再考。",
            source=SOURCE,
            resits=resits,
        )
    return ALLOWED


def may_use(*, sat_before: bool, shared: int, rehearsal: bool) -> Decision:
    """Whether a form may be the paper of a resit: nobody of these has sat it, and it shares no item with the first."""
    if rehearsal:
        return refuse("resit_rehearsal", "演练场次不能用于补考。")
    if sat_before:
        return refuse("resit_same_paper", "这份试卷已经考过，补考必须换新卷。", source=SOURCE)
    if shared:
        return refuse(
            "resit_shares_items", "这份试卷与首考试卷有{shared}题相同，补考必须换新卷。", source=SOURCE, shared=shared
        )
    return ALLOWED
