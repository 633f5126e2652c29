"""The door: scans and verdicts, the tablets that make them, and what a person must still decide."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, defaulting, one_of
from service.sittings.rules.cases import CaseOutcome
from service.sittings.rules.door import Act, CaseKind


class Tablet(SQLModel, table=True):
    """A tablet that holds a sitting's pack; shut out with one click when it is lost."""

    __tablename__ = "sittings_tablet"
    __table_args__ = (both_or_neither("revoked_at", "revoked_by"),)

    id: int | None = Field(default=None, primary_key=True)
    # Drawn by the tablet itself when it first fetched a pack.
    device: str = Field(unique=True, max_length=40)
    name: str = Field(max_length=60)
    person_id: int = Field(foreign_key="access_person.id", index=True)
    enrolled_at: datetime = Field(sa_type=Instant)
    seen_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    revoked_by: int | None = Field(default=None, foreign_key="access_person.id")


class Scan(SQLModel, table=True):
    """One act at the door, failed looks too; ``nonce`` makes a retry the same act, nothing is ever changed or removed.

    ``at`` is when it happened by the tablet's corrected clock, ``learnt_at`` when the server heard of it, ``said_at``
    what that clock said where it cannot have been. ``reason`` is a refusal's, kept also where nothing came of it.
    """

    __tablename__ = "sittings_scan"
    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "nonce"),
        one_of("act", Act),
        # The newest act of a seat is asked for at every look.
        sa.Index("ix_sittings_scan_seat", "seat_id", "id"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id")
    nonce: str = Field(max_length=40)
    seat_id: int | None = Field(default=None, foreign_key="sittings_seat.id")
    person_id: int = Field(foreign_key="access_person.id")
    act: str = Field(default=Act.LOOK, max_length=10, sa_column_kwargs=defaulting("look"))
    verdict: str = Field(max_length=40)
    reason: str = Field(default="", max_length=40, sa_column_kwargs=defaulting(""))
    note: str = Field(default="", max_length=200, sa_column_kwargs=defaulting(""))
    device: str = Field(default="", max_length=40, sa_column_kwargs=defaulting(""))
    offline: bool = Field(default=False, sa_column_kwargs=defaulting(sa.false()))
    at: datetime = Field(sa_type=Instant)
    learnt_at: datetime | None = Field(default=None, sa_type=Instant)
    said_at: datetime | None = Field(default=None, sa_type=Instant)


class Case(SQLModel, table=True):
    """What the door did and the server could not simply accept; open until a person closes it with a reason."""

    __tablename__ = "sittings_case"
    __table_args__ = (
        one_of("kind", CaseKind),
        one_of("outcome", CaseOutcome),
        both_or_neither("closed_at", "closed_by", "outcome", "reason"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int | None = Field(default=None, foreign_key="sittings_seat.id")
    scan_id: int = Field(foreign_key="sittings_scan.id", unique=True)
    kind: str = Field(max_length=40)
    opened_at: datetime = Field(sa_type=Instant)
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closed_by: int | None = Field(default=None, foreign_key="access_person.id")
    outcome: str | None = Field(default=None, max_length=20)
    reason: str | None = Field(default=None, max_length=200)
