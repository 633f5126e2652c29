"""Wrong guesses at seats, by seat and place, where all processes see them."""

import sqlalchemy as sa
from alembic import op

revision = "0179"
down_revision = "0178"
branch_labels = None
depends_on = None

GUESSES = "sittings_seat_guess"


def upgrade() -> None:
    op.create_table(
        GUESSES,
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("place", sa.String(length=45), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("held_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("failures >= 1", name=op.f(f"ck_{GUESSES}_failures_counted")),
        sa.ForeignKeyConstraint(["seat_id"], ["sittings_seat.id"], name=op.f(f"fk_{GUESSES}_seat_id_sittings_seat")),
        sa.PrimaryKeyConstraint("seat_id", "place", name=op.f(f"pk_{GUESSES}")),
    )
    op.create_index(f"ix_{GUESSES}_last_at", GUESSES, ["last_at"])


def downgrade() -> None:
    op.drop_table(GUESSES)
