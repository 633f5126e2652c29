"""Work that goes on outside of requests: what it is, how far it may come, and when it is taken to have died."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum

from service.kernel.decision import ALLOWED, Decision, not_now

# Longer than any step of an assembly takes on a slow machine; what is silent for longer has died.
DEAD_AFTER = timedelta(minutes=3)
# Sixty papers from twenty thousand items are the largest run that was measured (reference: assembly §4).
MOST_CLASSES = 60


class JobKind(StrEnum):
    """To assemble papers, to try a blueprint without keeping anything, or to judge whether there is stock enough."""

    ASSEMBLE = "assemble"
    TRY = "try"
    JUDGE = "judge"


class JobState(StrEnum):
    QUEUED = "queued"
    RUNNING = "running"
    DONE = "done"
    FAILED = "failed"
    CANCELLED = "cancelled"


class JobPhase(StrEnum):
    """The steps of an assembly, in their order."""

    PLAN = "plan"
    DEAL = "deal"
    FIT = "fit"
    PROVE = "prove"


JOB_KIND_NAMES = {JobKind.ASSEMBLE: "组卷任务", JobKind.TRY: "试组", JobKind.JUDGE: "可行性分析"}
JOB_NAMES = {
    JobState.QUEUED: "排队中",
    JobState.RUNNING: "进行中",
    JobState.DONE: "已完成",
    JobState.FAILED: "没有完成",
    JobState.CANCELLED: "已取消",
}
JOB_PHASE_NAMES = {
    JobPhase.PLAN: "规划各卷的题量",
    JobPhase.DEAL: "分配试题",
    JobPhase.FIT: "逐卷调整到同一难度目标",
    JobPhase.PROVE: "复算证明",
}
JOB_MOVES: Mapping[JobState, frozenset[JobState]] = {
    JobState.QUEUED: frozenset({JobState.RUNNING, JobState.FAILED, JobState.CANCELLED}),
    JobState.RUNNING: frozenset({JobState.DONE, JobState.FAILED, JobState.CANCELLED}),
    JobState.DONE: frozenset(),
    JobState.FAILED: frozenset(),
    JobState.CANCELLED: frozenset(),
}
WAITING = frozenset({JobState.QUEUED, JobState.RUNNING})


def may_move(state: JobState, target: JobState) -> Decision:
    """Whether a job may pass from one state to another."""
    if target in JOB_MOVES[state]:
        return ALLOWED
    return not_now(
        "job_state",
        "这项任务现在是“{state}”，不能变为“{target}”。",
        state=JOB_NAMES[state],
        target=JOB_NAMES[target],
    )


def has_died(state: JobState, beat_at: datetime, now: datetime) -> bool:
    """Whether nobody works at a running job any more."""
    return state is JobState.RUNNING and now - beat_at > DEAD_AFTER
