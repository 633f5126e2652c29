"""Resits (补考): who may sit again, how often, and on which paper."""

from collections.abc import Sequence
from dataclasses import dataclass

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.results.rules import Verdict
from service.sittings.rules.room import CAUSES, INCIDENT_NAMES, Cause, IncidentKind
from service.sittings.rules.seats import REFUSAL_NAMES, RefusalReason

# Not stated by the document. Whoever failed, never came, or was turned away for coming too late or without a document
# may sit again; who broke the rules trains again; and an exam that is void through no fault of the candidate was none
# (our choice, unconfirmed).
SOURCE = "补考次数（待市局确认）"
# An illness is the candidate's, and nobody's fault.
FAULTS = frozenset(kind for kind, cause in CAUSES.items() if cause is Cause.CANDIDATE) - {IncidentKind.ILLNESS}


@dataclass(frozen=True, slots=True)
class Exam:
    """A published exam: its verdict, the ground on which it is void, and why the candidate was turned away.

    A void exam that was held and has no ground was sat elsewhere: there the reason is in words. One that was not
    ``held`` is nobody's: its paper never was opened.
    """

    verdict: Verdict
    ground: IncidentKind | None = None
    turned_away: RefusalReason | None = None
    held: bool = True

    @property
    def fault(self) -> str:
        """What the candidate did that bars them from a resit, in words; empty where nothing does."""
        if self.verdict is Verdict.VOID and self.ground in FAULTS:
            return INCIDENT_NAMES[self.ground]
        if self.verdict is Verdict.REFUSED and self.turned_away is RefusalReason.IMPERSONATION:
            return REFUSAL_NAMES[self.turned_away]
        return ""

    @property
    def was_none(self) -> bool:
        """Whether it is void through no fault of the candidate, or was never held, so that it uses up no chance."""
        if not self.held and not self.fault:
            return True
        return self.verdict is Verdict.VOID and self.ground is not None and not self.fault


def may_resit(published: Sequence[Exam], *, seated: bool, resits: int) -> Decision:
    """Whether somebody may have a seat in a resit, by their published exams so far, in order.

    ``seated``: they have a seat already whose result is not published yet. ``resits`` is a setting.
    """
    if seated:
        return not_now("exam_pending", "已编排座位，成绩还没有发布。")
    if not published:
        return not_now("never_sat", "还没有参加过考试，请编入正常场次。")
    if any(one.verdict is Verdict.PASSED for one in published):
        return not_now("passed_already", "考试已经合格，不需要补考。")
    barred = _barred(published)
    if barred is not None:
        return barred
    if sum(not one.was_none for one in published) > resits:
        return _used_up(resits)
    return ALLOWED


def _barred(published: Sequence[Exam]) -> Decision | None:
    """Why what happened in an exam keeps somebody from any resit, with what there is to be done; None where nothing."""
    fault = next((one for one in published if one.fault), None)
    if fault is not None and fault.verdict is Verdict.VOID:
        return refuse(
            "resit_after_fault",
            "成绩因“{fault}”作废，不得补考，须重新参加培训（编入下一计划年度的班次）后再考；"
            "作废有误的，先由两人裁定恢复有效。",
            source=SOURCE,
            fault=fault.fault,
        )
    if fault is not None:
        return refuse(
            "resit_turned_away",
            "因“{fault}”未准入场，不得补考，须核实身份后重新参加培训（编入下一计划年度的班次）再考。",
            source=SOURCE,
            fault=fault.fault,
        )
    if any(one.verdict is Verdict.VOID and one.ground is None and one.held for one in published):
        return refuse(
            "resit_void_elsewhere",
            "外部成绩已作废，不得补考，须重新参加培训（编入下一计划年度的班次）后再考；"
            "作废有误的，先由两人裁定恢复有效。",
            source=SOURCE,
        )
    return None


def _used_up(resits: int) -> Decision:
    return refuse(
        "resits_used",
        "补考机会（{resits}次）已用完，须重新参加培训（编入下一计划年度的班次）后再考。",
        source=SOURCE,
        resits=resits,
    )


def may_use(*, sat_before: bool, shared: int, rehearsal: bool) -> Decision:
    """Whether a form may be the paper of a resit: nobody of these has sat it, and it shares no item with the first."""
    if rehearsal:
        return refuse("resit_rehearsal", "演练场次不能用于补考。")
    if sat_before:
        return refuse("resit_same_paper", "这份试卷已经考过、印出过或被换下，补考必须换新卷。", source=SOURCE)
    if shared:
        return refuse(
            "resit_shares_items", "这份试卷与首考试卷有{shared}题相同，补考必须换新卷。", source=SOURCE, shared=shared
        )
    return ALLOWED
