"""Programs of other bodies that were removed, whose rows stay so that their name is nobody else's; and classes whose
answers two people disposed of: there alone, and to nothing else, may kept answers be emptied.
"""

import sqlalchemy as sa
from alembic import op

revision = "0173"
down_revision = "0172"
branch_labels = None
depends_on = None

CLIENT, DISPOSED = "access_client", "results_disposed_class"
PAIRED = (
    "(removed_at IS NULL AND removal_reason IS NULL) OR (removed_at IS NOT NULL AND removal_reason IS NOT NULL)"
)
DISPOSAL, OPEN = "oversight_disposal", "uq_oversight_disposal_open"
KINDS_BEFORE = "'journal', 'results', 'sessions', 'pictures'"
KINDS = KINDS_BEFORE.replace("'sessions'", "'answers', 'sessions'")
UNDECIDED = sa.text("decided_at IS NULL")
# What SQLite loses of the table of proposals when it makes it anew.
CHECKS = {
    "decided_at_paired": "(decided_at IS NULL AND decided_by IS NULL AND confirmed IS NULL)"
    " OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND confirmed IS NOT NULL)",
    "number_positive": "number > 0",
    "two_people": "decided_by <> proposed_by OR NOT confirmed",
}
NEVER = "what was disposed of stays so"
OF_RESULT = "JOIN results_result r ON r.class_id = d.class_id WHERE r.id = OLD.result_id"
OF_SWITCH = (
    "JOIN sittings_sitting s ON s.class_id = d.class_id JOIN sittings_form_switch w ON w.sitting_id = s.id"
    " WHERE w.id = OLD.switch_id"
)
OF_SITTING = "JOIN sittings_sitting s ON s.class_id = d.class_id WHERE s.id = OLD.sitting_id"
OF_SHEET = (
    "JOIN sittings_sitting s ON s.class_id = d.class_id JOIN sittings_paper_sheet p ON p.sitting_id = s.id"
    " WHERE p.id = OLD.sheet_id"
)
# What of an entry stays as it was; that it was taken back is noted beside it.
FIXED = "id", "sheet_id", "round", "copy_number", "nonce", "entered_at", "entered_by"
# Of these tables the columns that are guarded at all; of the others, all.
GUARDED_COLUMNS = {"sittings_sheet_entry": ("choices", *FIXED)}
# By table: why it refuses to be changed, what is emptied, what stays as it is, and how its class is found.
GUARDED = {
    "results_sheet_marks": ("marks never change", ("entries",), ("result_id",), OF_RESULT),
    "results_remarking": (
        "markings never change",
        ("choice_before", "choice_after"),
        (
            *("id", "result_id", "late_answer_id", "position", "points_before", "points_after", "total_before"),
            *("total_after", "verdict_before", "verdict_after", "remarked_at", "remarked_by"),
        ),
        OF_RESULT,
    ),
    "sittings_archived_answer": (
        "archived answers never change",
        ("choice",),
        ("switch_id", "seat_id", "position", "flagged", "seq", "saved_at"),
        OF_SWITCH,
    ),
    "sittings_sheet_entry": ("entries of sheets never change", ("choices",), FIXED, OF_SHEET),
    "sittings_transcript": (
        "transcripts never change",
        ("choices",),
        ("sheet_id", "sitting_id", "seat_id", "copy_number", "digest", "how", "settled_at", "decided_by", "note"),
        OF_SITTING,
    ),
}


