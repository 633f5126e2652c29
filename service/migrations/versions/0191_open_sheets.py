"""An index of the sheets that are open, for the clock that closes them."""

import sqlalchemy as sa
from alembic import op

revision = "0191"
down_revision = "0190"
branch_labels = None
depends_on = None

OPEN = "handed_in_at IS NULL AND admitted_at IS NOT NULL"


def upgrade() -> None:
    op.create_index(
        "ix_sittings_seat_open",
        "sittings_seat",
        ["sitting_id"],
        sqlite_where=sa.text(OPEN),
        postgresql_where=sa.text(OPEN),
    )


def downgrade() -> None:
    op.drop_index("ix_sittings_seat_open", table_name="sittings_seat")
