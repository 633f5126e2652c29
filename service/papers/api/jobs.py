"""JSON routes of the work that goes on outside of requests, and the process that does it."""

import logging
import secrets
import subprocess
import sys
import threading
from typing import Annotated

from fastapi import APIRouter, BackgroundTasks, Request

from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.kernel import clock, database, errors, rendering, settings
from service.kernel.database import Reading, Writing
from service.papers import queries
from service.papers.actions import jobs
from service.papers.actions.jobs import Wanted
from service.papers.rules.jobs import JobKind
from service.papers.shapes.jobs import AskJob, JobShape

log = logging.getLogger("peikao")
router = APIRouter(prefix="/papers/jobs")
Assembling = Annotated[Actor, may(Right.PAPERS_ASSEMBLE)]
Viewing = Annotated[Actor, may(Right.PAPERS_VIEW)]


@router.post("", status_code=202)
def ask(body: AskJob, request: Request, session: Writing, actor: Assembling, background: BackgroundTasks) -> JobShape:
    """Ask for papers of one or several classes, a trial of a blueprint, or a judgement of what the bank gives.

    The same classes again, while they are being assembled, change nothing.
    """
    if body.seed is not None and settings.current().environment is settings.Environment.PRODUCTION:
        raise errors.Malformed(
            "seed_given", "正式环境中组卷种子由系统抽取，不能指定。", source="试卷保密规则（本系统规则）"
        )
    if body.kind is JobKind.TRY and body.blueprint_id is None:
        raise errors.Malformed("blueprint_not_named", "请选择要试组的组卷方案。")
    wanted = Wanted(
        kind=body.kind,
        exam_on=body.exam_on or clock.today(),
        seed=secrets.randbits(53) if body.seed is None else body.seed,
        class_ids=tuple(body.class_ids),
        blueprint_id=body.blueprint_id,
        mode=body.mode,
    )
    job, begins = jobs.ask(session, actor, wanted, now=clock.now())
    if begins:
        # Begins when the answer has left, so after the commit: the job is there for whoever does it.
        background.add_task(begin, job.code)
    return JobShape.of(job, clock.now(), rendering.language_of(request))


@router.get("")
def list_jobs(request: Request, session: Reading, _: Viewing) -> list[JobShape]:
    """The newest jobs."""
    return [JobShape.of(job, clock.now(), rendering.language_of(request)) for job in queries.jobs(session)]


@router.get("/{code}")
def job_progress(code: str, request: Request, session: Reading, _: Viewing) -> JobShape:
    """How far a job is, and what came of it."""
    job = queries.job(session, code)
    if job is None:
        raise errors.NotFound()
    return JobShape.of(job, clock.now(), rendering.language_of(request))


@router.delete("/{code}")
def cancel(code: str, request: Request, session: Writing, actor: Assembling) -> JobShape:
    """Cancel a job that has not ended; nothing of it is kept."""
    job = jobs.cancel(session, actor, code, now=clock.now())
    return JobShape.of(job, clock.now(), rendering.language_of(request))


def begin(code: str) -> None:
    """Start a process for what waits: assembling in this one would make everybody else wait for its processor."""
    words = [sys.executable, "-m", "service.cli", "papers", "work"]
    process = subprocess.Popen(words, cwd=settings.ROOT, stdin=subprocess.DEVNULL)  # noqa: S603
    threading.Thread(target=_watch, args=(process, code), daemon=True).start()


def _watch(process: "subprocess.Popen[bytes]", code: str) -> None:
    """Tell of a process that ended badly, so that its job can be asked for anew at once."""
    if process.wait() == 0:
        return
    log.error("the process that assembles ended with %d", process.returncode)
    with database.writing() as session:
        jobs.note_death(session, jobs.worker_name(process.pid), code, now=clock.now())
