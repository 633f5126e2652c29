"""Items are filed under tags of their own, many at once, and the last such act can be undone."""

import sqlalchemy as sa
from alembic import op

revision = "0131"
down_revision = "0130"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "bank_item_tag",
        sa.Column("item_id", sa.Integer(), nullable=False),
        sa.Column("tag", sa.String(length=20), nullable=False),
        sa.ForeignKeyConstraint(["item_id"], ["bank_item.id"], name=op.f("fk_bank_item_tag_item_id_bank_item")),
        sa.PrimaryKeyConstraint("item_id", "tag", name=op.f("pk_bank_item_tag")),
    )
    op.create_index(op.f("ix_bank_item_tag_tag"), "bank_item_tag", ["tag"])
    op.create_table(
        "bank_tagging",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("items", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("added", sa.JSON(), nullable=False),
        sa.Column("removed", sa.JSON(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("undone_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["access_person.id"], name=op.f("fk_bank_tagging_person_id_access_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_tagging")),
    )
    op.create_index(op.f("ix_bank_tagging_person_id"), "bank_tagging", ["person_id"])


def downgrade() -> None:
    op.drop_table("bank_tagging")
    op.drop_table("bank_item_tag")
