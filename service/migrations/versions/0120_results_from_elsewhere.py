"""Results obtained elsewhere: files, what each row says, and the voiding of rows by two."""

import sqlalchemy as sa
from alembic import op

revision = "0120"
down_revision = "0115"
branch_labels = None
depends_on = None

MESSAGE = "results from elsewhere never change"
# Table → what tells that a row would be written over; SQLite fires no delete trigger for INSERT OR REPLACE.
KEPT = {
    "results_external_result": (
        "id = NEW.id OR (file_id = NEW.file_id AND (row = NEW.row OR trainee_id = NEW.trainee_id))"
    ),
}
DECIDED = (
    "(decided_at IS NULL AND decided_by IS NULL AND note IS NULL)"
    " OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND note IS NOT NULL)"
)


def upgrade() -> None:
    _files()
    _results()
    _voidings()
    for table in KEPT:
        _guard(table)


def downgrade() -> None:
    for table in ("results_external_voiding", "results_external_result", "results_external_file"):
        op.drop_table(table)


def _files() -> None:
    table = "results_external_file"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("source", sa.String(length=20), nullable=False),
        sa.Column("source_words", sa.String(length=100), nullable=False),
        sa.Column("reference", sa.String(length=100), nullable=False),
        sa.Column("name", sa.String(length=200), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("rows", sa.Integer(), nullable=False),
        sa.Column("brought_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("brought_by", sa.Integer(), nullable=False),
        *_decided(),
        sa.CheckConstraint("source IN ('cloud', 'province', 'other')", name=op.f(f"ck_{table}_source_known")),
        sa.CheckConstraint("state IN ('brought', 'confirmed', 'refused')", name=op.f(f"ck_{table}_state_known")),
        sa.CheckConstraint(DECIDED, name=op.f(f"ck_{table}_decided_at_paired")),
        sa.CheckConstraint("(state = 'brought') = (decided_at IS NULL)", name=op.f(f"ck_{table}_state_dated")),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> brought_by", name=op.f(f"ck_{table}_two_people")),
        sa.CheckConstraint("source <> 'other' OR source_words <> ''", name=op.f(f"ck_{table}_source_named")),
        _to(table, "class_id", "programme_class"),
        _to(table, "brought_by", "access_person"),
        _to(table, "decided_by", "access_person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_class_id"), table, ["class_id"])
    _once(f"uq_{table}_digest", table, ["class_id", "digest"], "state <> 'refused'")


def _results() -> None:
    table = "results_external_result"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("file_id", sa.Integer(), nullable=False),
        sa.Column("row", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("trainee_id", sa.Integer(), nullable=False),
        sa.Column("taken_on", sa.Date(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("pass_points", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(), nullable=False),
        sa.CheckConstraint("verdict IN ('passed', 'failed')", name=op.f(f"ck_{table}_verdict_known")),
        sa.CheckConstraint(
            "points BETWEEN 0 AND 100 AND pass_points BETWEEN 1 AND 100", name=op.f(f"ck_{table}_points_range")
        ),
        sa.CheckConstraint("(verdict = 'passed') = (points >= pass_points)", name=op.f(f"ck_{table}_verdict_agrees")),
        _to(table, "file_id", "results_external_file"),
        _to(table, "class_id", "programme_class"),
        _to(table, "trainee_id", "programme_trainee"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("file_id", "row", name=op.f(f"uq_{table}_file_id")),
        sa.UniqueConstraint("file_id", "trainee_id", name=f"uq_{table}_trainee"),
    )
    op.create_index(op.f(f"ix_{table}_class_id"), table, ["class_id"])
    op.create_index(op.f(f"ix_{table}_trainee_id"), table, ["trainee_id"])


def _voidings() -> None:
    table = "results_external_voiding"
    op.create_table(
        table,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("external_id", sa.Integer(), nullable=False),
        sa.Column("wanted", sa.String(length=10), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        *_decided(),
        sa.CheckConstraint("wanted IN ('void', 'valid')", name=op.f(f"ck_{table}_wanted_known")),
        sa.CheckConstraint("state IN ('proposed', 'upheld', 'rejected')", name=op.f(f"ck_{table}_state_known")),
        sa.CheckConstraint(DECIDED, name=op.f(f"ck_{table}_decided_at_paired")),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name=op.f(f"ck_{table}_state_dated")),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name=op.f(f"ck_{table}_two_people")),
        _to(table, "external_id", "results_external_result"),
        _to(table, "proposed_by", "access_person"),
        _to(table, "decided_by", "access_person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_external_id"), table, ["external_id"])
    _once(f"uq_{table}_undecided", table, ["external_id"], "state = 'proposed'")


def _decided() -> list[sa.Column[object]]:
    return [
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
    ]


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _once(name: str, table: str, columns: list[str], where: str) -> None:
    only = sa.text(where)
    op.create_index(name, table, columns, unique=True, sqlite_where=only, postgresql_where=only)


def _guard(table: str) -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    does = (
        f"EXECUTE FUNCTION peikao_refuse('{MESSAGE}')" if postgresql else f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )
    for operation in ("UPDATE", "DELETE"):
        name = f"{table}_refuses_{operation.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH ROW {does}")
    if not postgresql:
        taken = f"EXISTS (SELECT 1 FROM {table} WHERE {KEPT[table]})"
        op.execute(f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table} FOR EACH ROW WHEN {taken} {does}")
