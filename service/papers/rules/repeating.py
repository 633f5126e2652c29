"""When two custodians may have an assembly repeated while spare forms of its papers are still sealed."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date

from service.kernel.decision import ALLOWED, Decision, not_now, refuse


@dataclass(frozen=True, slots=True)
class Set:
    """A living paper of an assembly: for which day it was set, and on which one a form of it was first opened."""

    paper_id: int
    exam_on: date
    opened_on: date | None


def may_repeat(paper_id: int, papers: Sequence[Set], people: Sequence[int], today: date) -> Decision:
    """Whether the seed of papers assembled together may be put together in memory, by the hands of these people.

    ``papers`` are those of the assembly that were not rejected; ``paper_id`` is the one to be checked.

    Every one of them has been sat, for the seed gives them all; that it also gives the spare forms is why nothing
    but equal or not comes of it.
    """
    if len(set(people)) < 2:
        return refuse("lender_twice", "复核封存的试卷需要两位不同的保管员。", source="两人原则（本系统规则）")
    if paper_id not in [one.paper_id for one in papers]:
        # What its rows say can be told without a key of the others.
        return not_now(
            "rejected_unsat",
            "第{paper}号试卷已退回，从未封存，不必出借钥匙。请不带保管员复核。",
            source="试卷保密规则（本系统规则）",
            paper=paper_id,
        )
    waiting = [one.paper_id for one in papers if one.opened_on is None]
    if waiting:
        return not_now(
            "not_sat_yet",
            "同一次组卷的试卷都考过以后才能复核，第{papers}号试卷还没有启封。",
            source="试卷保密规则（本系统规则）",
            papers="、".join(str(one) for one in waiting),
        )
    last = max(max(one.exam_on, one.opened_on) for one in papers if one.opened_on is not None)
    if last >= today:
        return not_now(
            "exam_not_over",
            "考试日过后才能复核：同一次组卷的试卷最晚在{day}考试。",
            source="试卷保密规则（本系统规则）",
            day=last,
        )
    return ALLOWED
