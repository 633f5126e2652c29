"""When an account was closed, and why."""

import sqlalchemy as sa
from alembic import op

revision = "0181"
down_revision = "0179"
branch_labels = None
depends_on = None

ACCOUNTS = "access_account"


def upgrade() -> None:
    op.add_column(ACCOUNTS, sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True))
    op.add_column(ACCOUNTS, sa.Column("closing_reason", sa.String(length=200), nullable=True))


def downgrade() -> None:
    op.drop_column(ACCOUNTS, "closing_reason")
    op.drop_column(ACCOUNTS, "closed_at")
