"""When the service was last alive, in one row that it renews itself."""

import sqlalchemy as sa
from alembic import op

revision = "0190"
down_revision = "0181"
branch_labels = None
depends_on = None

SIGN = "sittings_sign_of_life"


def upgrade() -> None:
    op.create_table(
        SIGN,
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("alive_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f(f"ck_{SIGN}_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SIGN}")),
    )


def downgrade() -> None:
    op.drop_table(SIGN)
