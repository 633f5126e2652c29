"""Programs of other bodies that were removed: when and why; their row stays, so that their name is nobody else's."""

import sqlalchemy as sa
from alembic import op

revision = "0173"
down_revision = "0171"
branch_labels = None
depends_on = None

TABLE = "access_client"
PAIRED = (
    "(removed_at IS NULL AND removal_reason IS NULL) OR (removed_at IS NOT NULL AND removal_reason IS NOT NULL)"
)


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.add_column(sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("removal_reason", sa.String(length=200), nullable=True))
        batch_op.create_check_constraint(op.f(f"ck_{TABLE}_removed_at_paired"), sa.text(PAIRED))


def downgrade() -> None:
    """What was removed stays so: the older schema knows no removal, so no secret is the right one any more."""
    op.execute(f"UPDATE {TABLE} SET secret_digest = '' WHERE removed_at IS NOT NULL")
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{TABLE}_removed_at_paired"), type_="check")
        batch_op.drop_column("removal_reason")
        batch_op.drop_column("removed_at")
