"""Free texts as people mark them: scripts, who has them before them, and the marks."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.bank.rules.rubric import LONGEST_TEXT
from service.kernel.database import Instant, both_or_neither, one_of
from service.results.rules.written import NUMBER_LENGTH, Settled

# Points of so many criteria as a rubric has at most, as JSON.
LONGEST_POINTS = 40


class Script(SQLModel, table=True):
    """What one candidate wrote at one position, under a number that says nothing of them; the newest version counts.

    ``worth`` is what each criterion of the rubric is worth, and ``most`` their sum; the words of the rubric stay with
    the answer keys. ``third``: the first two marks lie too far apart. ``points`` are there once it is settled.
    """

    __tablename__ = "results_script"
    __table_args__ = (
        one_of("settled", Settled),
        both_or_neither("settled_at", "settled", "points"),
        sa.CheckConstraint("most >= 1 AND (points IS NULL OR points BETWEEN 0 AND most)", name="points_range"),
        sa.CheckConstraint("version >= 1 AND (version = 1) = (late_answer_id IS NULL)", name="version_chained"),
        sa.UniqueConstraint("seat_id", "position", "version"),
        sa.Index("ix_results_script_queue", "class_id", "form_id", "position", "number"),
    )

    id: int | None = Field(default=None, primary_key=True)
    seat_id: int = Field(foreign_key="sittings_seat.id")
    sitting_id: int = Field(foreign_key="sittings_sitting.id")
    class_id: int = Field(foreign_key="programme_class.id")
    form_id: int = Field(foreign_key="papers_form.id")
    position: int
    version: int = 1
    late_answer_id: int | None = Field(default=None, foreign_key="sittings_late_answer.id", unique=True)
    number: str = Field(max_length=NUMBER_LENGTH)
    answer: str = Field(max_length=LONGEST_TEXT)
    worth: str = Field(max_length=LONGEST_POINTS)
    most: int
    dealt_at: datetime = Field(sa_type=Instant)
    third: bool = False
    points: int | None = None
    settled: str | None = None
    settled_at: datetime | None = Field(default=None, sa_type=Instant)


class ScriptMark(SQLModel, table=True):
    """One person's mark of a script: points by criterion as JSON, and their sum. The database refuses to change it.

    ``round`` says whether it is the first, second or third person's; whoever amends their own adds a version of it, and
    the newest one counts. ``nonce`` makes a retry the same mark.
    """

    __tablename__ = "results_script_mark"
    __table_args__ = (
        sa.CheckConstraint("round BETWEEN 1 AND 3", name="round_range"),
        sa.CheckConstraint("version >= 1 AND points >= 0", name="counted"),
        sa.UniqueConstraint("script_id", "round", "version"),
        # One person is never two of the three, where no code can forget it.
        sa.UniqueConstraint("script_id", "marked_by", "version", name="uq_results_script_mark_marker"),
        sa.UniqueConstraint("marked_by", "nonce", name="uq_results_script_mark_nonce"),
    )

    id: int | None = Field(default=None, primary_key=True)
    script_id: int = Field(foreign_key="results_script.id")
    round: int
    version: int = 1
    given: str = Field(max_length=LONGEST_POINTS)
    points: int
    nonce: str = Field(max_length=40)
    marked_at: datetime = Field(sa_type=Instant)
    marked_by: int = Field(foreign_key="access_person.id")


class ScriptTaking(SQLModel, table=True):
    """Who was handed which script, and when last: others are not handed it meanwhile."""

    __tablename__ = "results_script_taking"

    script_id: int = Field(primary_key=True, foreign_key="results_script.id")
    taken_by: int = Field(primary_key=True, foreign_key="access_person.id")
    taken_at: datetime = Field(sa_type=Instant)
