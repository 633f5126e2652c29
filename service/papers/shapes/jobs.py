"""Jobs as they cross HTTP."""

from datetime import date, datetime
from typing import Any

from pydantic import BaseModel, Field

from service.kernel import language
from service.papers.rules import jobs as rules
from service.papers.rules.assembly import Mode
from service.papers.rules.jobs import JobKind, JobPhase, JobState
from service.papers.tables import Job


class AskJob(BaseModel):
    """What is to be done outside of the request."""

    kind: JobKind = JobKind.ASSEMBLE
    class_ids: list[int] = Field(default_factory=list, max_length=rules.MOST_CLASSES)
    blueprint_id: int | None = Field(None, description="The version to try, or to judge in place of the one in force.")
    mode: Mode = Mode.FULL
    seed: int | None = Field(
        None, ge=0, lt=2**53, description="Drawn by the service when it is left out, as it always is in production."
    )
    exam_on: date | None = Field(None, description="The day whose law counts; today when it is left out.")


class JobShape(BaseModel):
    """How far a job is; ``seconds`` since it was begun, and what came of it."""

    code: str
    kind: JobKind
    state: JobState
    mode: Mode
    class_ids: list[int]
    phase: JobPhase
    done: int
    total: int
    asked_at: datetime
    seconds: int
    fault_code: str
    fault: str
    result: dict[str, Any]

    @classmethod
    def of(cls, job: Job, now: datetime, tongue: str) -> "JobShape":
        died = rules.has_died(JobState(job.state), job.beat_at, now)
        sentence = "处理这项任务的进程中断了，请重新开始。" if died else job.fault
        return cls(
            code=job.code,
            kind=JobKind(job.kind),
            state=JobState.FAILED if died else JobState(job.state),
            mode=Mode(job.mode),
            class_ids=job.class_ids,
            phase=JobPhase(job.phase),
            done=job.done,
            total=job.total,
            asked_at=job.asked_at,
            seconds=int(((job.finished_at or now) - (job.started_at or job.asked_at)).total_seconds()),
            fault_code="job_died" if died else job.fault_code,
            fault=language.say(tongue, sentence, job.fault_values) if sentence else "",
            result=job.result,
        )
