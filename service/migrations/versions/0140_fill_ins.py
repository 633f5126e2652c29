"""Items that are filled in: their kind, and keys and reviewers' answers that are texts."""

import sqlalchemy as sa
from alembic import op

revision = "0140"
down_revision = "0131"
branch_labels = None
depends_on = None

VERSIONS, TRIALS = "bank_item_version", "bank_trial"
BEFORE = "'single', 'multiple', 'true_false'"
NOW = f"{BEFORE}, 'fill_in'"
# Every check of the table but that of its kinds.
CHECKS = {
    "state_known": "state IN ('submitted', 'approved', 'rejected', 'suspended', 'retired', 'withdrawn')",
    "level_known": "level IN ('recall', 'understand', 'apply')",
    "difficulty_range": "difficulty BETWEEN 1 AND 5",
    "reviewed_at_paired": "(reviewed_at IS NULL AND reviewed_by IS NULL)"
    " OR (reviewed_at IS NOT NULL AND reviewed_by IS NOT NULL)",
}
SHORT, LONGEST_KEY, LONGEST_ANSWER = 8, 327, 40


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    _know_kinds(NOW, SHORT, LONGEST_KEY)
    _let_answers_be(SHORT, LONGEST_ANSWER)


def downgrade() -> None:
    """Only while there is no fill-in: versions are never taken out, and no other kind can stand for it."""
    found = op.get_bind().execute(sa.text("SELECT COUNT(*) FROM bank_item_version WHERE kind = 'fill_in'")).scalar()
    if found:
        raise RuntimeError(f"{found} versions of items are fill-ins, which the older schema cannot hold")
    _let_answers_be(LONGEST_ANSWER, SHORT)
    _know_kinds(BEFORE, LONGEST_KEY, SHORT)


def _know_kinds(kinds: str, length: int, to: int) -> None:
    """Set which kinds there are and how long a key is; SQLite makes the table anew and loses its other checks."""
    checks = {**CHECKS, "kind_known": f"kind IN ({kinds})"}
    with op.batch_alter_table(VERSIONS, recreate="always" if _sqlite() else "auto") as batch_op:
        batch_op.alter_column("key", existing_type=sa.String(length), type_=sa.String(to), existing_nullable=False)
        if not _sqlite():
            batch_op.drop_constraint(op.f("ck_bank_item_version_kind_known"), type_="check")
        for name, condition in checks.items():
            if _sqlite() or name == "kind_known":
                batch_op.create_check_constraint(op.f(f"ck_bank_item_version_{name}"), sa.text(condition))


def _let_answers_be(length: int, to: int) -> None:
    with op.batch_alter_table(TRIALS) as batch_op:
        batch_op.alter_column("answer", existing_type=sa.String(length), type_=sa.String(to), existing_nullable=False)
