"""The form that a late answer was given to, as its browser signed it."""

import sqlalchemy as sa
from alembic import op

revision = "0174"
down_revision = "0173"
branch_labels = None
depends_on = None


def upgrade() -> None:
    # What came before named no form in what was signed.
    op.add_column("sittings_late_answer", sa.Column("paper", sa.Integer(), server_default="0", nullable=False))


def downgrade() -> None:
    """Only while no late answer names its form: without it the signature could never be verified again."""
    named = op.get_bind().execute(sa.text("SELECT COUNT(*) FROM sittings_late_answer WHERE paper <> 0")).scalar()
    if named:
        raise RuntimeError(f"{named} late answers were signed with their form, which the older schema cannot hold")
    op.drop_column("sittings_late_answer", "paper")
