"""Work outside of requests: asked for and cancelled by people, done by a process of its own.

What is to be done stands in a table, so that any process can tell how far it is and a page may be closed. One job runs
at a time and the others wait their turn. Asking again for what is under way gives the same job; one whose process has
died is told to have failed, and can be asked for anew.
"""

import socket
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime

from sqlmodel import Session

from service.access.actions import using
from service.access.rules.duties import Duty
from service.access.rules.policy import Actor, Right
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors, sealing
from service.kernel.decision import first_refusal
from service.papers import queries
from service.papers.actions import ordering
from service.papers.rules import jobs as rules
from service.papers.rules.assembly import Mode
from service.papers.rules.jobs import JobKind, JobPhase, JobState
from service.papers.tables import Job

_SALT = b"job"
FAILED = ("failed", "系统内部出错，任务没有完成，请联系维护人员。")
DIED = ("job_died", "处理这项任务的进程中断了，请重新开始。")


def worker_name(pid: int) -> str:
    """What a process calls itself in the jobs that it works at."""
    return f"{socket.gethostname()[:80]}:{pid}"


@dataclass(frozen=True, slots=True)
class Wanted:
    """What is asked for: papers for classes, a trial of a blueprint, or a judgement of all classes that wait."""

    kind: JobKind
    exam_on: date
    seed: int
    class_ids: tuple[int, ...] = ()
    blueprint_id: int | None = None
    mode: Mode = Mode.FULL


def ask(session: Session, actor: Actor, wanted: Wanted, *, now: datetime) -> tuple[Job, bool]:
    """Ask for work: the job, and whether it has to be begun.

    Raises:
        NotFound: no such class or blueprint.
        Refused: whoever asks is tied to a class.
        WrongState: a class has a paper, is being given one, or its role has no approved blueprint.
    """
    using.require_right(actor, Right.PAPERS_ASSEMBLE)

    assert actor.person_id is not None and actor.account_id is not None
    class_ids = sorted(set(wanted.class_ids))
    if wanted.kind is JobKind.ASSEMBLE:
        for found in queries.waiting_jobs(session):
            if found.class_ids == class_ids and not rules.has_died(JobState(found.state), found.beat_at, now):
                return found, False
        _may_assemble(session, actor, class_ids, now)
    blueprints = [] if wanted.blueprint_id is None else [wanted.blueprint_id]
    if any(queries.any_blueprint(session, one) is None for one in blueprints):
        raise errors.NotFound()

    job = Job(
        code=sealing.token(),
        kind=wanted.kind,
        mode=wanted.mode,
        class_ids=class_ids,
        blueprint_ids=blueprints,
        exam_on=wanted.exam_on,
        account_id=actor.account_id,
        asked_by=actor.person_id,
        asked_at=now,
        beat_at=now,
    )
    job.seed_sealed = sealing.encrypt(str(wanted.seed).encode(), _key(), bound_to=f"job:{job.code}")
    session.add(job)
    session.flush()

    if wanted.kind is JobKind.ASSEMBLE:
        data = {"classes": class_ids, "exam_on": wanted.exam_on.isoformat(), "mode": wanted.mode}
        record(session, Event.ASSEMBLY_ASKED, actor.label, f"job:{job.code}", now=now, data=data)
    return job, True


def _may_assemble(session: Session, actor: Actor, class_ids: Sequence[int], now: datetime) -> None:
    if not 0 < len(class_ids) <= rules.MOST_CLASSES:
        raise errors.Malformed("classes_counted", "请选择1至{most}个班次。", most=rules.MOST_CLASSES)
    ordering.lines(session, class_ids)
    busy = {
        one
        for job in queries.waiting_jobs(session)
        if not rules.has_died(JobState(job.state), job.beat_at, now)
        for one in job.class_ids
    }
    if busy & set(class_ids):
        raise errors.WrongState("job_under_way", "其中有班次正在组卷，请等它完成，或先取消那项任务。")
    assert actor.person_id is not None
    subjects = [f"class:{one}" for one in class_ids]
    first_refusal(*using.may_use_duty(session, actor.person_id, Duty.ASSEMBLE, *subjects)).or_refuse()


