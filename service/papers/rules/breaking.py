"""Opening a form outside the usual way, when no pair of its sitting can: two custodians of the bureau, soon one after
the other, with a reason."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from service.kernel.decision import ALLOWED, Decision, not_now, refuse
from service.papers.rules.states import STATE_NAMES, PaperState

# What one person has begun must not lie open for another day (our choice).
BREAK_WITHIN = timedelta(minutes=15)
SHORTEST_REASON = 4


@dataclass(frozen=True, slots=True)
class Begun:
    """The first hand of a break-glass opening that no second one has followed yet."""

    person_id: int
    at: datetime

    def stands(self, now: datetime) -> bool:
        """Whether the second hand still comes in time; a quarter of an hour to the moment is too late."""
        return now < self.at + BREAK_WITHIN


def may_break(state: PaperState, begun: Begun | None, person_id: int, reason: str, now: datetime) -> Decision:
    """Whether this person may now add a hand; whoever is first says why."""
    if state is not PaperState.SEALED:
        return not_now("paper_not_sealed", "试卷现在是“{state}”，不能启封。", state=STATE_NAMES[state])
    if begun is None or not begun.stands(now):
        if len(reason.strip()) < SHORTEST_REASON:
            return refuse("reason_missing", "应急启封必须写明原因。", source="试卷保密规则（本系统规则）")
        return ALLOWED
    if begun.person_id == person_id:
        return refuse(
            "breaker_twice",
            "您已经确认过应急启封，需要另一位保管员在{minutes}分钟内再确认一次。",
            source="两人原则（本系统规则）",
            minutes=int(BREAK_WITHIN.total_seconds() // 60),
        )
    return ALLOWED
