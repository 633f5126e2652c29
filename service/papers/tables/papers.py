"""Blueprints, papers, their forms, the opening of forms, and how often items were used."""

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.access.rules.people import TraineeRole
from service.kernel.database import Instant, both_or_neither, defaulting, one_of
from service.papers.rules.states import Form, PaperState
from service.papers.rules.versions import BlueprintState


def only_one(name: str, column: str, where: str) -> sa.Index:
    """An index that lets one row of each value be in this state, and as many as you like in others."""
    condition = sa.text(where)
    return sa.Index(name, column, unique=True, sqlite_where=condition, postgresql_where=condition)


class Blueprint(SQLModel, table=True):
    """One version of a role's blueprint. ``judgement`` is the reason given when it was approved or sent back."""

    __tablename__ = "papers_blueprint"
    __table_args__ = (
        one_of("role", TraineeRole),
        one_of("state", BlueprintState),
        both_or_neither("judged_at", "judged_by"),
        sa.UniqueConstraint("role", "number"),
        # A role has one version in force, and one draft that waits.
        only_one("uq_papers_blueprint_approved", "role", "state = 'approved'"),
        only_one("uq_papers_blueprint_drafted", "role", "state = 'drafted'"),
    )

    id: int | None = Field(default=None, primary_key=True)
    role: str
    number: int
    body: dict[str, Any] = Field(sa_type=sa.JSON)
    digest: str = Field(max_length=64)
    set_at: datetime = Field(sa_type=Instant)
    set_by: int = Field(foreign_key="access_person.id")
    state: str = Field(default=BlueprintState.DRAFTED, sa_column_kwargs=defaulting(BlueprintState.DRAFTED))
    judged_at: datetime | None = Field(default=None, sa_type=Instant)
    judged_by: int | None = Field(default=None, foreign_key="access_person.id")
    judgement: str = Field(default="", sa_column_kwargs=defaulting(""))


class Paper(SQLModel, table=True):
    """The paper of one class: recipe and proof in clear, content only in its forms."""

    __tablename__ = "papers_paper"
    __table_args__ = (
        one_of("state", PaperState),
        both_or_neither("approved_at", "approved_by"),
        both_or_neither("sealed_at", "sealed_by"),
        # A class has one living paper; a rejected one makes room for the next.
        only_one("uq_papers_paper_class", "class_id", "state <> 'rejected'"),
    )

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id")
    blueprint_id: int = Field(foreign_key="papers_blueprint.id")
    run_id: int | None = Field(default=None, foreign_key="papers_run.id", index=True)
    state: str = PaperState.ASSEMBLED
    seed_sealed: bytes
    recipe: dict[str, Any] = Field(sa_type=sa.JSON)
    proof: dict[str, Any] = Field(sa_type=sa.JSON)
    assembled_at: datetime = Field(sa_type=Instant)
    assembled_by: int = Field(foreign_key="access_person.id")
    approved_at: datetime | None = Field(default=None, sa_type=Instant)
    approved_by: int | None = Field(default=None, foreign_key="access_person.id")
    sealed_at: datetime | None = Field(default=None, sa_type=Instant)
    sealed_by: int | None = Field(default=None, foreign_key="access_person.id")
    rejection_reason: str = ""


class PaperForm(SQLModel, table=True):
    """A form of a paper; after sealing, ``sealed`` is the only place where its texts are.

    ``commitment`` is SHA-256 over the plain text with a salt inside it, ``digest`` over commitment and ciphertext.
    """

    __tablename__ = "papers_form"
    __table_args__ = (one_of("letter", Form), sa.UniqueConstraint("paper_id", "letter"))

    id: int | None = Field(default=None, primary_key=True)
    paper_id: int = Field(foreign_key="papers_paper.id")
    letter: str = Field(max_length=1)
    commitment: str = Field(default="", max_length=64, sa_column_kwargs=defaulting(""))
    sealed: bytes | None = None
    digest: str = Field(default="", max_length=64)
    opened_at: datetime | None = Field(default=None, sa_type=Instant)


class PaperFormPictures(SQLModel, table=True):
    """The pictures of a sealed form, all in one ciphertext under the form's key (``actions.picturing``); a form without
    any has none. Apart from the form, whose words are read far more often."""

    __tablename__ = "papers_form_pictures"

    form_id: int = Field(primary_key=True, foreign_key="papers_form.id")
    sealed: bytes


class PaperFormItem(SQLModel, table=True):
    """What a form is made of until it is sealed; sealing deletes these rows."""

    __tablename__ = "papers_form_item"

    form_id: int = Field(primary_key=True, foreign_key="papers_form.id")
    position: int = Field(primary_key=True)
    item_version_id: int = Field(foreign_key="bank_item_version.id")
    points: int


class Overlap(SQLModel, table=True):
    """How many items two papers shared when the first of them was assembled or last changed.

    Put down while the items of both lay open to the service; what is sealed is never opened to count.
    """

    __tablename__ = "papers_overlap"
    __table_args__ = (
        sa.CheckConstraint("other_id <> paper_id", name="two_papers"),
        sa.CheckConstraint("first >= 0 AND first <= anywhere", name="counts_in_order"),
    )

    paper_id: int = Field(primary_key=True, foreign_key="papers_paper.id")
    other_id: int = Field(primary_key=True, foreign_key="papers_paper.id", index=True)
    anywhere: int
    first: int


class Opening(SQLModel, table=True):
    """One person's hand in opening a form; ``waiting`` are the first hand's halves until the second one comes."""

    __tablename__ = "papers_opening"

    form_id: int = Field(primary_key=True, foreign_key="papers_form.id")
    person_id: int = Field(primary_key=True, foreign_key="access_person.id")
    key_id: int | None = Field(default=None, foreign_key="access_custody_key.id")
    waiting: bytes | None = None
    at: datetime = Field(sa_type=Instant)


class BreakGlass(SQLModel, table=True):
    """An opening outside the usual way: who began it and why, and who finished it in time, if anybody did."""

    __tablename__ = "papers_break_glass"
    __table_args__ = (
        both_or_neither("opened_at", "opened_by"),
        sa.CheckConstraint("opened_by IS NULL OR opened_by <> begun_by", name="two_people"),
    )

    id: int | None = Field(default=None, primary_key=True)
    form_id: int = Field(foreign_key="papers_form.id", index=True)
    reason: str = Field(max_length=300)
    begun_at: datetime = Field(sa_type=Instant)
    begun_by: int = Field(foreign_key="access_person.id")
    key_id: int = Field(foreign_key="access_custody_key.id")
    waiting: bytes | None = None
    opened_at: datetime | None = Field(default=None, sa_type=Instant)
    opened_by: int | None = Field(default=None, foreign_key="access_person.id")


class Share(SQLModel, table=True):
    """What one custodian holds of a sealed form: a half of its secrets for every partner, sealed twice over."""

    __tablename__ = "papers_share"

    form_id: int = Field(primary_key=True, foreign_key="papers_form.id")
    key_id: int = Field(primary_key=True, foreign_key="access_custody_key.id")
    sealed: bytes


class OpenedKey(SQLModel, table=True):
    """The key of an opened form's questions, for delivery: under the operator's sealing secret."""

    __tablename__ = "papers_opened_key"

    form_id: int = Field(primary_key=True, foreign_key="papers_form.id")
    sealed: bytes


class Exposure(SQLModel, table=True):
    """How often an item was put into a sealed paper, and for which day last, by a keyed digest of its code."""

    __tablename__ = "papers_exposure"

    item_index: str = Field(primary_key=True, max_length=32)
    times: int
    last_on: date | None = None
