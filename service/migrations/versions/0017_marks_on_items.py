"""An approver sends a paper back with marks on single items; the assembler swaps them or says why not."""

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None

STATES = "state IN ('assembled', {more}'approved', 'sealed', 'opened', 'rejected')"


def _paired(first: str, second: str) -> str:
    return f"({first} IS NULL AND {second} IS NULL) OR ({first} IS NOT NULL AND {second} IS NOT NULL)"


def upgrade() -> None:
    op.create_table(
        "papers_mark",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("paper_id", sa.Integer(), nullable=False),
        sa.Column("letter", sa.String(length=1), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_by", sa.Integer(), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("settled_by", sa.Integer(), nullable=True),
        sa.Column("swapped", sa.Boolean(), nullable=False),
        sa.Column("answer", sa.String(), nullable=False),
        sa.CheckConstraint("letter IN ('A', 'B')", name=op.f("ck_papers_mark_letter_known")),
        sa.CheckConstraint(_paired("settled_at", "settled_by"), name=op.f("ck_papers_mark_settled_at_paired")),
        sa.CheckConstraint("position >= 1", name=op.f("ck_papers_mark_position_counted")),
        sa.ForeignKeyConstraint(["paper_id"], ["papers_paper.id"], name=op.f("fk_papers_mark_paper_id_papers_paper")),
        sa.ForeignKeyConstraint(
            ["marked_by"], ["access_person.id"], name=op.f("fk_papers_mark_marked_by_access_person")
        ),
        sa.ForeignKeyConstraint(
            ["settled_by"], ["access_person.id"], name=op.f("fk_papers_mark_settled_by_access_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers_mark")),
    )
    op.create_index(op.f("ix_papers_mark_paper_id"), "papers_mark", ["paper_id"])
    _set_states("'returned', ")


def downgrade() -> None:
    # What waits to be mended was not approved.
    op.execute("UPDATE papers_paper SET state = 'rejected' WHERE state = 'returned'")
    _set_states("")
    op.drop_table("papers_mark")


def _set_states(more: str) -> None:
    checks = {
        "state_known": STATES.format(more=more),
        "approved_at_paired": _paired("approved_at", "approved_by"),
        "sealed_at_paired": _paired("sealed_at", "sealed_by"),
    }
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table("papers_paper", recreate="always" if sqlite else "auto") as batch_op:
        if not sqlite:
            batch_op.drop_constraint(op.f("ck_papers_paper_state_known"), type_="check")
        for name, condition in checks.items():
            # SQLite has lost all of them where it makes the table anew.
            if sqlite or name == "state_known":
                batch_op.create_check_constraint(op.f(f"ck_papers_paper_{name}"), sa.text(condition))
