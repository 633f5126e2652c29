"""A browser that asks again for the seat it holds is known by what it drew by lot."""

import sqlalchemy as sa
from alembic import op

revision = "0194"
down_revision = "0191"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.add_column(
        "sittings_bound_machine", sa.Column("device_digest", sa.String(length=64), nullable=False, server_default="")
    )


def downgrade() -> None:
    with op.batch_alter_table("sittings_bound_machine", schema=None) as batch_op:
        batch_op.drop_column("device_digest")
