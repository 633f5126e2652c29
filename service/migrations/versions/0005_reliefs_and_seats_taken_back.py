"""Who relieved a proctor when and why, and the tickets that follow on those taken back."""

import sqlalchemy as sa
from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

PAIRED = (
    "(relieved_at IS NULL AND relieved_by IS NULL AND relief_reason IS NULL) OR "
    "(relieved_at IS NOT NULL AND relieved_by IS NOT NULL AND relief_reason IS NOT NULL)"
)


def upgrade() -> None:
    with op.batch_alter_table("sittings_proctor") as batch_op:
        batch_op.add_column(sa.Column("relieved_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("relieved_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("relief_reason", sa.String(length=200), nullable=True))
        batch_op.create_foreign_key(
            batch_op.f("fk_sittings_proctor_relieved_by_access_person"), "access_person", ["relieved_by"], ["id"]
        )
        batch_op.create_check_constraint(batch_op.f("ck_sittings_proctor_relieved_at_paired"), sa.text(PAIRED))
    # No batch: SQLite would make the table anew and lose its checks.
    op.add_column("sittings_sitting", sa.Column("first_issue", sa.Integer(), server_default="1", nullable=False))


def downgrade() -> None:
    op.drop_column("sittings_sitting", "first_issue")
    with op.batch_alter_table("sittings_proctor") as batch_op:
        batch_op.drop_constraint(batch_op.f("ck_sittings_proctor_relieved_at_paired"), type_="check")
        batch_op.drop_constraint(batch_op.f("fk_sittings_proctor_relieved_by_access_person"), type_="foreignkey")
        batch_op.drop_column("relief_reason")
        batch_op.drop_column("relieved_by")
        batch_op.drop_column("relieved_at")
