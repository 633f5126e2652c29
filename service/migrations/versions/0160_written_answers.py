"""Written answers in the bank: their kind, rubrics in place of keys, and reviewers' answers that are texts of a length."""

import sqlalchemy as sa
from alembic import op

revision = "0160"
down_revision = "0150"
branch_labels = None
depends_on = None

VERSIONS, TRIALS = "bank_item_version", "bank_trial"
KINDS_BEFORE = "'single', 'multiple', 'true_false', 'fill_in'"
KINDS = f"{KINDS_BEFORE}, 'written'"
# Every check of the table but that of its kinds.
OF_VERSIONS = {
    "state_known": "state IN ('submitted', 'approved', 'rejected', 'suspended', 'retired', 'withdrawn')",
    "level_known": "level IN ('recall', 'understand', 'apply')",
    "difficulty_range": "difficulty BETWEEN 1 AND 5",
    "reviewed_at_paired": "(reviewed_at IS NULL AND reviewed_by IS NULL)"
    " OR (reviewed_at IS NOT NULL AND reviewed_by IS NOT NULL)",
}
KEY_BEFORE, KEY, ANSWER_BEFORE, ANSWER = 327, 503, 40, 600


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    _know_kinds(KINDS, KEY_BEFORE, KEY)
    _let_answers_be(ANSWER_BEFORE, ANSWER)


def downgrade() -> None:
    """Only while there is no written answer: versions are never taken out, and no other kind can stand for it."""
    found = op.get_bind().execute(sa.text("SELECT COUNT(*) FROM bank_item_version WHERE kind = 'written'")).scalar()
    if found:
        raise RuntimeError(f"{found} versions of items are written answers, which the older schema cannot hold")
    _let_answers_be(ANSWER, ANSWER_BEFORE)
    _know_kinds(KINDS_BEFORE, KEY, KEY_BEFORE)


def _know_kinds(kinds: str, length: int, to: int) -> None:
    """Set which kinds there are and how long a key is; SQLite makes the table anew and loses its other checks."""
    checks = {**OF_VERSIONS, "kind_known": f"kind IN ({kinds})"}
    with op.batch_alter_table(VERSIONS, recreate="always" if _sqlite() else "auto") as batch_op:
        batch_op.alter_column("key", existing_type=sa.String(length), type_=sa.String(to), existing_nullable=False)
        if not _sqlite():
            batch_op.drop_constraint(op.f(f"ck_{VERSIONS}_kind_known"), type_="check")
        for name, condition in checks.items():
            if _sqlite() or name == "kind_known":
                batch_op.create_check_constraint(op.f(f"ck_{VERSIONS}_{name}"), sa.text(condition))


def _let_answers_be(length: int, to: int) -> None:
    with op.batch_alter_table(TRIALS) as batch_op:
        batch_op.alter_column("answer", existing_type=sa.String(length), type_=sa.String(to), existing_nullable=False)
