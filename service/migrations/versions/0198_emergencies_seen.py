"""Who took note of a duty of an emergency once it was over, and what they say of it."""

import sqlalchemy as sa
from alembic import op

revision = "0198"
down_revision = "0196"
branch_labels = None
depends_on = None

TABLE = "access_emergency_seen"
PEOPLE = ("held_by", "asked_by", "decided_by", "seen_by")


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("emergency_id", sa.Integer(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in PEOPLE[:3]),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_by", sa.Integer(), nullable=False),
        sa.Column("remark", sa.String(length=200), nullable=False),
        sa.CheckConstraint(
            "seen_by <> held_by AND seen_by <> asked_by AND seen_by <> decided_by", name=op.f(f"ck_{TABLE}_another")
        ),
        sa.CheckConstraint("length(remark) >= 2", name=op.f(f"ck_{TABLE}_remark_made")),
        sa.ForeignKeyConstraint(
            ["emergency_id"],
            ["access_emergency_duty.id"],
            name=op.f(f"fk_{TABLE}_emergency_id_access_emergency_duty"),
        ),
        *(
            sa.ForeignKeyConstraint([name], ["access_person.id"], name=op.f(f"fk_{TABLE}_{name}_access_person"))
            for name in PEOPLE
        ),
        sa.PrimaryKeyConstraint("emergency_id", name=op.f(f"pk_{TABLE}")),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
