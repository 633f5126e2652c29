"""Wrong guesses at a candidate's own result, counted per ticket number."""

import sqlalchemy as sa
from alembic import op

revision = "0050"
down_revision = "0031"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "results_guesses",
        sa.Column("ticket_number", sa.String(length=12), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("failures >= 1", name=op.f("ck_results_guesses_failures_counted")),
        sa.PrimaryKeyConstraint("ticket_number", name=op.f("pk_results_guesses")),
    )
    op.create_index(op.f("ix_results_guesses_since"), "results_guesses", ["since"])


def downgrade() -> None:
    op.drop_table("results_guesses")
