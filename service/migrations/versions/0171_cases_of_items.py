"""Cases: the text that a version of an item asks about, its code, and which of its sub-questions the version is."""

import sqlalchemy as sa
from alembic import op

revision = "0171"
down_revision = "0161"
branch_labels = None
depends_on = None

TABLE = "bank_item_version"
COLUMNS = {"case_code": sa.String(20), "case_text": sa.String(), "case_place": sa.Integer(), "case_size": sa.Integer()}
CHECK = f"ck_{TABLE}_case_whole"
WHOLE = (
    "(case_code IS NULL AND case_text IS NULL AND case_place IS NULL AND case_size IS NULL)"
    " OR (case_code IS NOT NULL AND case_text IS NOT NULL AND case_place >= 1 AND case_place <= case_size"
    " AND case_size BETWEEN 2 AND 6)"
)
# Every check that the table had; SQLite makes it anew for another one.
CHECKS_BEFORE = {
    "kind_known": "kind IN ('single', 'multiple', 'true_false', 'fill_in', 'written')",
    "state_known": "state IN ('submitted', 'approved', 'rejected', 'suspended', 'retired', 'withdrawn')",
    "level_known": "level IN ('recall', 'understand', 'apply')",
    "difficulty_range": "difficulty BETWEEN 1 AND 5",
    "reviewed_at_paired": "(reviewed_at IS NULL AND reviewed_by IS NULL)"
    " OR (reviewed_at IS NOT NULL AND reviewed_by IS NOT NULL)",
}


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch_op:
        for name, kind in COLUMNS.items():
            batch_op.add_column(sa.Column(name, kind, nullable=True))
    _check({CHECK: WHOLE})
    op.create_index(f"ix_{TABLE}_case_code", TABLE, ["case_code"])


def downgrade() -> None:
    """Only while no version belongs to a case: without its text a sub-question cannot be answered."""
    found = op.get_bind().execute(sa.text(f"SELECT COUNT(*) FROM {TABLE} WHERE case_code IS NOT NULL")).scalar()
    if found:
        raise RuntimeError(f"{found} versions of items belong to cases, which the older schema cannot hold")
    op.drop_index(f"ix_{TABLE}_case_code", TABLE)
    with op.batch_alter_table(TABLE, recreate="always" if _sqlite() else "auto") as batch_op:
        batch_op.drop_constraint(op.f(CHECK), type_="check")
        for name in COLUMNS:
            batch_op.drop_column(name)


def _check(further: dict[str, str]) -> None:
    """Add checks; SQLite makes the table anew for it, and is told the others again."""
    before = {f"ck_{TABLE}_{name}": condition for name, condition in CHECKS_BEFORE.items()} if _sqlite() else {}
    with op.batch_alter_table(TABLE, recreate="always" if _sqlite() else "auto") as batch_op:
        for name, condition in {**before, **further}.items():
            batch_op.create_check_constraint(op.f(name), sa.text(condition))
