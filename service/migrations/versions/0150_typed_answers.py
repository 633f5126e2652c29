"""Answers that are typed: the columns that hold answers become wide enough for them."""

import sqlalchemy as sa
from alembic import op

revision = "0150"
down_revision = "0143"
branch_labels = None
depends_on = None

BEFORE, NOW = 8, 600
ANSWER, LATE, ARCHIVED = "sittings_answer", "sittings_late_answer", "sittings_archived_answer"
REMARKING = "results_remarking"
COLUMNS = {
    ANSWER: ("choice",),
    LATE: ("choice",),
    ARCHIVED: ("choice",),
    REMARKING: ("choice_before", "choice_after"),
}
# What SQLite loses when it makes a table anew: its checks,
CHECKS = {
    LATE: {
        "proposed_at_paired": "(proposed_at IS NULL AND proposed_by IS NULL AND proposal_reason IS NULL)"
        " OR (proposed_at IS NOT NULL AND proposed_by IS NOT NULL AND proposal_reason IS NOT NULL)",
        "decided_at_paired": "(decided_at IS NULL AND decided_by IS NULL AND accepted IS NULL AND reason IS NULL)"
        " OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND accepted IS NOT NULL AND reason IS NOT NULL)",
        "two_people": "accepted IS NULL OR NOT accepted OR (proposed_by IS NOT NULL AND proposed_by <> decided_by)",
    },
    REMARKING: {"totals_agree": "total_after - total_before = points_after - points_before"},
}
# and its triggers: the message, by table, of what refuses to be changed; SQLite fires no delete trigger for a row that
# INSERT OR REPLACE takes away, so for markings the insert itself is looked at.
MESSAGES = {ARCHIVED: "archived answers never change", REMARKING: "markings never change"}
TAKEN = {REMARKING: "id = NEW.id OR late_answer_id = NEW.late_answer_id"}


def upgrade() -> None:
    _let_answers_be(BEFORE, NOW)


def downgrade() -> None:
    """Only while every answer is short: what a candidate wrote is never cut off."""
    for table, columns in COLUMNS.items():
        longer = " OR ".join(f"length({column}) > {BEFORE}" for column in columns)
        found = op.get_bind().execute(sa.text(f"SELECT COUNT(*) FROM {table} WHERE {longer}")).scalar()
        if found:
            raise RuntimeError(f"{found} rows of {table} hold typed answers, which the older schema cannot hold")
    _let_answers_be(NOW, BEFORE)


def _let_answers_be(length: int, to: int) -> None:
    sqlite = op.get_bind().dialect.name == "sqlite"
    for table, columns in COLUMNS.items():
        with op.batch_alter_table(table) as batch_op:
            for column in columns:
                batch_op.alter_column(
                    column, existing_type=sa.String(length), type_=sa.String(to), existing_nullable=False
                )
            for name, condition in CHECKS.get(table, {}).items() if sqlite else ():
                batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(condition))
        if sqlite:
            _refuse_changes(table)


def _refuse_changes(table: str) -> None:
    if table not in MESSAGES:
        return
    does = f"BEGIN SELECT RAISE(ABORT, '{MESSAGES[table]}'); END"
    for operation in ("UPDATE", "DELETE"):
        name = f"{table}_refuses_{operation.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH ROW {does}")
    if table in TAKEN:
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {TAKEN[table]})"
        op.execute(f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table} FOR EACH ROW WHEN {taken} {does}")
