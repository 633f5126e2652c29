"""Results and their versions, the marks they are made of, voiding, credits and certificates."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, defaulting, one_of
from service.papers.rules import answers
from service.results.rules import ResultState, Standing, Verdict, VoidingState
from service.sittings.rules.room import IncidentKind


class Result(SQLModel, table=True):
    """The result of one seat. Its state moves, its points change only by a :class:`Remarking` before publication, and
    two people may void or restore it.

    Once it is published nothing of it changes (invariant 8): a correction is a row of its own that replaces it.
    ``rests_on`` is the version whose marks it was made of: the first, or that of a sheet which was opened again and
    handed in once more.
    """

    __tablename__ = "results_result"
    __table_args__ = (
        one_of("state", ResultState),
        one_of("verdict", Verdict),
        both_or_neither("confirmed_at", "confirmed_by"),
        both_or_neither("published_at", "published_by"),
        # The two-person rule once more, where no code can forget it.
        sa.CheckConstraint("published_by IS NULL OR published_by <> confirmed_by", name="two_people"),
        sa.CheckConstraint("points BETWEEN 0 AND 100", name="points_range"),
        sa.UniqueConstraint("seat_id", "version"),
        sa.CheckConstraint("version >= 1 AND (version = 1) = (replaces_id IS NULL)", name="version_chained"),
    )

    id: int | None = Field(default=None, primary_key=True)
    seat_id: int = Field(foreign_key="sittings_seat.id")
    version: int = Field(default=1, sa_column_kwargs=defaulting(sa.text("1")))
    replaces_id: int | None = Field(default=None, foreign_key="results_result.id", unique=True)
    rests_on: int = Field(default=1, sa_column_kwargs=defaulting(sa.text("1")))
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    trainee_id: int = Field(foreign_key="programme_trainee.id", index=True)
    state: str = ResultState.MARKED
    verdict: str
    points: int
    pass_points: int
    key_digest: str = Field(default="", max_length=64)
    marked_at: datetime = Field(sa_type=Instant)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    confirmed_by: int | None = Field(default=None, foreign_key="access_person.id")
    published_at: datetime | None = Field(default=None, sa_type=Instant)
    published_by: int | None = Field(default=None, foreign_key="access_person.id")


class Voiding(SQLModel, table=True):
    """One person's proposal that a result shall be void, or valid again, and what another person decided."""

    __tablename__ = "results_voiding"
    __table_args__ = (
        one_of("state", VoidingState),
        one_of("wanted", Standing),
        one_of("kind", IncidentKind),
        both_or_neither("decided_at", "decided_by", "note"),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name="state_dated"),
        # The two-person rule once more, where no code can forget it.
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name="two_people"),
        # One proposal at a time: a second one would be decided against a result that has moved.
        sa.Index(
            "uq_results_voiding_undecided",
            "seat_id",
            unique=True,
            sqlite_where=sa.text("state = 'proposed'"),
            postgresql_where=sa.text("state = 'proposed'"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    # The seat and not the row of its result, for versions come and go.
    seat_id: int = Field(foreign_key="sittings_seat.id", index=True)
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    state: str = VoidingState.PROPOSED
    wanted: str = Field(max_length=10)
    kind: str = Field(max_length=40)
    reason: str = Field(max_length=500)
    incident_id: int = Field(foreign_key="sittings_incident.id")
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: int = Field(foreign_key="access_person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    note: str | None = Field(default=None, max_length=500)


class SheetMarks(SQLModel, table=True):
    """The marks a result was made of, in one row, because they are made, read and kept together and never change.

    ``entries`` is the text of :func:`service.results.rules.entries`, to the letter: the journal has its digest.
    """

    __tablename__ = "results_sheet_marks"

    result_id: int = Field(primary_key=True, foreign_key="results_result.id")
    entries: str


class Credit(SQLModel, table=True):
    """Hours that a passed exam turned valid: one per trainee and class, counting while any of their exams is passed."""

    __tablename__ = "results_credit"
    __table_args__ = (
        sa.UniqueConstraint("class_id", "trainee_id"),
        sa.CheckConstraint("hours > 0", name="hours_positive"),
    )

    id: int | None = Field(default=None, primary_key=True)
    result_id: int = Field(foreign_key="results_result.id", unique=True)
    class_id: int = Field(foreign_key="programme_class.id")
    trainee_id: int = Field(foreign_key="programme_trainee.id", index=True)
    hours: int
    granted_at: datetime = Field(sa_type=Instant)


class Certificate(SQLModel, table=True):
    """The certificate of a credit, with a code anyone can verify."""

    __tablename__ = "results_certificate"

    code: str = Field(primary_key=True, max_length=20)
    credit_id: int = Field(foreign_key="results_credit.id", unique=True)
    issued_at: datetime = Field(sa_type=Instant)


class Remarking(SQLModel, table=True):
    """One position marked anew before publication, because a late answer was accepted; the newest one counts.

    Marks never change, so this lies beside them: both markings stay readable, and the sheet that was handed in, its
    digest and the receipt stay what they were. The database refuses to change or delete it.
    """

    __tablename__ = "results_remarking"
    __table_args__ = (
        sa.CheckConstraint("total_after - total_before = points_after - points_before", name="totals_agree"),
    )

    id: int | None = Field(default=None, primary_key=True)
    result_id: int = Field(foreign_key="results_result.id", index=True)
    late_answer_id: int = Field(foreign_key="sittings_late_answer.id", unique=True)
    position: int
    choice_before: str = Field(max_length=answers.STORED)
    choice_after: str = Field(max_length=answers.STORED)
    points_before: int
    points_after: int
    total_before: int
    total_after: int
    verdict_before: str
    verdict_after: str
    remarked_at: datetime = Field(sa_type=Instant)
    remarked_by: int = Field(foreign_key="access_person.id")
