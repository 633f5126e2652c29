"""Answers counted by what they are about: what each edition adds, and the sums as they stand."""

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import one_of
from service.results.rules.counting import ANSWER_AXES


class FormPart(SQLModel, table=True):
    """What the item at a position of a form was about when its answers were first counted; it never changes.

    The bank may learn better later; what was counted under one name must be taken away under the same.
    """

    __tablename__ = "results_form_part"

    form_id: int = Field(primary_key=True, foreign_key="papers_form.id")
    position: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    regulation: str = Field(max_length=80)
    subject: str = Field(max_length=40)


class PartCount(SQLModel, table=True):
    """What an edition adds to the answers of one part, or takes away; sums over editions are the counts."""

    __tablename__ = "results_part_count"
    __table_args__ = (
        sa.UniqueConstraint("edition_id", "axis", "key", "month"),
        one_of("axis", ANSWER_AXES),
    )

    id: int | None = Field(default=None, primary_key=True)
    edition_id: int = Field(foreign_key="results_edition.id")
    class_id: int = Field(foreign_key="programme_class.id", index=True)
    axis: str = Field(max_length=20)
    key: str = Field(max_length=80)
    month: str = Field(max_length=7)
    enrolled: int
    asked: int
    correct: int
    points: int
    possible: int


class PartTally(SQLModel, table=True):
    """The answers of one part as they stand now, for one span of time; empty month and year stand for all of them."""

    __tablename__ = "results_part_tally"
    __table_args__ = (
        one_of("axis", ANSWER_AXES),
        sa.CheckConstraint("(month = '') OR (plan_year <> 0 AND length(month) = 7)", name="span_known"),
        {"sqlite_with_rowid": False},
    )

    axis: str = Field(primary_key=True, max_length=20)
    month: str = Field(primary_key=True, max_length=7)
    plan_year: int = Field(primary_key=True, sa_column_kwargs={"autoincrement": False})
    key: str = Field(primary_key=True, max_length=80)
    enrolled: int
    asked: int
    correct: int
    points: int
    possible: int
