"""Results from elsewhere are out of a maximum of their own; all that there are were out of a hundred."""

import sqlalchemy as sa
from alembic import op

revision = "0143"
down_revision = "0142"
branch_labels = None
depends_on = None

TABLE = "results_external_result"
MESSAGE = "results from elsewhere never change"
# What tells that a row would be written over; SQLite fires no delete trigger for INSERT OR REPLACE.
TAKEN = "id = NEW.id OR (file_id = NEW.file_id AND (row = NEW.row OR trainee_id = NEW.trainee_id))"
RANGE_BEFORE = "points BETWEEN 0 AND 100 AND pass_points BETWEEN 1 AND 100"
RANGE = "points BETWEEN 0 AND most_points AND pass_points BETWEEN 1 AND most_points"
# Every check of the table but those of its numbers.
CHECKS = {
    "verdict_known": "verdict IN ('passed', 'failed')",
    "verdict_agrees": "(verdict = 'passed') = (points >= pass_points)",
}


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    with op.batch_alter_table(TABLE, recreate="always" if _sqlite() else "auto") as batch_op:
        batch_op.add_column(sa.Column("most_points", sa.Integer(), server_default=sa.text("100"), nullable=False))
        _check(batch_op, {"points_range": RANGE, "most_range": "most_points BETWEEN 1 AND 1000"})
    _guard()


def downgrade() -> None:
    """Only while all are out of a hundred: the older schema would tell the points of others wrongly."""
    found = op.get_bind().execute(sa.text(f"SELECT COUNT(*) FROM {TABLE} WHERE most_points <> 100")).scalar()
    if found:
        raise RuntimeError(f"{found} results from elsewhere are out of another maximum, which the older schema lacks")
    with op.batch_alter_table(TABLE, recreate="always" if _sqlite() else "auto") as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{TABLE}_most_range"), type_="check")
        _check(batch_op, {"points_range": RANGE_BEFORE})
        batch_op.drop_column("most_points")
    _guard()


def _check(batch_op: object, numbers: dict[str, str]) -> None:
    """Set the checks of numbers; SQLite makes the table anew and loses its others."""
    if not _sqlite():
        batch_op.drop_constraint(op.f(f"ck_{TABLE}_points_range"), type_="check")  # type: ignore[attr-defined]
    for name, condition in {**(CHECKS if _sqlite() else {}), **numbers}.items():
        batch_op.create_check_constraint(op.f(f"ck_{TABLE}_{name}"), sa.text(condition))  # type: ignore[attr-defined]


def _guard() -> None:
    """The triggers that SQLite dropped together with the old table."""
    if not _sqlite():
        return
    does = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for operation in ("UPDATE", "DELETE"):
        name = f"{TABLE}_refuses_{operation.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {operation} ON {TABLE} FOR EACH ROW {does}")
    taken = f"EXISTS (SELECT 1 FROM {TABLE} WHERE {TAKEN})"
    op.execute(f"CREATE TRIGGER {TABLE}_refuses_replace BEFORE INSERT ON {TABLE} FOR EACH ROW WHEN {taken} {does}")
