"""The marks of a sheet in one row: a hundred rows a sheet were some two fifths of handing it in."""

import json

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

MESSAGE = "marks never change"
OLD, NEW = "results_mark", "results_sheet_marks"
TAKEN = {
    OLD: "EXISTS (SELECT 1 FROM results_mark WHERE result_id = NEW.result_id AND position = NEW.position)",
    NEW: "EXISTS (SELECT 1 FROM results_sheet_marks WHERE result_id = NEW.result_id)",
}
ROWS = 'SELECT result_id, position, choice, points, "of" FROM results_mark ORDER BY result_id, position'


def upgrade() -> None:
    op.create_table(
        NEW,
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("entries", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["result_id"], ["results_result.id"], name=op.f("fk_results_sheet_marks_result_id_results_result")
        ),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_results_sheet_marks")),
    )
    sheets: dict[int, list[list[object]]] = {}
    for result_id, *mark in op.get_bind().execute(sa.text(ROWS)):
        sheets.setdefault(result_id, []).append(mark)
    _fill(
        "INSERT INTO results_sheet_marks (result_id, entries) VALUES (:result_id, :entries)",
        [{"result_id": one, "entries": json.dumps(marks, separators=(",", ":"))} for one, marks in sheets.items()],
    )
    _guard(NEW)
    op.drop_table(OLD)


def downgrade() -> None:
    op.create_table(
        OLD,
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=8), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("of", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["result_id"], ["results_result.id"], name=op.f("fk_results_mark_result_id_results_result")
        ),
        sa.PrimaryKeyConstraint("result_id", "position", name=op.f("pk_results_mark")),
    )
    found = op.get_bind().execute(sa.text("SELECT result_id, entries FROM results_sheet_marks")).all()
    names = ("position", "choice", "points", "of")
    _fill(
        'INSERT INTO results_mark (result_id, position, choice, points, "of")'
        " VALUES (:result_id, :position, :choice, :points, :of)",
        [
            {"result_id": result_id, **dict(zip(names, mark, strict=True))}
            for result_id, entries in found
            for mark in json.loads(entries)
        ],
    )
    _guard(OLD)
    op.drop_table(NEW)


def _fill(statement: str, rows: list[dict[str, object]]) -> None:
    if rows:
        op.get_bind().execute(sa.text(statement), rows)


def _guard(table: str) -> None:
    """The same refusals as before; SQLite fires no delete trigger for what INSERT OR REPLACE takes away."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    does = f"EXECUTE FUNCTION peikao_refuse('{MESSAGE}')" if postgresql else f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for operation in ("UPDATE", "DELETE"):
        name = f"{table}_refuses_{operation.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH ROW {does}")
    if not postgresql:
        op.execute(f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table} FOR EACH ROW WHEN {TAKEN[table]} {does}")
