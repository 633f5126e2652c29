"""The day an item was last used for, so that it can rest."""

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # A plain ADD COLUMN, so that SQLite keeps the table as it is.
    op.add_column("papers_exposure", sa.Column("last_on", sa.Date(), nullable=True))


def downgrade() -> None:
    op.drop_column("papers_exposure", "last_on")
