"""Papers sealed to their custodians: custody keys, shares, the keys of opened forms, and the duty of custody."""

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

BEFORE = (
    "'author', 'review', 'assemble', 'approve', 'arrange', 'proctor', 'confirm', 'publish', 'plan', 'supervise',"
    " 'attend', 'declare', 'statistics', 'audit', 'administer', 'sit'"
)
NOW = BEFORE.replace("'proctor'", "'proctor', 'custody'")
PAIRED = "(revoked_at IS NULL AND revoked_by IS NULL) OR (revoked_at IS NOT NULL AND revoked_by IS NOT NULL)"
LIVING = sa.text("retired_at IS NULL")


def _refuse_sealed_forms() -> None:
    """A form sealed the other way cannot be sealed anew: that would take its plain text."""
    if op.get_bind().execute(sa.text("SELECT 1 FROM papers_form WHERE sealed IS NOT NULL")).first() is not None:
        raise RuntimeError("There are sealed papers. Finish or reject them before this migration: it changes sealing.")


def _set_duties(known: str) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("access_duty", recreate="always" if sqlite else "auto") as batch:
        if not sqlite:
            batch.drop_constraint(op.f("ck_access_duty_duty_known"), type_="check")
        batch.create_check_constraint(op.f("ck_access_duty_duty_known"), sa.text(f"duty IN ({known})"))
        # SQLite loses the checks of a table that it makes anew.
        if sqlite:
            batch.create_check_constraint(op.f("ck_access_duty_revoked_at_paired"), sa.text(PAIRED))


def _create_keys() -> None:
    op.create_table(
        "access_custody_key",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("locked", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["account_id"], ["access_account.id"], name=op.f("fk_access_custody_key_account_id_access_account")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_custody_key")),
    )
    op.create_index(
        "uq_access_custody_key_living",
        "access_custody_key",
        ["account_id"],
        unique=True,
        sqlite_where=LIVING,
        postgresql_where=LIVING,
    )


def _create_shares() -> None:
    op.create_table(
        "papers_share",
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["papers_form.id"], name=op.f("fk_papers_share_form_id_papers_form")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["access_custody_key.id"], name=op.f("fk_papers_share_key_id_access_custody_key")
        ),
        sa.PrimaryKeyConstraint("form_id", "key_id", name=op.f("pk_papers_share")),
    )
    for table in ("papers_opened_key", "papers_opened_answer_key"):
        op.create_table(
            table,
            sa.Column("form_id", sa.Integer(), nullable=False),
            sa.Column("sealed", sa.LargeBinary(), nullable=False),
            sa.ForeignKeyConstraint(["form_id"], ["papers_form.id"], name=op.f(f"fk_{table}_form_id_papers_form")),
            sa.PrimaryKeyConstraint("form_id", name=op.f(f"pk_{table}")),
        )


def upgrade() -> None:
    _refuse_sealed_forms()
    _set_duties(NOW)
    _create_keys()
    _create_shares()
    # No batch: SQLite would make the table anew and lose its checks.
    op.add_column("papers_form", sa.Column("commitment", sa.String(length=64), server_default="", nullable=False))
    op.drop_column("papers_form", "salt")
    with op.batch_alter_table("papers_opening") as batch:
        batch.add_column(sa.Column("key_id", sa.Integer(), nullable=True))
        batch.add_column(sa.Column("waiting", sa.LargeBinary(), nullable=True))
        batch.create_foreign_key(
            op.f("fk_papers_opening_key_id_access_custody_key"), "access_custody_key", ["key_id"], ["id"]
        )


def downgrade() -> None:
    _refuse_sealed_forms()
    with op.batch_alter_table("papers_opening") as batch:
        batch.drop_constraint(op.f("fk_papers_opening_key_id_access_custody_key"), type_="foreignkey")
        batch.drop_column("waiting")
        batch.drop_column("key_id")
    op.add_column("papers_form", sa.Column("salt", sa.LargeBinary(), nullable=True))
    op.drop_column("papers_form", "commitment")
    for table in ("papers_opened_answer_key", "papers_opened_key", "papers_share", "access_custody_key"):
        op.drop_table(table)
    _set_duties(BEFORE)
