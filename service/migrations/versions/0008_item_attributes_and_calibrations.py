"""item attributes and calibrations."""

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None

VERSIONS = "bank_item_version"
LEVEL_KNOWN = "ck_bank_item_version_level_known"
SUBJECT_KNOWN = "fk_bank_item_version_subject_slug_bank_subject"
BY_SUBJECT = "ix_bank_item_version_subject_slug"


def upgrade() -> None:
    op.create_table(
        "bank_subject",
        sa.Column("slug", sa.String(length=40), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("title", sa.String(length=60), nullable=False),
        sa.Column("title_en", sa.String(length=80), nullable=False),
        sa.PrimaryKeyConstraint("slug", name=op.f("pk_bank_subject")),
    )
    with op.batch_alter_table(VERSIONS) as batch_op:
        batch_op.add_column(sa.Column("level", sa.String(length=10), server_default="recall", nullable=False))
        batch_op.add_column(sa.Column("subject_slug", sa.String(length=40), nullable=True))
        batch_op.add_column(sa.Column("enemies", sa.JSON(), server_default="[]", nullable=False))
        batch_op.add_column(sa.Column("tags", sa.JSON(), server_default="[]", nullable=False))
        batch_op.create_foreign_key(op.f(SUBJECT_KNOWN), "bank_subject", ["subject_slug"], ["slug"])
        batch_op.create_index(op.f(BY_SUBJECT), ["subject_slug"], unique=False)
        batch_op.create_check_constraint(op.f(LEVEL_KNOWN), sa.text("level IN ('recall', 'understand', 'apply')"))
    op.create_table(
        "bank_calibration",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("item_version_id", sa.Integer(), nullable=False),
        sa.Column("discrimination_milli", sa.Integer(), nullable=False),
        sa.Column("discrimination_error_milli", sa.Integer(), nullable=False),
        sa.Column("difficulty_milli", sa.Integer(), nullable=False),
        sa.Column("difficulty_error_milli", sa.Integer(), nullable=False),
        sa.Column("answers", sa.Integer(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.String(length=40), nullable=False),
        sa.CheckConstraint("answers >= 1", name=op.f("ck_bank_calibration_answers_counted")),
        *(
            sa.CheckConstraint(f"{name} BETWEEN {least} AND 6000", name=op.f(f"ck_bank_calibration_{name}_range"))
            for name, least in (
                ("discrimination_milli", 1),
                ("discrimination_error_milli", 1),
                ("difficulty_milli", -6000),
                ("difficulty_error_milli", 1),
            )
        ),
        sa.ForeignKeyConstraint(["item_id"], ["bank_item.id"], name=op.f("fk_bank_calibration_item_id_bank_item")),
        sa.ForeignKeyConstraint(
            ["item_version_id"],
            ["bank_item_version.id"],
            name=op.f("fk_bank_calibration_item_version_id_bank_item_version"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_calibration")),
    )
    op.create_index("ix_bank_calibration_newest", "bank_calibration", ["item_id", "id"], unique=False)


def downgrade() -> None:
    op.drop_index("ix_bank_calibration_newest", table_name="bank_calibration")
    op.drop_table("bank_calibration")
    with op.batch_alter_table(VERSIONS) as batch_op:
        batch_op.drop_constraint(op.f(LEVEL_KNOWN), type_="check")
        batch_op.drop_index(op.f(BY_SUBJECT))
        batch_op.drop_constraint(op.f(SUBJECT_KNOWN), type_="foreignkey")
        for name in ("tags", "enemies", "subject_slug", "level"):
            batch_op.drop_column(name)
    op.drop_table("bank_subject")
