"""Papers printed for rooms without machines: which numbered copies, by whom, and while sealed by which two."""

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

TABLE = "sittings_paper_print"
PAIRED = (
    "(printed_at IS NULL AND printed_by IS NULL AND digest IS NULL)"
    " OR (printed_at IS NOT NULL AND printed_by IS NOT NULL AND digest IS NOT NULL)"
)


def _refers(column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{TABLE}_{column}_{to}"))


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("copies", sa.Integer(), nullable=False),
        sa.Column("first_number", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.Boolean(), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=True),
        sa.Column("waiting", sa.LargeBinary(), nullable=True),
        sa.Column("printed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("printed_by", sa.Integer(), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=True),
        sa.CheckConstraint(PAIRED, name=op.f(f"ck_{TABLE}_printed_at_paired")),
        sa.CheckConstraint("copies >= 1 AND first_number >= 1", name=op.f(f"ck_{TABLE}_copies_counted")),
        sa.CheckConstraint(
            "NOT sealed OR printed_by IS NULL OR printed_by <> begun_by", name=op.f(f"ck_{TABLE}_two_people")
        ),
        _refers("sitting_id", "sittings_sitting"),
        _refers("form_id", "papers_form"),
        _refers("begun_by", "access_person"),
        _refers("printed_by", "access_person"),
        _refers("key_id", "access_custody_key"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_sitting_id"), TABLE, ["sitting_id"])


def downgrade() -> None:
    op.drop_index(op.f(f"ix_{TABLE}_sitting_id"), TABLE)
    op.drop_table(TABLE)
