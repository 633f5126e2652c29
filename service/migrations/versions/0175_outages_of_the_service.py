"""Times when the service itself was away, how much of them is made good, and what a room stood still before its last
entry."""

import sqlalchemy as sa
from alembic import op

revision = "0175"
down_revision = "0174"
branch_labels = None
depends_on = None

RULES, OUTAGES = "sittings_room_rule", "sittings_outage"
CAP = "outage_cap_minutes BETWEEN 0 AND 240"
# SQLite makes the table anew and loses its other checks.
CHECKS = {
    "largest_room_range": "largest_room BETWEEN 1 AND 60",
    "proctors_range": "proctors BETWEEN 2 AND 6",
    "late_minutes_range": "late_minutes BETWEEN 0 AND 60",
    "compensation_cap_range": "compensation_cap_minutes BETWEEN 0 AND 120",
}


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    with op.batch_alter_table(RULES, recreate="always" if _sqlite() else "auto") as batch_op:
        batch_op.add_column(sa.Column("outage_cap_minutes", sa.Integer(), server_default="60", nullable=False))
        batch_op.create_check_constraint(op.f(f"ck_{RULES}_outage_cap_range"), sa.text(CAP))
        for name, condition in CHECKS.items() if _sqlite() else ():
            batch_op.create_check_constraint(op.f(f"ck_{RULES}_{name}"), sa.text(condition))
    op.add_column("sittings_sitting", sa.Column("entry_seconds", sa.Integer(), server_default="0", nullable=False))
    op.create_table(
        OUTAGES,
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("anew", sa.Boolean(), nullable=False),
        sa.CheckConstraint("seconds > 0 AND until_at > from_at", name=op.f(f"ck_{OUTAGES}_seconds_counted")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings_sitting.id"], name=op.f(f"fk_{OUTAGES}_sitting_id_sittings_sitting")
        ),
        sa.PrimaryKeyConstraint("sitting_id", "from_at", name=op.f(f"pk_{OUTAGES}")),
    )


def downgrade() -> None:
    op.drop_table(OUTAGES)
    op.drop_column("sittings_sitting", "entry_seconds")
    with op.batch_alter_table(RULES, recreate="always" if _sqlite() else "auto") as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{RULES}_outage_cap_range"), type_="check")
        batch_op.drop_column("outage_cap_minutes")
        for name, condition in CHECKS.items() if _sqlite() else ():
            batch_op.create_check_constraint(op.f(f"ck_{RULES}_{name}"), sa.text(condition))
