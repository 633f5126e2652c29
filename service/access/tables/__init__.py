"""Organisations, natural persons, accounts, duties, deeds, sessions and API clients."""

from datetime import date, datetime

import sqlalchemy as sa
from sqlmodel import Field, SQLModel

from service.access.rules.duties import Duty
from service.access.rules.people import OrganisationKind
from service.access.rules.ties import TieKind
from service.access.tables.doors import Attempt as Attempt
from service.access.tables.doors import Challenge as Challenge
from service.access.tables.doors import Device as Device
from service.access.tables.doors import Passkey as Passkey
from service.access.tables.doors import RecoveryCode as RecoveryCode
from service.access.tables.doors import Totp as Totp
from service.kernel.database import Instant, both_or_neither, defaulting, one_of


class Organisation(SQLModel, table=True):
    __tablename__ = "access_organisation"
    __table_args__ = (one_of("kind", OrganisationKind),)

    id: int | None = Field(default=None, primary_key=True)
    kind: str
    name: str = Field(unique=True, max_length=120)
    county: str = Field(default="", max_length=40)


class Person(SQLModel, table=True):
    """A natural person, one row however many accounts; found by the keyed index of the citizen id."""

    __tablename__ = "access_person"

    id: int | None = Field(default=None, primary_key=True)
    name: str = Field(max_length=60)
    citizen_id_sealed: bytes
    citizen_id_index: str = Field(unique=True, max_length=32)
    citizen_id_masked: str = Field(max_length=18)
    # Which key these lie under; rows from before keys had numbers have none.
    key_id: str = Field(default="", max_length=8, sa_column_kwargs=defaulting(""))


