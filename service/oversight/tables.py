"""What two people agreed to dispose of, separation certificates as they were signed, and what became of namesakes."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, one_of
from service.oversight.rules.namesakes import Finding
from service.oversight.rules.retention import Kept


class Disposal(SQLModel, table=True):
    """A proposal to dispose of all of a kind that was over ``before``, and its decision by another person."""

    __tablename__ = "oversight_disposal"
    __table_args__ = (
        one_of("kind", Kept),
        both_or_neither("decided_at", "decided_by", "confirmed"),
        sa.CheckConstraint("decided_by <> proposed_by OR NOT confirmed", name="two_people"),
        sa.CheckConstraint("number > 0", name="number_positive"),
        sa.Index(
            "uq_oversight_disposal_open",
            "kind",
            unique=True,
            sqlite_where=sa.text("decided_at IS NULL"),
            postgresql_where=sa.text("decided_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    before: datetime = Field(sa_type=Instant)
    number: int
    digest: str = Field(max_length=64)
    proposed_at: datetime = Field(sa_type=Instant)
    proposed_by: int = Field(foreign_key="access_person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    confirmed: bool | None = None


class SeparationCertificate(SQLModel, table=True):
    """Who did what for a class; the text is kept as it was signed, and a later one stands beside it."""

    __tablename__ = "oversight_certificate"
    __table_args__ = (sa.UniqueConstraint("class_id", "number"), sa.CheckConstraint("number >= 1", name="counted"))

    id: int | None = Field(default=None, primary_key=True)
    class_id: int = Field(foreign_key="programme_class.id")
    number: int
    document: str = Field(sa_type=sa.Text)
    digest: str = Field(max_length=64)
    signature: bytes
    issued_at: datetime = Field(sa_type=Instant)


class NamesakeFinding(SQLModel, table=True):
    """What an auditor found of two persons of one name, the lower number first; of several the newest counts."""

    __tablename__ = "oversight_namesake_finding"
    __table_args__ = (
        one_of("finding", Finding),
        sa.CheckConstraint("person_id < other_id", name="pair_in_order"),
        sa.CheckConstraint("found_by <> person_id AND found_by <> other_id", name="not_of_oneself"),
        sa.Index("ix_oversight_namesake_finding_pair", "person_id", "other_id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="access_person.id")
    other_id: int = Field(foreign_key="access_person.id")
    finding: str
    reason: str = Field(max_length=500)
    found_at: datetime = Field(sa_type=Instant)
    found_by: int = Field(foreign_key="access_person.id")
