"""Authors keep drafts of items, and take back what they submitted while nobody has begun to review it."""

import re

import sqlalchemy as sa
from alembic import op

revision = "0130"
down_revision = "0120"
branch_labels = None
depends_on = None

VERSIONS, STATES = "bank_item_version", "ck_bank_item_version_state_known"
BEFORE = "'submitted', 'approved', 'rejected', 'suspended', 'retired'"
NOW = f"{BEFORE}, 'withdrawn'"


def upgrade() -> None:
    op.create_table(
        "bank_draft",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("base_version_id", sa.Integer(), nullable=True),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("seq >= 1", name=op.f("ck_bank_draft_seq_counted")),
        sa.ForeignKeyConstraint(["person_id"], ["access_person.id"], name=op.f("fk_bank_draft_person_id_access_person")),
        sa.ForeignKeyConstraint(
            ["base_version_id"], [f"{VERSIONS}.id"], name=op.f(f"fk_bank_draft_base_version_id_{VERSIONS}")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_draft")),
    )
    op.create_index(op.f("ix_bank_draft_person_id"), "bank_draft", ["person_id"])
    _know_states(NOW)


def _know_states(states: str) -> None:
    """Set which states there are. SQLite makes the table anew for it and loses its checks, so all others are read off
    the table and set again, whatever they are."""
    wanted = {STATES: f"state IN ({states})"}
    sqlite = op.get_bind().dialect.name == "sqlite"
    if sqlite:
        found = sa.inspect(op.get_bind()).get_check_constraints(VERSIONS)
        wanted = {str(one["name"]): re.sub(r"\s+", " ", one["sqltext"]) for one in found} | wanted
    with op.batch_alter_table(VERSIONS, recreate="always" if sqlite else "auto") as batch_op:
        if not sqlite:
            batch_op.drop_constraint(op.f(STATES), type_="check")
        for name, condition in wanted.items():
            batch_op.create_check_constraint(op.f(name), sa.text(condition))


def downgrade() -> None:
    # What was taken back waits for nobody: without the state it is nearest to what was sent back.
    op.execute(f"UPDATE {VERSIONS} SET state = 'rejected' WHERE state = 'withdrawn'")
    op.drop_table("bank_draft")
    _know_states(BEFORE)
