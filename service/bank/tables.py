"""Regulations' editions, subjects, items with their versions, and what results say of them."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.bank.rules import calibration, cases
from service.bank.rules.items import LONGEST_KEY, Kind, Level, State
from service.bank.rules.pictures import LIMITS
from service.bank.rules.rubric import LONGEST_TEXT
from service.kernel.database import Instant, both_or_neither, defaulting, one_of
from service.kernel.pictures import PictureType


class Edition(SQLModel, table=True):
    """One edition of a regulation; an item rests on an edition, never on a title alone."""

    __tablename__ = "bank_edition"

    slug: str = Field(primary_key=True, max_length=80)
    regulation: str = Field(max_length=80, index=True)
    title: str = Field(max_length=120)
    title_en: str = Field(max_length=160)
    number: str = Field(max_length=120)
    articles: int
    effective_on: date
    repealed_on: date | None = None


class Subject(SQLModel, table=True):
    """One subject of the syllabus; subjects are listed by their number."""

    __tablename__ = "bank_subject"

    slug: str = Field(primary_key=True, max_length=40)
    number: int
    title: str = Field(max_length=60)
    title_en: str = Field(max_length=80)


class Item(SQLModel, table=True):
    __tablename__ = "bank_item"

    id: int | None = Field(default=None, primary_key=True)
    code: str = Field(unique=True, max_length=20)


class ItemVersion(SQLModel, table=True):
    """One text of an item. Its words never change; only its state moves."""

    __tablename__ = "bank_item_version"
    __table_args__ = (
        one_of("kind", Kind),
        one_of("state", State),
        one_of("level", Level),
        sa.UniqueConstraint("item_id", "number"),
        sa.CheckConstraint("difficulty BETWEEN 1 AND 5", name="difficulty_range"),
        both_or_neither("reviewed_at", "reviewed_by"),
        # All of a case or nothing of it: a sub-question without its text is none.
        sa.CheckConstraint(
            "(case_code IS NULL AND case_text IS NULL AND case_place IS NULL AND case_size IS NULL)"
            " OR (case_code IS NOT NULL AND case_text IS NOT NULL AND case_place >= 1 AND case_place <= case_size"
            f" AND case_size BETWEEN {cases.LEAST_PARTS} AND {cases.MOST_PARTS})",
            name="case_whole",
        ),
        # How much there is of what is counted from the index alone.
        sa.Index("ix_bank_item_version_counted", "state", "kind"),
    )

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="bank_item.id")
    number: int
    kind: str
    stem: str
    options: dict[str, Any] = Field(sa_type=sa.JSON)
    key: str = Field(max_length=LONGEST_KEY)
    explanation: str
    edition_slug: str = Field(foreign_key="bank_edition.slug", index=True)
    article: int
    roles: list[str] = Field(sa_type=sa.JSON)
    difficulty: int
    level: str = Field(default=Level.RECALL, max_length=10, sa_column_kwargs=defaulting(Level.RECALL))
    subject_slug: str | None = Field(default=None, foreign_key="bank_subject.slug", max_length=40, index=True)
    enemies: list[str] = Field(default_factory=list, sa_type=sa.JSON, sa_column_kwargs=defaulting("[]"))
    tags: list[str] = Field(default_factory=list, sa_type=sa.JSON, sa_column_kwargs=defaulting("[]"))
    pictures: dict[str, Any] = Field(default_factory=dict, sa_type=sa.JSON, sa_column_kwargs=defaulting("{}"))
    case_code: str | None = Field(default=None, max_length=20, index=True)
    case_text: str | None = None
    case_place: int | None = None
    case_size: int | None = None
    digest: str = Field(max_length=64, index=True)
    state: str = Field(default=State.SUBMITTED, index=True)
    submitted_at: datetime = Field(sa_type=Instant)
    submitted_by: int = Field(foreign_key="access_person.id")
    reviewed_at: datetime | None = Field(default=None, sa_type=Instant)
    reviewed_by: int | None = Field(default=None, foreign_key="access_person.id")
    review_reason: str = ""


class Picture(SQLModel, table=True):
    """A picture of the bank, once however many versions name it by its digest; nothing but the picture is in it."""

    __tablename__ = "bank_picture"
    __table_args__ = (
        one_of("media_type", PictureType),
        sa.CheckConstraint(f"length(content) BETWEEN 1 AND {LIMITS.most_bytes}", name="content_small"),
        sa.CheckConstraint(
            f"width BETWEEN 1 AND {LIMITS.longest_side} AND height BETWEEN 1 AND {LIMITS.longest_side}",
            name="sides_range",
        ),
    )

    digest: str = Field(primary_key=True, max_length=64)
    content: bytes
    media_type: str = Field(max_length=20)
    width: int
    height: int
    kept_at: datetime = Field(sa_type=Instant)
    kept_by: int = Field(foreign_key="access_person.id")


class Draft(SQLModel, table=True):
    """What an author is still writing, as it stands in the fields (``rules.drafting``); gone once it is submitted.

    ``seq`` counts how often it was saved, so that one window does not write over what another has saved.
    """

    __tablename__ = "bank_draft"
    __table_args__ = (sa.CheckConstraint("seq >= 1", name="seq_counted"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="access_person.id", index=True)
    base_version_id: int | None = Field(default=None, foreign_key="bank_item_version.id")
    words: dict[str, Any] = Field(sa_type=sa.JSON)
    seq: int
    saved_at: datetime = Field(sa_type=Instant)


class ItemTag(SQLModel, table=True):
    """A tag that an item is filed under, whatever its versions say: for finding items, and in no digest."""

    __tablename__ = "bank_item_tag"

    item_id: int = Field(primary_key=True, foreign_key="bank_item.id")
    tag: str = Field(primary_key=True, max_length=20, index=True)


class Tagging(SQLModel, table=True):
    """One act of filing many items: what it really added and removed, tag → ids of items, so that it can be undone."""

    __tablename__ = "bank_tagging"

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="access_person.id", index=True)
    items: int
    digest: str = Field(max_length=64)
    added: dict[str, list[int]] = Field(sa_type=sa.JSON)
    removed: dict[str, list[int]] = Field(sa_type=sa.JSON)
    set_at: datetime = Field(sa_type=Instant)
    undone_at: datetime | None = Field(default=None, sa_type=Instant)


class Wording(SQLModel, table=True):
    """What a search finds a version by (``rules.wording``); the database keeps its own index of the pairs in it."""

    __tablename__ = "bank_wording"

    version_id: int = Field(primary_key=True, foreign_key="bank_item_version.id")
    said: str


class Trial(SQLModel, table=True):
    """What a reviewer answered before seeing the key; once, for a second try would be no try."""

    __tablename__ = "bank_trial"

    version_id: int = Field(primary_key=True, foreign_key="bank_item_version.id")
    person_id: int = Field(primary_key=True, foreign_key="access_person.id")
    answer: str = Field(max_length=LONGEST_TEXT)
    right: bool
    answered_at: datetime = Field(sa_type=Instant)


class Standing(SQLModel, table=True):
    """A move of a version after its review, and why: suspended, in use again, retired. Rows are only ever added."""

    __tablename__ = "bank_standing"
    __table_args__ = (
        sa.CheckConstraint("state IN ('approved', 'suspended', 'retired')", name="state_after_review"),
        sa.CheckConstraint("reason <> ''", name="reason_given"),
    )

    id: int | None = Field(default=None, primary_key=True)
    version_id: int = Field(foreign_key="bank_item_version.id", index=True)
    state: str
    reason: str
    set_at: datetime = Field(sa_type=Instant)
    set_by: int = Field(foreign_key="access_person.id")


class ItemCalibration(SQLModel, table=True):
    """What results say of one version of an item; a later calibration is another row, for papers used the earlier."""

    __tablename__ = "bank_calibration"
    __table_args__ = (
        *(
            sa.CheckConstraint(f"{name} BETWEEN {least} AND {most}", name=f"{name}_range")
            for name, (least, most) in calibration.BOUNDS.items()
        ),
        sa.CheckConstraint("answers >= 1", name="answers_counted"),
        sa.Index("ix_bank_calibration_newest", "item_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    item_id: int = Field(foreign_key="bank_item.id")
    item_version_id: int = Field(foreign_key="bank_item_version.id")
    discrimination_milli: int
    discrimination_error_milli: int
    difficulty_milli: int
    difficulty_error_milli: int
    answers: int
    set_at: datetime = Field(sa_type=Instant)
    set_by: str = Field(max_length=40)
