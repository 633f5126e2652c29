"""How many items two papers share, counted while both lie open."""

import sqlalchemy as sa
from alembic import op

revision = "0142"
down_revision = "0141"
branch_labels = None
depends_on = None

TABLE = "papers_overlap"


def upgrade() -> None:
    op.create_table(
        TABLE,
        *(sa.Column(name, sa.Integer(), nullable=False) for name in ("paper_id", "other_id", "anywhere", "first")),
        sa.CheckConstraint("other_id <> paper_id", name=op.f(f"ck_{TABLE}_two_papers")),
        sa.CheckConstraint("first >= 0 AND first <= anywhere", name=op.f(f"ck_{TABLE}_counts_in_order")),
        *(
            sa.ForeignKeyConstraint([name], ["papers_paper.id"], name=op.f(f"fk_{TABLE}_{name}_papers_paper"))
            for name in ("paper_id", "other_id")
        ),
        sa.PrimaryKeyConstraint("paper_id", "other_id", name=op.f(f"pk_{TABLE}")),
    )
    op.create_index(op.f(f"ix_{TABLE}_other_id"), TABLE, ["other_id"])


def downgrade() -> None:
    op.drop_index(op.f(f"ix_{TABLE}_other_id"), table_name=TABLE)
    op.drop_table(TABLE)