def upgrade() -> None:
    with op.batch_alter_table(CLIENT) as batch_op:
        batch_op.add_column(sa.Column("removed_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("removal_reason", sa.String(length=200), nullable=True))
        batch_op.create_check_constraint(op.f(f"ck_{CLIENT}_removed_at_paired"), sa.text(PAIRED))
    _know(KINDS)
    op.create_table(
        DISPOSED,
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("sheets", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("disposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("proposed_by <> decided_by", name=op.f(f"ck_{DISPOSED}_two_people")),
        sa.CheckConstraint("sheets > 0", name=op.f(f"ck_{DISPOSED}_sheets_counted")),
        _to("class_id", "programme_class"),
        _to("proposed_by", "access_person"),
        _to("decided_by", "access_person"),
        sa.PrimaryKeyConstraint("class_id", name=op.f(f"pk_{DISPOSED}")),
    )
    _keep_disposed()
    for table in GUARDED:
        _drop_guard(table)
        _let_go(table)


def downgrade() -> None:
    """What was disposed of is gone, and stays so; a program that was removed gets in by no secret any more."""
    for table, (message, *_) in GUARDED.items():
        _drop_guard(table)
        if _postgresql():
            op.execute(f"DROP FUNCTION peikao_guard_{table}()")
        change = f"{_change(table)} ON {table}"
        op.execute(f"CREATE TRIGGER {table}_refuses_update BEFORE {change} FOR EACH ROW {_refusing(message)}")
    # Its triggers go with the table.
    op.drop_table(DISPOSED)
    # The word is not known any more; what was done under it stays in the journal.
    op.execute(f"DELETE FROM {DISPOSAL} WHERE kind = 'answers'")
    _know(KINDS_BEFORE)
    op.execute(f"UPDATE {CLIENT} SET secret_digest = '' WHERE removed_at IS NOT NULL")
    with op.batch_alter_table(CLIENT) as batch_op:
        batch_op.drop_constraint(op.f(f"ck_{CLIENT}_removed_at_paired"), type_="check")
        batch_op.drop_column("removal_reason")
        batch_op.drop_column("removed_at")


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _know(kinds: str) -> None:
    """Set which kinds may be proposed for disposal; SQLite makes the table anew."""
    op.drop_index(OPEN, table_name=DISPOSAL)
    checks = {"kind_known": f"kind IN ({kinds})", **({} if _postgresql() else CHECKS)}
    with op.batch_alter_table(DISPOSAL, recreate="auto" if _postgresql() else "always") as batch_op:
        if _postgresql():
            batch_op.drop_constraint(op.f(f"ck_{DISPOSAL}_kind_known"), type_="check")
        for name, condition in checks.items():
            batch_op.create_check_constraint(op.f(f"ck_{DISPOSAL}_{name}"), sa.text(condition))
    op.create_index(OPEN, DISPOSAL, ["kind"], unique=True, sqlite_where=UNDECIDED, postgresql_where=UNDECIDED)


def _to(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{DISPOSED}_{column}_{other}"))


def _refusing(message: str) -> str:
    if _postgresql():
        return f"EXECUTE FUNCTION peikao_refuse('{message}')"
    return f"BEGIN SELECT RAISE(ABORT, '{message}'); END"


def _keep_disposed() -> None:
    for operation in ("UPDATE", "DELETE"):
        name = f"{DISPOSED}_refuses_{operation.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {operation} ON {DISPOSED} FOR EACH ROW {_refusing(NEVER)}")
    if not _postgresql():
        # SQLite fires no delete trigger for the row that INSERT OR REPLACE takes away.
        taken = f"EXISTS (SELECT 1 FROM {DISPOSED} WHERE class_id = NEW.class_id)"
        name = f"{DISPOSED}_refuses_replace"
        op.execute(f"CREATE TRIGGER {name} BEFORE INSERT ON {DISPOSED} FOR EACH ROW WHEN {taken} {_refusing(NEVER)}")


def _drop_guard(table: str) -> None:
    op.execute(f"DROP TRIGGER {table}_refuses_update" + (f" ON {table}" if _postgresql() else ""))


def _change(table: str) -> str:
    return "UPDATE" + (f" OF {', '.join(GUARDED_COLUMNS[table])}" if table in GUARDED_COLUMNS else "")


def _let_go(table: str) -> None:
    """Refuse every change of a row but its being emptied once its class's answers are disposed of."""
    message, emptied, kept, of_class = GUARDED[table]
    alike = "IS NOT DISTINCT FROM" if _postgresql() else "IS"
    conditions = [
        *(f"NEW.{column} = ''" for column in emptied),
        *(f"NEW.{column} {alike} OLD.{column}" for column in kept),
        f"EXISTS (SELECT 1 FROM {DISPOSED} d {of_class})",
    ]
    lawful = " AND ".join(conditions)
    name, change = f"{table}_refuses_update", f"{_change(table)} ON {table}"
    if not _postgresql():
        op.execute(
            f"CREATE TRIGGER {name} BEFORE {change} FOR EACH ROW WHEN NOT ({lawful}) {_refusing(message)}"
        )
        return
    op.execute(
        f"CREATE FUNCTION peikao_guard_{table}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {lawful} THEN"
        f" RETURN NEW; END IF; RAISE EXCEPTION '{message}' USING ERRCODE = 'integrity_constraint_violation'; END $$"
    )
    op.execute(f"CREATE TRIGGER {name} BEFORE {change} FOR EACH ROW EXECUTE FUNCTION peikao_guard_{table}()")
