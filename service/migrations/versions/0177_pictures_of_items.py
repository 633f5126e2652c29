"""Pictures in the bank, the versions that name them, and the pictures of a sealed form under its key."""

import sqlalchemy as sa
from alembic import op

revision = "0177"
down_revision = "0176"
branch_labels = None
depends_on = None

PICTURES, VERSIONS, SEALED = "bank_picture", "bank_item_version", "papers_form_pictures"
MOST_BYTES, LONGEST_SIDE = 204800, 1600


def upgrade() -> None:
    op.create_table(
        PICTURES,
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("content", sa.LargeBinary(), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("kept_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("kept_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("media_type IN ('image/jpeg', 'image/png')", name=op.f(f"ck_{PICTURES}_media_type_known")),
        sa.CheckConstraint(
            f"length(content) BETWEEN 1 AND {MOST_BYTES}", name=op.f(f"ck_{PICTURES}_content_small")
        ),
        sa.CheckConstraint(
            f"width BETWEEN 1 AND {LONGEST_SIDE} AND height BETWEEN 1 AND {LONGEST_SIDE}",
            name=op.f(f"ck_{PICTURES}_sides_range"),
        ),
        sa.ForeignKeyConstraint(["kept_by"], ["access_person.id"], name=op.f(f"fk_{PICTURES}_kept_by_access_person")),
        sa.PrimaryKeyConstraint("digest", name=op.f(f"pk_{PICTURES}")),
    )
    op.add_column(VERSIONS, sa.Column("pictures", sa.JSON(), server_default="{}", nullable=False))
    op.create_table(
        SEALED,
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("sealed", sa.LargeBinary(), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["papers_form.id"], name=op.f(f"fk_{SEALED}_form_id_papers_form")),
        sa.PrimaryKeyConstraint("form_id", name=op.f(f"pk_{SEALED}")),
    )


def downgrade() -> None:
    """Only while there is no picture: a version without what it shows would be another question."""
    for table in (PICTURES, SEALED):
        found = op.get_bind().execute(sa.text(f"SELECT COUNT(*) FROM {table}")).scalar()
        if found:
            raise RuntimeError(f"{found} rows of {table} hold pictures, which the older schema cannot hold")
    op.drop_table(SEALED)
    # Without making the table anew: SQLite would lose its checks.
    op.drop_column(VERSIONS, "pictures")
    op.drop_table(PICTURES)
