"""one silence once.

Two signs of life in one group used to leave two equal rows, and the time they cost was proposed twice.
"""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "DELETE FROM sittings_gap"
        " WHERE id NOT IN (SELECT MIN(id) FROM sittings_gap GROUP BY seat_id, from_at)"
    )
    op.create_index("uq_sittings_gap_seat_id", "sittings_gap", ["seat_id", "from_at"], unique=True)
    op.drop_index("ix_sittings_gap_seat_id", "sittings_gap")


def downgrade() -> None:
    op.create_index("ix_sittings_gap_seat_id", "sittings_gap", ["seat_id"])
    op.drop_index("uq_sittings_gap_seat_id", "sittings_gap")
