"""The editions of a class's results and the counts that each of them adds: both are only ever added to."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, one_of
from service.results.rules.counting import PEOPLE_AXES
from service.results.rules.editions import Cause

# By code point, as SQLite and Python order text, and not by the language of the server.
_Month, _Key = (sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql") for length in (7, 40))


class Edition(SQLModel, table=True):
    """One edition of the results of a class: its publication, or a correction with reason and two people.

    ``digest`` is SHA-256 over every result of the class as it then stood. Ids rise in the order of commits, because
    the journal's head is held before one is given: so an id names a state of all results. ``planned`` is the target
    of the plan year as it then stood.
    """

    __tablename__ = "results_edition"
    __table_args__ = (
        one_of("cause", Cause),
        sa.UniqueConstraint("class_id", "number"),
        sa.CheckConstraint("number >= 1", name="number_counted"),
        sa.CheckConstraint("planned > 0", name="planned_positive"),
        sa.Index("ix_results_edition_plan_year", "plan_year", "id"),
        # The two-person rule once more, where no code can forget it.
        sa.CheckConstraint("proposed_by <> decided_by", name="two_people"),
    )

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id")
    number: int
    cause: str = Field(max_length=20)
    reason: str = Field(max_length=500)
    planned: int
    plan_year: int = Field(sa_column_kwargs={"server_default": sa.text("0")})
    proposed_by: int = Field(foreign_key="access_person.id")
    decided_by: int = Field(foreign_key="access_person.id")
    at: datetime = Field(sa_type=Instant)
    digest: str = Field(max_length=64)


class EditionResult(SQLModel, table=True):
    """A version of a result with the edition that brought it."""

    __tablename__ = "results_edition_result"

    result_id: int = Field(primary_key=True, foreign_key="results_result.id")
    edition_id: int = Field(foreign_key="results_edition.id", index=True)


class Participant(SQLModel, table=True):
    """Somebody on the roster of a class as they were when its results were first published.

    Where they work may change later; under whom they were counted does not, so that an answer stays the same for ever.
    """

    __tablename__ = "results_participant"
    __table_args__ = (sa.CheckConstraint("length(month) = 7", name="month_written"),)

    class_id: int = Field(primary_key=True, foreign_key="programme_class.id")
    trainee_id: int = Field(primary_key=True, foreign_key="programme_trainee.id")
    enterprise_id: int = Field(foreign_key="access_organisation.id")
    county: str = Field(max_length=40)
    month: str = Field(max_length=7)
    trained: bool
    imported: bool


class CountEntry(SQLModel, table=True):
    """What an edition adds to the counts of one group of people, or takes away; sums over editions are the counts."""

    __tablename__ = "results_count"
    __table_args__ = (sa.UniqueConstraint("edition_id", "enterprise_id", "county", "month", "imported"),)

    id: int | None = Field(default=None, primary_key=True)
    edition_id: int = Field(foreign_key="results_edition.id")
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    enterprise_id: int = Field(foreign_key="access_organisation.id")
    county: str = Field(max_length=40)
    month: str = Field(max_length=7)
    imported: bool
    enrolled: int
    trained: int
    seated: int
    present: int
    handed_in: int
    passed: int
    void: int
    first_present: int
    first_passed: int
    resat: int
    resit_passed: int


_GROUPED = ("axis", "across", "month", "plan_year", "key", "across_key")
_FOUND = sa.text("enrolled > 0")


class Tally(SQLModel, table=True):
    """The counts as they stand now, by one axis or two, for one span of time: kept by each edition in its transaction.

    Month and year are empty where a row stands for all of them. The key's order is that of questions, so that an
    answer is a stretch of rows.
    """

    __tablename__ = "results_tally"
    __table_args__ = (
        one_of("axis", PEOPLE_AXES),
        sa.CheckConstraint("(month = '') OR (plan_year <> 0 AND length(month) = 7)", name="span_known"),
        # Where a page begins is counted along these alone; rows that were taken away again are no groups.
        sa.Index("ix_results_tally_found", *_GROUPED, postgresql_where=_FOUND, sqlite_where=_FOUND),
        # In the order of the key itself: one look instead of two at each row.
        {"sqlite_with_rowid": False},
    )

    axis: str = Field(primary_key=True, max_length=20)
    across: str = Field(primary_key=True, max_length=20)
    month: str = Field(primary_key=True, sa_type=_Month)
    plan_year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = Field(primary_key=True, sa_type=_Key)
    across_key: str = Field(primary_key=True, sa_type=_Key)
    imported: bool = Field(primary_key=True)
    enrolled: int
    trained: int
    seated: int
    present: int
    handed_in: int
    passed: int
    void: int
    first_present: int
    first_passed: int
    resat: int
    resit_passed: int