def cancel(session: Session, actor: Actor, code: str, *, now: datetime) -> Job:
    """Cancel a job; whoever works at it leaves at the next note of progress, and nothing of it is kept.

    Raises:
        WrongState: it has ended.
    """
    job = _job(session, code)

    using.require_right(actor, Right.PAPERS_ASSEMBLE)

    rules.may_move(JobState(job.state), JobState.CANCELLED).or_refuse()
    _end(session, job, JobState.CANCELLED, now)

    record(session, Event.ASSEMBLY_CANCELLED, actor.label, f"job:{code}", now=now, data={"kind": job.kind})
    return job


def claim(session: Session, worker: str, *, now: datetime) -> str | None:
    """The code of the job that this process is to do now; None while another one works, or nothing waits."""
    running = queries.running_job(session)
    if running is not None:
        if not rules.has_died(JobState.RUNNING, running.beat_at, now):
            return None
        note_fault(session, running.code, *DIED, now=now)
    waiting = [one for one in queries.waiting_jobs(session) if one.state == JobState.QUEUED]
    if not waiting:
        return None
    job = _job(session, waiting[0].code)
    job.state, job.worker, job.started_at, job.beat_at = JobState.RUNNING, worker, now, now
    session.add(job)
    session.flush()
    return job.code


def note_progress(session: Session, code: str, done: int, total: int, phase: str, *, now: datetime) -> bool:
    """So much is done; whether the job goes on, or has been cancelled or given up meanwhile."""
    job = _job(session, code)
    if job.state != JobState.RUNNING:
        return False
    job.done, job.total, job.phase, job.beat_at = done, total, JobPhase(phase), now
    session.add(job)
    return True


def note_fault(
    session: Session, code: str, fault_code: str, fault: str, *, now: datetime, values: dict[str, object] | None = None
) -> None:
    """It went wrong; asking again begins anew."""
    job = _job(session, code)
    if job.state not in rules.WAITING:
        return
    job.fault_code, job.fault, job.fault_values = fault_code, fault, values or {}
    _end(session, job, JobState.FAILED, now)
    record(
        session, Event.ASSEMBLY_FAILED, "system", f"job:{code}", now=now, data={"kind": job.kind, "fault": fault_code}
    )


def note_death(session: Session, worker: str, code: str, *, now: datetime) -> None:
    """A process has ended badly: what it worked at, or was begun for, has failed."""
    running = queries.running_job(session)
    if running is not None and running.worker == worker:
        note_fault(session, running.code, *DIED, now=now)
    begun = queries.job(session, code)
    if begun is not None and begun.state == JobState.QUEUED and running is None:
        note_fault(session, code, *DIED, now=now)


def finish(session: Session, job: Job, result: dict[str, object], *, now: datetime) -> None:
    """The work is done and kept."""
    job.result, job.done = result, job.total
    _end(session, job, JobState.DONE, now)


def seed_of(job: Job) -> int:
    """The seed that a job works with."""
    assert job.seed_sealed is not None, "a job that has not ended has its seed"
    return int(sealing.decrypt(job.seed_sealed, _key(), bound_to=f"job:{job.code}"))


def _end(session: Session, job: Job, state: JobState, now: datetime) -> None:
    rules.may_move(JobState(job.state), state).or_refuse()
    job.state, job.finished_at, job.seed_sealed = state, now, None
    session.add(job)
    session.flush()


def _key() -> bytes:
    return sealing.paper_key(0, _SALT)


def _job(session: Session, code: str) -> Job:
    job = queries.job(session, code, lock=True)
    if job is None:
        raise errors.NotFound()
    return job