class Account(SQLModel, table=True):
    __tablename__ = "access_account"
    # A password that somebody else made leaves doubt about who chooses the next one.
    __table_args__ = (sa.CheckConstraint("one_time_until IS NULL OR doubted", name="one_time_is_doubted"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="access_person.id", index=True)
    organisation_id: int = Field(foreign_key="access_organisation.id", index=True)
    username: str = Field(unique=True, max_length=40)
    password_hash: str
    active: bool = True
    # Until when a password that an administrator was told may be used, to choose one's own.
    one_time_until: datetime | None = Field(default=None, sa_type=Instant)
    # Since then nobody has vouched that the person is who signs in: the duties sleep.
    doubted: bool = Field(default=False, sa_column_kwargs=defaulting(sa.false()))
    activation_digest: str = Field(default="", max_length=64, sa_column_kwargs=defaulting(""))
    activation_until: datetime | None = Field(default=None, sa_type=Instant)
    # While it is closed; what it could do ended then.
    closed_at: datetime | None = Field(default=None, sa_type=Instant)
    closing_reason: str | None = Field(default=None, max_length=200)


class DutyHeld(SQLModel, table=True):
    """A duty of an account, from grant to revocation; rows are never deleted."""

    __tablename__ = "access_duty"
    __table_args__ = (
        one_of("duty", Duty),
        both_or_neither("revoked_at", "revoked_by"),
        sa.Index(
            "uq_access_duty_held",
            "account_id",
            "duty",
            unique=True,
            sqlite_where=sa.text("revoked_at IS NULL"),
            postgresql_where=sa.text("revoked_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="access_account.id")
    duty: str
    granted_at: datetime = Field(sa_type=Instant)
    granted_by: str
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    revoked_by: str | None = None


class Deed(SQLModel, table=True):
    """What a natural person once did to a subject under a duty: what separation is judged by."""

    __tablename__ = "access_deed"
    __table_args__ = (sa.UniqueConstraint("subject", "person_id", "duty"),)

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="access_person.id", index=True)
    duty: str
    subject: str = Field(max_length=40)
    done_at: datetime = Field(sa_type=Instant)


class Tie(SQLModel, table=True):
    """A declared tie of a natural person to an institution (回避申报); withdrawn by two others, never deleted."""

    __tablename__ = "access_tie"
    __table_args__ = (
        one_of("kind", TieKind),
        both_or_neither("withdrawal_proposed_at", "withdrawal_proposed_by"),
        both_or_neither("withdrawn_at", "withdrawn_by"),
        sa.CheckConstraint("until IS NULL OR until >= since", name="term_in_order"),
        sa.CheckConstraint(
            "withdrawn_by IS NULL OR (withdrawal_proposed_by IS NOT NULL AND withdrawn_by <> withdrawal_proposed_by)",
            name="two_people",
        ),
        sa.CheckConstraint(
            "(withdrawal_proposed_by IS NULL OR withdrawal_proposed_by <> person_id)"
            " AND (withdrawn_by IS NULL OR withdrawn_by <> person_id)",
            name="not_by_oneself",
        ),
        sa.Index(
            "uq_access_tie_living",
            "person_id",
            "organisation_id",
            "kind",
            unique=True,
            sqlite_where=sa.text("withdrawn_at IS NULL"),
            postgresql_where=sa.text("withdrawn_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    person_id: int = Field(foreign_key="access_person.id")
    organisation_id: int = Field(foreign_key="access_organisation.id")
    kind: str
    since: date
    until: date | None = None
    note: str = Field(default="", max_length=200)
    declared_at: datetime = Field(sa_type=Instant)
    declared_by: str
    withdrawal_proposed_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawal_proposed_by: int | None = Field(default=None, foreign_key="access_person.id")
    withdrawal_reason: str = Field(default="", max_length=200)
    withdrawn_at: datetime | None = Field(default=None, sa_type=Instant)
    withdrawn_by: int | None = Field(default=None, foreign_key="access_person.id")


class Taught(SQLModel, table=True):
    """Which institution teaches a class, as separation has to know it: programme notes it when a class is opened."""

    __tablename__ = "access_taught"

    subject: str = Field(primary_key=True, max_length=40)
    organisation_id: int = Field(foreign_key="access_organisation.id", index=True)


class CustodyKey(SQLModel, table=True):
    """An account's key pair: the private key lies under the password alone. Rows stay, one of them living."""

    __tablename__ = "access_custody_key"
    __table_args__ = (
        sa.Index(
            "uq_access_custody_key_living",
            "account_id",
            unique=True,
            sqlite_where=sa.text("retired_at IS NULL"),
            postgresql_where=sa.text("retired_at IS NULL"),
        ),
    )

    id: int | None = Field(default=None, primary_key=True)
    account_id: int = Field(foreign_key="access_account.id")
    public: bytes
    locked: bytes
    salt: bytes
    made_at: datetime = Field(sa_type=Instant)
    retired_at: datetime | None = Field(default=None, sa_type=Instant)


class SignedIn(SQLModel, table=True):
    """A session: the cookie holds the token, the database only its digest."""

    __tablename__ = "access_session"

    token_digest: str = Field(primary_key=True, max_length=64)
    account_id: int | None = Field(default=None, foreign_key="access_account.id", index=True)
    person_id: int = Field(foreign_key="access_person.id")
    confined: str = Field(default="", max_length=40, index=True)
    began_at: datetime = Field(sa_type=Instant)
    ends_at: datetime = Field(sa_type=Instant)
    revoked_at: datetime | None = Field(default=None, sa_type=Instant)
    # When something was last asked under it, to within a minute, and when its holder last proved who they are.
    seen_at: datetime | None = Field(default=None, sa_type=Instant)
    proven_at: datetime | None = Field(default=None, sa_type=Instant)
    factor: str = Field(default="", max_length=12, sa_column_kwargs=defaulting(""))
    address: str = Field(default="", max_length=45, sa_column_kwargs=defaulting(""))
    browser: str = Field(default="", max_length=200, sa_column_kwargs=defaulting(""))


class Client(SQLModel, table=True):
    """A program of another body that asks for access tokens (OAuth 2.0 client credentials).

    One that was removed keeps its row, so that what the record says of its name is never taken for another's.
    """

    __tablename__ = "access_client"
    __table_args__ = (both_or_neither("removed_at", "removal_reason"),)

    client_id: str = Field(primary_key=True, max_length=60)
    organisation_id: int = Field(foreign_key="access_organisation.id")
    secret_digest: str = Field(max_length=64)
    # The SHA-256 of the certificate that it has to show, where it is bound to one.
    certificate_sha256: str = Field(default="", max_length=64, sa_column_kwargs=defaulting(""))
    registered_at: datetime = Field(sa_type=Instant)
    removed_at: datetime | None = Field(default=None, sa_type=Instant)
    removal_reason: str | None = Field(default=None, max_length=200)
