"""What a job does: it reads its order, works without a database, and keeps what came out."""

from collections.abc import Sequence
from dataclasses import asdict, dataclass, replace
from datetime import datetime
from typing import Any

from sqlmodel import Session

from service.access.actions import entering
from service.access.rules.people import TraineeRole
from service.access.rules.policy import Actor
from service.access.tables import Account, Person
from service.journal.actions import record
from service.journal.rules import Event
from service.kernel import errors
from service.papers import queries
from service.papers.actions import assembling, jobs, ordering
from service.papers.actions.ordering import Line, Order, Outcome, Progress
from service.papers.actions.stock import gather
from service.papers.rules import feasibility
from service.papers.rules.assembly import InfeasibleError, Mode
from service.papers.rules.jobs import JobKind, JobState
from service.papers.rules.missing import Elastic, Shortage
from service.papers.rules.planning import Plan
from service.papers.tables import Job
from service.programme.queries import classes as programme


@dataclass(frozen=True, slots=True)
class Task:
    """A job as plain values, with everything it needs from the database."""

    kind: JobKind
    mode: Mode
    seed: int
    ordered: Order


@dataclass(frozen=True, slots=True)
class Done:
    """What came of a task: papers to be kept, or figures to be shown."""

    outcome: Outcome | None
    result: dict[str, Any]


def task_of(session: Session, code: str) -> Task:
    """Read everything that a job needs.

    Raises:
        WrongState: what was asked for is no longer possible.
    """
    job = queries.job(session, code)
    assert job is not None
    kind = JobKind(job.kind)
    match kind:
        case JobKind.ASSEMBLE:
            ordered = ordering.order(session, job.class_ids, job.exam_on)
        case JobKind.TRY:
            row = queries.blueprint_by_id(session, job.blueprint_ids[0])
            ordered = _order(session, job, [ordering.line(session, row, [0])])
        case JobKind.JUDGE:
            ordered = _order(session, job, _waiting(session, _actor(session, job), job.blueprint_ids))
    return Task(kind, Mode(job.mode), jobs.seed_of(job), ordered)


def _order(session: Session, job: Job, lines: Sequence[Line]) -> Order:
    return Order(tuple(lines), gather(session, [one.blueprint for one in lines], job.exam_on), job.exam_on)


def _waiting(session: Session, actor: Actor, drafts: Sequence[int]) -> list[Line]:
    """Every role with its classes that wait for a paper, or as if one did; a draft stands for what is in force."""
    served = {paper.class_id for paper in queries.papers(session) if paper.state != "rejected"}
    classes = [line.training_class for line in programme.visible(session, actor)]
    given = {row.role: row for row in (queries.blueprint_by_id(session, one) for one in drafts)}
    found = []
    for role in TraineeRole:
        row = given.get(role) or queries.blueprint(session, role)
        ids = [one.id or 0 for one in classes if one.role == role and one.id not in served]
        if row is not None and (ids or not given or role in given):
            found.append(ordering.line(session, row, ids or [0]))
    if not found:
        raise errors.WrongState("blueprint_missing", "该岗位还没有经审批的组卷方案；请先制定，并由另一位同事审批。")
    return found


def do(task: Task, progress: Progress) -> Done:
    """Do the work; without a database, and for as long as it takes.

    Raises:
        WrongState: the stock falls short, or a blueprint contradicts itself.
    """
    progress(0, 2 * len(task.ordered.classes), "plan")
    match task.kind:
        case JobKind.ASSEMBLE:
            return Done(ordering.compute(task.ordered, task.seed, mode=task.mode, progress=progress), {})
        case JobKind.TRY:
            outcome = ordering.compute(task.ordered, task.seed, mode=task.mode, progress=progress)
            return Done(None, {"proof": asdict(outcome.papers[0][1])})
        case JobKind.JUDGE:
            return Done(None, _judged(task.ordered))


def _judged(ordered: Order) -> dict[str, Any]:
    """Whether it can be done, what is missing, and what is missing for not using any item twice."""
    demands, candidates = ordered.demands, ordered.stock.candidates
    try:
        found = feasibility.judge(demands, candidates)
        apart = Elastic(Plan(demands, candidates, limit=1)).shortages()
    except InfeasibleError as error:
        raise ordering.short_of(()) from error
    return {
        "classes": {one.blueprint.role: len(one.class_ids) for one in ordered.lines},
        "versions": {one.blueprint.role: [one.blueprint_id, one.number] for one in ordered.lines},
        "feasible": found.feasible,
        "missing": found.missing,
        "most_forms": dict(found.most_forms),
        "least_cap": found.least_cap,
        "overlap_bound": found.overlap_bound,
        "shortages": [_plain(one) for one in found.shortages],
        "apart": [_plain(one) for one in apart],
    }


def _plain(gap: Shortage) -> dict[str, Any]:
    return {**asdict(gap), "missing": gap.missing}


def keep(session: Session, code: str, task: Task, done: Done, *, now: datetime) -> bool:
    """Keep what came out, as whoever asked for it; whether the job was still wanted."""
    job = queries.job(session, code, lock=True)
    if job is None or job.state != JobState.RUNNING:
        return False
    actor, result = _actor(session, job), done.result
    if done.outcome is not None:
        papers = assembling.keep(session, actor, task.ordered, done.outcome, seed=task.seed, now=now, mode=task.mode)
        result = {"papers": [paper.id for paper in papers]}
    else:
        event = Event.BLUEPRINT_TRIED if task.kind is JobKind.TRY else Event.STOCK_JUDGED
        data = {
            "blueprints": [one.digest for one in task.ordered.lines],
            "bank_snapshot": task.ordered.stock.snapshot,
            "exam_on": task.ordered.exam_on.isoformat(),
        }
        record(session, event, actor.label, f"job:{code}", now=now, data=data)
    jobs.finish(session, job, result, now=now)
    return True


def _actor(session: Session, job: Job) -> Actor:
    """Whoever asked, with the rights they have now."""
    account = session.get_one(Account, job.account_id)
    actor = entering.actor_of_account(session, account, session.get_one(Person, account.person_id))
    return actor if account.active else replace(actor, duties=frozenset())
