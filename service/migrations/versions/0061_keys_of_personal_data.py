"""Every row of personal data says which key it lies under, so that keys can change while the service runs."""

import sqlalchemy as sa
from alembic import op

revision = "0061"
down_revision = "0060"
branch_labels = None
depends_on = None

TABLES = ("access_person", "programme_trainee", "sittings_seat")


def upgrade() -> None:
    # Rows from before name no key: the first rotation moves them all.
    for table in TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.add_column(sa.Column("key_id", sa.String(length=8), nullable=False, server_default=""))


def downgrade() -> None:
    for table in TABLES:
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column("key_id")
