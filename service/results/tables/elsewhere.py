"""Results obtained on other platforms: the files they came in, what each row says, and the voiding of rows by two."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, one_of
from service.results.rules import Standing, Verdict, VoidingState
from service.results.rules.elsewhere import MOST_POINTS, FileState, Platform


class ExternalFile(SQLModel, table=True):
    """A file of results of a class: where from, its digest, who brought it, and what another person decided."""

    __tablename__ = "results_external_file"
    __table_args__ = (
        one_of("source", Platform),
        one_of("state", FileState),
        both_or_neither("decided_at", "decided_by", "note"),
        sa.CheckConstraint("(state = 'brought') = (decided_at IS NULL)", name="state_dated"),
        # The two-person rule once more, where no code can forget it.
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> brought_by", name="two_people"),
        sa.CheckConstraint("source <> 'other' OR source_words <> ''", name="source_named"),
        # The same file is there once; one that was refused may be brought again.
        sa.Index(
            "uq_results_external_file_digest",
            "class_id",
            "digest",
            unique=True,
            sqlite_where=sa.text("state <> 'refused'"),
            postgresql_where=sa.text("state <> 'refused'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    state: str = FileState.BROUGHT
    source: str = Field(max_length=20)
    source_words: str = Field(max_length=100)
    reference: str = Field(max_length=100)
    name: str = Field(max_length=200)
    size: int
    digest: str = Field(max_length=64)
    rows: int
    brought_at: datetime = Field(sa_type=Instant)
    brought_by: int = Field(foreign_key="access_person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    note: str | None = Field(default=None, max_length=500)


class ExternalResult(SQLModel, table=True):
    """What one row of a file says; it never changes, and counts from the file's being confirmed on.

    Points and pass mark are out of ``most_points``, as they came: another scale is told and not reckoned over.
    """

    __tablename__ = "results_external_result"
    __table_args__ = (
        sa.CheckConstraint("verdict IN ('passed', 'failed')", name="verdict_known"),
        sa.CheckConstraint("most_points BETWEEN 1 AND 1000", name="most_range"),
        sa.CheckConstraint(
            "points BETWEEN 0 AND most_points AND pass_points BETWEEN 1 AND most_points", name="points_range"
        ),
        sa.CheckConstraint("(verdict = 'passed') = (points >= pass_points)", name="verdict_agrees"),
        sa.UniqueConstraint("file_id", "row"),
        sa.UniqueConstraint("file_id", "trainee_id", name="uq_results_external_result_trainee"),
    )

    id: int | None = Field(default=None, primary_key=True)
    file_id: int = Field(foreign_key="results_external_file.id")
    row: int
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    trainee_id: int = Field(foreign_key="programme_trainee.id", index=True)
    taken_on: date
    points: int
    most_points: int = Field(default=MOST_POINTS, sa_column_kwargs={"server_default": sa.text("100")})
    pass_points: int
    verdict: str = Verdict.FAILED


class ExternalVoiding(SQLModel, table=True):
    """One person's proposal that a result from elsewhere be void, or valid again, and what another decided."""

    __tablename__ = "results_external_voiding"
    __table_args__ = (
        one_of("wanted", Standing),
        one_of("state", VoidingState),
        both_or_neither("decided_at", "decided_by", "note"),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="state_dated"),
        # The two-person rule once more, where no code can forget it.
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        # One proposal at a time: a second one would be decided against a result that has moved.
        sa.Index(
            "uq_results_external_voiding_undecided",
            "external_id",
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    external_id: int = Field(foreign_key="results_external_result.id", index=True)
    wanted: str = Field(max_length=10)
    state: str = VoidingState.PROPOSED
    reason: str = Field(max_length=500)
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: int = Field(foreign_key="access_person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    note: str | None = Field(default=None, max_length=500)
