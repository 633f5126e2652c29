"""The door: second factors, tries by place, known devices, when sessions were used, three administrators."""

import sqlalchemy as sa
from alembic import op

revision = "0060"
down_revision = "0052"
branch_labels = None
depends_on = None

DUTIES = (
    "author",
    "review",
    "assemble",
    "approve",
    "arrange",
    "proctor",
    "custody",
    "confirm",
    "publish",
    "plan",
    "supervise",
    "attend",
    "declare",
    "statistics",
    "audit",
    "administer",
)
LIVING = sa.text("retired_at IS NULL AND confirmed_at IS NOT NULL")


def upgrade() -> None:
    _second_factors()
    _tries_and_devices()
    _emergency_duties()
    # Whoever administers keeps their accounts and no longer grants duties: `peikao create-security-administrator`
    # names who does.
    _set_duties("secure")
    with op.batch_alter_table("access_session") as batch_op:
        batch_op.add_column(sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("proven_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("factor", sa.String(length=12), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("address", sa.String(length=45), nullable=False, server_default=""))
        batch_op.add_column(sa.Column("browser", sa.String(length=200), nullable=False, server_default=""))
    with op.batch_alter_table("access_account") as batch_op:
        batch_op.drop_column("failed_attempts")
        batch_op.drop_column("locked_until")


def downgrade() -> None:
    op.drop_table("access_emergency_duty")
    # The word is not known any more; what was done under it stays in the journal.
    op.execute("DELETE FROM access_duty WHERE duty = 'secure'")
    _set_duties()
    with op.batch_alter_table("access_account") as batch_op:
        batch_op.add_column(sa.Column("failed_attempts", sa.Integer(), nullable=False, server_default="0"))
        batch_op.add_column(sa.Column("locked_until", sa.DateTime(timezone=True), nullable=True))
    with op.batch_alter_table("access_account") as batch_op:
        batch_op.alter_column("failed_attempts", server_default=None)
    with op.batch_alter_table("access_session") as batch_op:
        for column in ("browser", "address", "factor", "proven_at", "seen_at"):
            batch_op.drop_column(column)
    for table in ("device", "attempt", "challenge", "recovery_code", "passkey", "totp"):
        op.drop_table(f"access_{table}")


def _account_key(table: str) -> sa.ForeignKeyConstraint:
    name = op.f(f"fk_{table}_account_id_access_account")
    return sa.ForeignKeyConstraint(["account_id"], ["access_account.id"], name=name)


def _instant(name: str, *, nullable: bool = False) -> sa.Column[object]:
    return sa.Column(name, sa.DateTime(timezone=True), nullable=nullable)


def _second_factors() -> None:
    op.create_table(
        "access_totp",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("secret_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=8), nullable=False),
        _instant("made_at"),
        _instant("confirmed_at", nullable=True),
        sa.Column("last_step", sa.Integer(), nullable=False),
        _instant("retired_at", nullable=True),
        _account_key("access_totp"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_totp")),
    )
    op.create_index(op.f("ix_access_totp_account_id"), "access_totp", ["account_id"])
    op.create_index(
        "uq_access_totp_living",
        "access_totp",
        ["account_id"],
        unique=True,
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )
    op.create_table(
        "access_passkey",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("credential_id", sa.String(length=1400), nullable=False),
        sa.Column("public_key", sa.LargeBinary(), nullable=False),
        sa.Column("sign_count", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=40), nullable=False),
        _instant("made_at"),
        _instant("used_at", nullable=True),
        _instant("retired_at", nullable=True),
        _account_key("access_passkey"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_passkey")),
        sa.UniqueConstraint("credential_id", name=op.f("uq_access_passkey_credential_id")),
    )
    op.create_index(op.f("ix_access_passkey_account_id"), "access_passkey", ["account_id"])
    op.create_table(
        "access_recovery_code",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        _instant("made_at"),
        _instant("used_at", nullable=True),
        _account_key("access_recovery_code"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_recovery_code")),
        sa.UniqueConstraint("account_id", "digest", name=op.f("uq_access_recovery_code_account_id")),
    )
    op.create_table(
        "access_challenge",
        sa.Column("challenge", sa.String(length=100), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(length=12), nullable=False),
        _instant("ends_at"),
        _account_key("access_challenge"),
        sa.PrimaryKeyConstraint("challenge", name=op.f("pk_access_challenge")),
    )
    op.create_index(op.f("ix_access_challenge_account_id"), "access_challenge", ["account_id"])


def _tries_and_devices() -> None:
    op.create_table(
        "access_attempt",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=80), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        _instant("last_at"),
        _instant("held_until", nullable=True),
        sa.CheckConstraint("failures >= 0", name=op.f("ck_access_attempt_failures_counted")),
        _account_key("access_attempt"),
        sa.PrimaryKeyConstraint("account_id", "place", name=op.f("pk_access_attempt")),
    )
    op.create_table(
        "access_device",
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("token_digest", sa.String(length=64), nullable=False),
        _instant("known_since"),
        _instant("used_at"),
        _account_key("access_device"),
        sa.PrimaryKeyConstraint("account_id", "token_digest", name=op.f("pk_access_device")),
    )
    op.create_index(op.f("ix_access_device_token_digest"), "access_device", ["token_digest"])


def _emergency_duties() -> None:
    op.create_table(
        "access_emergency_duty",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("duty", sa.String(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=200), nullable=False),
        _instant("asked_at"),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        _instant("decided_at", nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=False),
        _instant("ends_at", nullable=True),
        _instant("ended_at", nullable=True),
        sa.CheckConstraint(_known("secure"), name=op.f("ck_access_emergency_duty_duty_known")),
        sa.CheckConstraint("asked_by <> decided_by", name=op.f("ck_access_emergency_duty_two_people")),
        sa.CheckConstraint("minutes BETWEEN 5 AND 120", name=op.f("ck_access_emergency_duty_minutes_few")),
        sa.CheckConstraint(
            _paired("decided_at", "decided_by"), name=op.f("ck_access_emergency_duty_decided_at_paired")
        ),
        _account_key("access_emergency_duty"),
        sa.ForeignKeyConstraint(
            ["asked_by"], ["access_person.id"], name=op.f("fk_access_emergency_duty_asked_by_access_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["access_person.id"], name=op.f("fk_access_emergency_duty_decided_by_access_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_emergency_duty")),
    )


def _known(*more: str) -> str:
    listed = ", ".join(f"'{duty}'" for duty in (*DUTIES, *more, "sit"))
    return f"duty IN ({listed})"


def _paired(first: str, second: str) -> str:
    return f"({first} IS NULL AND {second} IS NULL) OR ({first} IS NOT NULL AND {second} IS NOT NULL)"


def _set_duties(*more: str) -> None:
    checks = {"duty_known": _known(*more), "revoked_at_paired": _paired("revoked_at", "revoked_by")}
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("access_duty", recreate="always" if sqlite else "auto") as batch_op:
        if not sqlite:
            batch_op.drop_constraint(op.f("ck_access_duty_duty_known"), type_="check")
        for name, condition in checks.items():
            # SQLite has lost all of them where it makes the table anew.
            if sqlite or name == "duty_known":
                batch_op.create_check_constraint(op.f(f"ck_access_duty_{name}"), sa.text(condition))
