"""Separation certificates."""

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

TABLE = "oversight_certificate"


def upgrade() -> None:
    op.create_table(
        TABLE,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("document", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("signature", sa.LargeBinary(), nullable=False),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("number >= 1", name=op.f(f"ck_{TABLE}_counted")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["programme_class.id"], name=op.f(f"fk_{TABLE}_class_id_programme_class")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{TABLE}")),
        sa.UniqueConstraint("class_id", "number", name=op.f(f"uq_{TABLE}_class_id")),
    )


def downgrade() -> None:
    op.drop_table(TABLE)
