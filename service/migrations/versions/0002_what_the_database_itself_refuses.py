"""What the database itself refuses.

The journal is append-only, marks and published results never change: not by code, and not by a hand in the
database that forgets why. (Whoever owns the database can drop a trigger; the hash chain shows that.)
"""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

# table, operation, condition on the old row, what the refusal says
REFUSALS = (
    ("journal_entry", "UPDATE", "", "the journal is append-only"),
    ("journal_entry", "DELETE", "", "the journal is append-only"),
    ("results_mark", "UPDATE", "", "marks never change"),
    ("results_mark", "DELETE", "", "marks never change"),
    ("results_result", "UPDATE", "OLD.state = 'published'", "published results never change"),
    ("results_result", "DELETE", "", "results are never deleted"),
)
# SQLite fires no delete trigger for the row that INSERT OR REPLACE takes away, so the insert itself is looked at.
REPLACEMENTS = (
    (
        "journal_entry",
        "NEW.seq <> (SELECT COALESCE(MAX(seq), 0) + 1 FROM journal_entry)"
        " OR EXISTS (SELECT 1 FROM journal_entry WHERE hash = NEW.hash)",
        "the journal is append-only",
    ),
    (
        "results_mark",
        "EXISTS (SELECT 1 FROM results_mark WHERE result_id = NEW.result_id AND position = NEW.position)",
        "marks never change",
    ),
    (
        "results_result",
        "EXISTS (SELECT 1 FROM results_result WHERE id = NEW.id OR seat_id = NEW.seat_id)",
        "results are never deleted",
    ),
)


def _name(table: str, operation: str) -> str:
    return f"{table}_refuses_{operation.lower()}"


def upgrade() -> None:
    op.execute(f"INSERT INTO journal_head (id, seq, hash) VALUES (1, 0, '{'0' * 64}')")
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "CREATE FUNCTION peikao_refuse() RETURNS trigger LANGUAGE plpgsql AS "
            "$$ BEGIN RAISE EXCEPTION '%', TG_ARGV[0] USING ERRCODE = 'integrity_constraint_violation'; END $$"
        )
        op.execute(
            "CREATE TRIGGER journal_entry_refuses_truncate BEFORE TRUNCATE ON journal_entry "
            "FOR EACH STATEMENT EXECUTE FUNCTION peikao_refuse('the journal is append-only')"
        )
    else:
        for table, condition, message in REPLACEMENTS:
            op.execute(
                f"CREATE TRIGGER {_name(table, 'replace')} BEFORE INSERT ON {table} FOR EACH ROW WHEN {condition} "
                f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
            )
    for table, operation, condition, message in REFUSALS:
        when = f"WHEN ({condition})" if condition else ""
        if op.get_bind().dialect.name == "postgresql":
            body = f"EXECUTE FUNCTION peikao_refuse('{message}')"
        else:
            body = f"BEGIN SELECT RAISE(ABORT, '{message}'); END"
        op.execute(f"CREATE TRIGGER {_name(table, operation)} BEFORE {operation} ON {table} FOR EACH ROW {when} {body}")


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    for table, operation, _, _ in REFUSALS:
        on = f" ON {table}" if postgresql else ""
        op.execute(f"DROP TRIGGER {_name(table, operation)}{on}")
    if not postgresql:
        for table, _, _ in REPLACEMENTS:
            op.execute(f"DROP TRIGGER {_name(table, 'replace')}")
    if postgresql:
        op.execute("DROP TRIGGER journal_entry_refuses_truncate ON journal_entry")
        op.execute("DROP FUNCTION peikao_refuse()")
    op.execute("DELETE FROM journal_head")
