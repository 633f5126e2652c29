"""Work outside of requests, what was assembled together, and the targets that papers are fitted to."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, one_of
from service.papers.rules.assembly import Mode
from service.papers.rules.jobs import JobKind, JobPhase, JobState


class Job(SQLModel, table=True):
    """One piece of work, and how far it has come.

    ``code`` stands in its address. ``beat_at`` is the last sign of life of its process, ``worker`` says which one that
    is. ``seed_sealed`` is the seed it works with, and goes once the job has ended. ``fault`` is a sentence whose
    placeholders ``fault_values`` fill.
    """

    __tablename__ = "papers_job"
    __table_args__ = (
        one_of("kind", JobKind),
        one_of("state", JobState),
        one_of("mode", Mode),
        one_of("phase", JobPhase),
        sa.CheckConstraint("done BETWEEN 0 AND total", name="done_counted"),
        # One after the other: two at once would take both cores from the exam day.
        sa.Index(
            "uq_papers_job_running",
            "state",
            unique=True,
            sqlite_where=sa.text("state = 'running'"),
            postgresql_where=sa.text("state = 'running'"),
        ),
    )

    code: str = Field(primary_key=True, max_length=43)
    kind: str
    state: str = JobState.QUEUED
    mode: str = Mode.FULL
    class_ids: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    blueprint_ids: list[int] = Field(default_factory=list, sa_type=sa.JSON)
    exam_on: date
    seed_sealed: bytes | None = None
    account_id: int = Field(foreign_key="access_account.id")
    asked_by: int = Field(foreign_key="access_person.id")
    asked_at: datetime = Field(sa_type=Instant)
    started_at: datetime | None = Field(default=None, sa_type=Instant)
    finished_at: datetime | None = Field(default=None, sa_type=Instant)
    beat_at: datetime = Field(sa_type=Instant)
    worker: str = Field(default="", max_length=100)
    phase: str = JobPhase.PLAN
    done: int = 0
    total: int = 0
    fault_code: str = Field(default="", max_length=40)
    fault: str = ""
    fault_values: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)
    result: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON)


class Run(SQLModel, table=True):
    """What was assembled together: ``classes`` in their order as [class, blueprint], and the stock as it was seen.

    Codes and uses would tell of papers that are still sealed, so the stock is AES-256-GCM under a key of its own.
    """

    __tablename__ = "papers_run"

    id: int | None = Field(default=None, primary_key=True)
    classes: list[list[int]] = Field(sa_type=sa.JSON)
    stock_sealed: bytes
    at: datetime = Field(sa_type=Instant)


class TargetSet(SQLModel, table=True):
    """The target of one blueprint version: fixed by the first assembly, kept for every later class."""

    __tablename__ = "papers_target"

    blueprint_id: int = Field(primary_key=True, foreign_key="papers_blueprint.id")
    body: dict[str, Any] = Field(sa_type=sa.JSON)
    fixed_at: datetime = Field(sa_type=Instant)
