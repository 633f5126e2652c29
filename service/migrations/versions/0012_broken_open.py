"""Break-glass openings: who began one and why, and who finished it."""

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

TABLE = "papers_break_glass"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("begun_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("begun_by", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.Integer(), nullable=False),
        sa.Column("waiting", sa.LargeBinary(), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("opened_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(opened_at IS NULL AND opened_by IS NULL) OR (opened_at IS NOT NULL AND opened_by IS NOT NULL)",
            name=op.f(f"ck_{TABLE}_opened_at_paired"),
        ),
        sa.CheckConstraint("opened_by IS NULL OR opened_by <> begun_by", name=op.f(f"ck_{TABLE}_two_people")),
        sa.ForeignKeyConstraint(["form_id"], ["papers_form.id"], name=op.f(f"fk_{TABLE}_form_id_papers_form")),
        sa.ForeignKeyConstraint(["begun_by"], ["access_person.id"], name=op.f(f"fk_{TABLE}_begun_by_access_person")),
        sa.ForeignKeyConstraint(["opened_by"], ["access_person.id"], name=op.f(f"fk_{TABLE}_opened_by_access_person")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["access_custody_key.id"], name=op.f(f"fk_{TABLE}_key_id_access_custody_key")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_form_id"), TABLE, ["form_id"])


def downgrade() -> None:
    op.drop_index(op.f(f"ix_{TABLE}_form_id"), TABLE)
    op.drop_table(TABLE)
