"""Marking by people: the duty of marking, scripts, who has them before them, and their marks."""

import sqlalchemy as sa
from alembic import op

revision = "0161"
down_revision = "0160"
branch_labels = None
depends_on = None

DUTIES_BEFORE = (
    "'author', 'review', 'assemble', 'approve', 'arrange', 'proctor', 'custody', 'confirm', 'publish', 'plan',"
    " 'supervise', 'attend', 'declare', 'statistics', 'audit', 'administer', 'secure', 'sit'"
)
DUTIES = DUTIES_BEFORE.replace("'custody'", "'custody', 'mark'")
# Every check of the two tables but that of their duties.
OF_DUTIES = {
    "access_duty": {
        "revoked_at_paired": "(revoked_at IS NULL AND revoked_by IS NULL)"
        " OR (revoked_at IS NOT NULL AND revoked_by IS NOT NULL)",
    },
    "access_emergency_duty": {
        "two_people": "asked_by <> decided_by",
        "minutes_few": "minutes BETWEEN 5 AND 120",
        "decided_at_paired": "(decided_at IS NULL AND decided_by IS NULL)"
        " OR (decided_at IS NOT NULL AND decided_by IS NOT NULL)",
    },
}

SCRIPTS, MARKS, TAKINGS = "results_script", "results_script_mark", "results_script_taking"
MESSAGE = "marks of scripts never change"
# What tells that a row would be written over; SQLite fires no delete trigger for INSERT OR REPLACE.
TAKEN = (
    "id = NEW.id OR (marked_by = NEW.marked_by AND nonce = NEW.nonce)"
    " OR (script_id = NEW.script_id AND version = NEW.version AND (round = NEW.round OR marked_by = NEW.marked_by))"
)


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    for table in OF_DUTIES:
        _know(table, DUTIES)
    _scripts()
    _marks()
    _takings()


def downgrade() -> None:
    for table in (TAKINGS, MARKS, SCRIPTS):
        op.drop_table(table)
    for table in OF_DUTIES:
        # The word is not known any more; what was done under it stays in the journal.
        op.execute(f"DELETE FROM {table} WHERE duty = 'mark'")
        _know(table, DUTIES_BEFORE)


def _know(table: str, duties: str) -> None:
    """Set which duties there are; SQLite makes the table anew and loses its other checks."""
    checks = {"duty_known": f"duty IN ({duties})", **(OF_DUTIES[table] if _sqlite() else {})}
    with op.batch_alter_table(table, recreate="always" if _sqlite() else "auto") as batch_op:
        if not _sqlite():
            batch_op.drop_constraint(op.f(f"ck_{table}_duty_known"), type_="check")
        for name, condition in checks.items():
            batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(condition))


def _scripts() -> None:
    op.create_table(
        SCRIPTS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("late_answer_id", sa.Integer(), nullable=True),
        sa.Column("number", sa.String(length=8), nullable=False),
        sa.Column("answer", sa.String(length=600), nullable=False),
        sa.Column("worth", sa.String(length=40), nullable=False),
        sa.Column("most", sa.Integer(), nullable=False),
        sa.Column("dealt_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("third", sa.Boolean(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=True),
        sa.Column("settled", sa.String(), nullable=True),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("settled IN ('blank', 'agreed', 'third')", name=op.f(f"ck_{SCRIPTS}_settled_known")),
        sa.CheckConstraint(
            "(settled_at IS NULL AND settled IS NULL AND points IS NULL)"
            " OR (settled_at IS NOT NULL AND settled IS NOT NULL AND points IS NOT NULL)",
            name=op.f(f"ck_{SCRIPTS}_settled_at_paired"),
        ),
        sa.CheckConstraint("most >= 1 AND (points IS NULL OR points BETWEEN 0 AND most)", name=op.f(f"ck_{SCRIPTS}_points_range")),
        sa.CheckConstraint(
            "version >= 1 AND (version = 1) = (late_answer_id IS NULL)", name=op.f(f"ck_{SCRIPTS}_version_chained")
        ),
        _to(SCRIPTS, "seat_id", "sittings_seat"),
        _to(SCRIPTS, "sitting_id", "sittings_sitting"),
        _to(SCRIPTS, "class_id", "programme_class"),
        _to(SCRIPTS, "form_id", "papers_form"),
        _to(SCRIPTS, "late_answer_id", "sittings_late_answer"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SCRIPTS}")),
        sa.UniqueConstraint("seat_id", "position", "version", name=op.f(f"uq_{SCRIPTS}_seat_id")),
        sa.UniqueConstraint("late_answer_id", name=op.f(f"uq_{SCRIPTS}_late_answer_id")),
    )
    op.create_index(f"ix_{SCRIPTS}_queue", SCRIPTS, ["class_id", "form_id", "position", "number"])


def _marks() -> None:
    op.create_table(
        MARKS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("script_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("given", sa.String(length=40), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("nonce", sa.String(length=40), nullable=False),
        sa.Column("marked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("marked_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("round BETWEEN 1 AND 3", name=op.f(f"ck_{MARKS}_round_range")),
        sa.CheckConstraint("version >= 1 AND points >= 0", name=op.f(f"ck_{MARKS}_counted")),
        _to(MARKS, "script_id", SCRIPTS),
        _to(MARKS, "marked_by", "access_person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{MARKS}")),
        sa.UniqueConstraint("script_id", "round", "version", name=op.f(f"uq_{MARKS}_script_id")),
        sa.UniqueConstraint("script_id", "marked_by", "version", name=f"uq_{MARKS}_marker"),
        sa.UniqueConstraint("marked_by", "nonce", name=f"uq_{MARKS}_nonce"),
    )
    _guard()


def _takings() -> None:
    op.create_table(
        TAKINGS,
        sa.Column("script_id", sa.Integer(), nullable=False),
        sa.Column("taken_by", sa.Integer(), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        _to(TAKINGS, "script_id", SCRIPTS),
        _to(TAKINGS, "taken_by", "access_person"),
        sa.PrimaryKeyConstraint("script_id", "taken_by", name=op.f(f"pk_{TAKINGS}")),
    )


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _guard() -> None:
    does = (
        f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END" if _sqlite() else f"EXECUTE FUNCTION peikao_refuse('{MESSAGE}')"
    )
    for operation in ("UPDATE", "DELETE"):
        name = f"{MARKS}_refuses_{operation.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {operation} ON {MARKS} FOR EACH ROW {does}")
    if _sqlite():
        taken = f"EXISTS (SELECT 1 FROM {MARKS} WHERE {TAKEN})"
        op.execute(f"CREATE TRIGGER {MARKS}_refuses_replace BEFORE INSERT ON {MARKS} FOR EACH ROW WHEN {taken} {does}")
