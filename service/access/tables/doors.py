"""What the door knows: second factors, challenges, failed tries and the devices that people come from."""

from datetime import datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.access.rules.administrators import LONGEST_MINUTES, LONGEST_REMARK, SHORTEST_MINUTES, SHORTEST_REMARK
from service.access.rules.duties import Duty
from service.kernel.database import Instant, both_or_neither, one_of

_LIVING = "retired_at IS NULL AND confirmed_at IS NOT NULL"


class Totp(SQLModel, table=True):
    """A secret shared with somebody's authenticator application; it counts once its first code was confirmed."""

    __tablename__ = "access_totp"
    __table_args__ = (
        sa.Index(
            "uq_access_totp_living",
            "account_id",
            unique=True,
            sqlite_where=sa.text(_LIVING),
            postgresql_where=sa.text(_LIVING),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="access_account.id", index=True)
    secret_sealed: bytes
    key_id: str = Field(max_length=8)
    made_at: datetime = Field(sa_type=Instant)
    confirmed_at: datetime | None = Field(default=None, sa_type=Instant)
    last_step: int = 0
    retired_at: datetime | None = Field(default=None, sa_type=Instant)


class Passkey(SQLModel, table=True):
    """A public key whose private half never leaves somebody's device (WebAuthn)."""

    __tablename__ = "access_passkey"

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="access_account.id", index=True)
    credential_id: str = Field(unique=True, max_length=1400)
    public_key: bytes
    sign_count: int
    name: str = Field(max_length=40)
    made_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)
    retired_at: datetime | None = Field(default=None, sa_type=Instant)


class RecoveryCode(SQLModel, table=True):
    """A code for one use; only its digest is kept. It is random enough that nobody finds it by trying."""

    __tablename__ = "access_recovery_code"
    __table_args__ = (sa.UniqueConstraint("account_id", "digest"),)

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="access_account.id")
    digest: str = Field(max_length=64)
    made_at: datetime = Field(sa_type=Instant)
    used_at: datetime | None = Field(default=None, sa_type=Instant)


class Challenge(SQLModel, table=True):
    """What a passkey has to sign, once, within a few minutes."""

    __tablename__ = "access_challenge"

    challenge: str = Field(primary_key=True, max_length=100)
    account_id: int = Field(foreign_key="access_account.id", index=True)
    purpose: str = Field(max_length=12)
    ends_at: datetime = Field(sa_type=Instant)


class Attempt(SQLModel, table=True):
    """Failures on one account from one place, since the last success from there."""

    __tablename__ = "access_attempt"
    __table_args__ = (sa.CheckConstraint("failures >= 0", name="failures_counted"),)

    account_id: int = Field(foreign_key="access_account.id", primary_key=True)
    place: str = Field(primary_key=True, max_length=80)
    failures: int
    last_at: datetime = Field(sa_type=Instant)
    held_until: datetime | None = Field(default=None, sa_type=Instant)


class Device(SQLModel, table=True):
    """A browser that an account has signed in from; its cookie holds the token, the database the digest."""

    __tablename__ = "access_device"

    account_id: int = Field(foreign_key="access_account.id", primary_key=True)
    token_digest: str = Field(primary_key=True, max_length=64, index=True)
    known_since: datetime = Field(sa_type=Instant)
    used_at: datetime = Field(sa_type=Instant)


class EmergencyDuty(SQLModel, table=True):
    """A duty for some minutes: asked for by one administrator, decided by another, taken back by the clock."""

    __tablename__ = "access_emergency_duty"
    __table_args__ = (
        one_of("duty", Duty),
        both_or_neither("decided_at", "decided_by"),
        sa.CheckConstraint("asked_by <> decided_by", name="two_people"),
        sa.CheckConstraint(f"minutes BETWEEN {SHORTEST_MINUTES} AND {LONGEST_MINUTES}", name="minutes_few"),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="access_account.id")
    duty: str
    minutes: int
    reason: str = Field(max_length=200)
    asked_at: datetime = Field(sa_type=Instant)
    asked_by: int = Field(foreign_key="access_person.id")
    decided_at: datetime | None = Field(default=None, sa_type=Instant)
    decided_by: int | None = Field(default=None, foreign_key="access_person.id")
    confirmed: bool = False
    ends_at: datetime | None = Field(default=None, sa_type=Instant)
    ended_at: datetime | None = Field(default=None, sa_type=Instant)


class EmergencySeen(SQLModel, table=True):
    """Who took note of an emergency duty once it was over, and what they say of it; written once, and never changed.

    Whose hands were in it stands here once more, so that the database itself lets none of them take note.
    """

    __tablename__ = "access_emergency_seen"
    __table_args__ = (
        sa.CheckConstraint("seen_by <> held_by AND seen_by <> asked_by AND seen_by <> decided_by", name="another"),
        sa.CheckConstraint(f"length(remark) >= {SHORTEST_REMARK}", name="remark_made"),
    )

    emergency_id: int = Field(foreign_key="access_emergency_duty.id", primary_key=True)
    held_by: int = Field(foreign_key="access_person.id")
    asked_by: int = Field(foreign_key="access_person.id")
    decided_by: int = Field(foreign_key="access_person.id")
    seen_at: datetime = Field(sa_type=Instant)
    seen_by: int = Field(foreign_key="access_person.id")
    remark: str = Field(max_length=LONGEST_REMARK)
