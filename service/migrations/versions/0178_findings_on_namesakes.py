"""What auditors found of persons of one name under several citizen ids."""

import sqlalchemy as sa
from alembic import op

revision = "0178"
down_revision = "0177"
branch_labels = None
depends_on = None

FINDINGS = "oversight_namesake_finding"
PEOPLE = ("person_id", "other_id", "found_by")


def upgrade() -> None:
    op.create_table(
        FINDINGS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("other_id", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("found_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("finding IN ('different', 'same')", name=op.f(f"ck_{FINDINGS}_finding_known")),
        sa.CheckConstraint("person_id < other_id", name=op.f(f"ck_{FINDINGS}_pair_in_order")),
        sa.CheckConstraint(
            "found_by <> person_id AND found_by <> other_id", name=op.f(f"ck_{FINDINGS}_not_of_oneself")
        ),
        *(
            sa.ForeignKeyConstraint([one], ["access_person.id"], name=op.f(f"fk_{FINDINGS}_{one}_access_person"))
            for one in PEOPLE
        ),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{FINDINGS}")),
    )
    op.create_index(f"ix_{FINDINGS}_pair", FINDINGS, ["person_id", "other_id"])


def downgrade() -> None:
    op.drop_table(FINDINGS)
