"""What proctors do in the room: pauses, extra minutes, messages, incidents, identity re-checks, the room record."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.kernel.database import Instant, both_or_neither, defaulting, one_of
from service.kernel.pictures import PictureType
from service.kernel.sealing import SEALED_MORE
from service.sittings.rules.room import PHOTO_BYTES, Cause, ExtraTimeKind, IncidentKind, Recheck


class Pause(SQLModel, table=True):
    """The clock of a room (no seat) or of one seat stands still from ``paused_at`` to ``resumed_at``."""

    __tablename__ = "sittings_pause"
    __table_args__ = (both_or_neither("resumed_at", "resumed_by"),)

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int | None = Field(default=None, foreign_key="sittings_seat.id")
    reason: str = Field(max_length=200)
    paused_at: datetime = Field(sa_type=Instant)
    paused_by: int = Field(foreign_key="access_person.id")
    resumed_at: datetime | None = Field(default=None, sa_type=Instant)
    resumed_by: int | None = Field(default=None, foreign_key="access_person.id")


class ExtraTime(SQLModel, table=True):
    """Minutes added for a room (no seat) or a seat, why, and by whom; ``nonce`` makes a retry the same minutes."""

    __tablename__ = "sittings_extra_time"
    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "nonce"),
        one_of("kind", ExtraTimeKind),
        # The minutes of an individual arrangement are given to a seat once, whoever gives them.
        sa.Index(
            "uq_sittings_extra_time_arrangement",
            "seat_id",
            unique=True,
            sqlite_where=sa.text("kind = 'arrangement'"),
            postgresql_where=sa.text("kind = 'arrangement'"),
        ),
        sa.CheckConstraint("seconds BETWEEN 1 AND 7200", name="seconds_range"),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int | None = Field(default=None, foreign_key="sittings_seat.id")
    nonce: str | None = Field(default=None, max_length=40)
    kind: str = Field(max_length=20)
    seconds: int
    reason: str = Field(max_length=200)
    given_at: datetime = Field(sa_type=Instant)
    given_by: int = Field(foreign_key="access_person.id")


class Outage(SQLModel, table=True):
    """A time when the service itself was away while a room sat, and what was added for it without anybody asking.

    ``anew``: the paper had not been opened, so the whole duration began when the service was back.
    """

    __tablename__ = "sittings_outage"
    __table_args__ = (sa.CheckConstraint("seconds > 0 AND until_at > from_at", name="seconds_counted"),)

    sitting_id: int = Field(primary_key=True, foreign_key="sittings_sitting.id")
    from_at: datetime = Field(primary_key=True, sa_type=Instant)
    until_at: datetime = Field(sa_type=Instant)
    seconds: int
    anew: bool


class SignOfLife(SQLModel, table=True):
    """When the service was last alive: one row, which every process that runs exams renews every few seconds."""

    __tablename__ = "sittings_sign_of_life"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)

    id: int = Field(default=1, primary_key=True, sa_column_kwargs={"autoincrement": False})
    alive_at: datetime = Field(sa_type=Instant)


class Message(SQLModel, table=True):
    """What a proctor tells a room (no seat) or a seat; machines show it until it is acknowledged."""

    __tablename__ = "sittings_message"
    __table_args__ = (sa.UniqueConstraint("sitting_id", "nonce"),)

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int | None = Field(default=None, foreign_key="sittings_seat.id")
    nonce: str | None = Field(default=None, max_length=40)
    text: str = Field(max_length=300)
    sent_at: datetime = Field(sa_type=Instant)
    sent_by: int = Field(foreign_key="access_person.id")


class Incident(SQLModel, table=True):
    """What a proctor reports of a room or a seat (考场异常).

    ``cause`` is the branch of the tree that was chosen, where the kind belongs to none.
    """

    __tablename__ = "sittings_incident"
    __table_args__ = (
        sa.UniqueConstraint("sitting_id", "nonce"),
        one_of("kind", IncidentKind),
        one_of("cause", Cause),
    )

    id: int | None = Field(default=None, primary_key=True)
    sitting_id: int = Field(foreign_key="sittings_sitting.id", index=True)
    seat_id: int | None = Field(default=None, foreign_key="sittings_seat.id")
    nonce: str | None = Field(default=None, max_length=40)
    kind: str = Field(default=IncidentKind.OTHER, max_length=40, sa_column_kwargs=defaulting("other"))
    cause: str | None = Field(default=None, max_length=20)
    text: str = Field(max_length=500)
    person_id: int = Field(foreign_key="access_person.id")
    at: datetime = Field(sa_type=Instant)


class IncidentPhoto(SQLModel, table=True):
    """A picture of an incident; the same picture sent twice is one."""

    __tablename__ = "sittings_incident_photo"
    __table_args__ = (
        sa.UniqueConstraint("incident_id", "digest"),
        one_of("media_type", PictureType),
        sa.CheckConstraint(f"length(picture_sealed) <= {PHOTO_BYTES + SEALED_MORE}", name="picture_size"),
    )

    id: int | None = Field(default=None, primary_key=True)
    incident_id: int = Field(foreign_key="sittings_incident.id", index=True)
    media_type: str = Field(max_length=20)
    # Empty once it was disposed of; the digest stays, for the room record names it.
    picture_sealed: bytes
    # Empty while it lies as it came, from before pictures were encrypted.
    key_id: str = Field(default="", max_length=8, sa_column_kwargs=defaulting(""))
    digest: str = Field(max_length=64)


class IdentityCheck(SQLModel, table=True):
    """A second look at a candidate's identity during the exam, at a minute nobody could foresee."""

    __tablename__ = "sittings_identity_check"
    __table_args__ = (one_of("outcome", Recheck),)

    sitting_id: int = Field(primary_key=True, foreign_key="sittings_sitting.id")
    seat_id: int = Field(primary_key=True, foreign_key="sittings_seat.id")
    due_at: datetime = Field(sa_type=Instant)
    checked_at: datetime = Field(sa_type=Instant)
    checked_by: int = Field(foreign_key="access_person.id")
    outcome: str = Field(max_length=20)
    note: str = Field(default="", max_length=200)


class RecordConfirmation(SQLModel, table=True):
    """One proctor's signature under the room record (考场记录): the digest they saw, and the journal's head then."""

    __tablename__ = "sittings_record_confirmation"

    sitting_id: int = Field(primary_key=True, foreign_key="sittings_sitting.id")
    person_id: int = Field(primary_key=True, foreign_key="access_person.id")
    digest: str = Field(max_length=64)
    journal_seq: int
    journal_hash: str = Field(max_length=64)
    remark: str = Field(default="", max_length=300)
    confirmed_at: datetime = Field(sa_type=Instant)


class SignatureExcuse(SQLModel, table=True):
    """Why a proctor cannot sign the room record any more; the desk notes it, and it stands for the signature."""

    __tablename__ = "sittings_signature_excuse"
    __table_args__ = (sa.CheckConstraint("noted_by <> person_id", name="two_people"),)

    sitting_id: int = Field(primary_key=True, foreign_key="sittings_sitting.id")
    person_id: int = Field(primary_key=True, foreign_key="access_person.id")
    reason: str = Field(max_length=300)
    noted_at: datetime = Field(sa_type=Instant)
    noted_by: int = Field(foreign_key="access_person.id")
