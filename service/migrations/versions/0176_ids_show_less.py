"""Ids that are shown show less: the last six characters are what candidates sign in with.

Revision ID: 0175
Revises: 0161
"""

from alembic import op

revision = "0176"
down_revision = "0175"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.execute(
        "UPDATE access_person SET citizen_id_masked ="
        " substr(citizen_id_masked, 1, 3) || '**************' || substr(citizen_id_masked, 18, 1)"
        " WHERE length(citizen_id_masked) = 18"
    )


def downgrade() -> None:
    """What is hidden cannot be told from the masked id; older versions show what there is."""
