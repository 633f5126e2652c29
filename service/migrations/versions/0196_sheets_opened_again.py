"""Closed sheets that two people opened again, with what was handed in before; and on which marks a result rests."""

import sqlalchemy as sa
from alembic import op

revision = "0196"
down_revision = "0194"
branch_labels = None
depends_on = None

REOPENINGS, RESULTS = "sittings_sheet_reopening", "results_result"
MESSAGE = "what was handed in before never changes"
KEPT = (
    *("id", "sitting_id", "seat_id", "reason", "note", "minutes", "away_minutes", "closed_at", "closed_by"),
    *("sheet_digest", "proposed_at", "proposed_by", "decided_at", "decided_by", "confirmed", "seconds", "ends_at"),
)
DISPOSED = (
    "SELECT 1 FROM results_disposed_class d JOIN sittings_sitting s ON s.class_id = d.class_id"
    " WHERE s.id = OLD.sitting_id"
)


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def upgrade() -> None:
    op.add_column(RESULTS, sa.Column("rests_on", sa.Integer(), server_default=sa.text("1"), nullable=False))
    op.create_table(
        REOPENINGS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("away_minutes", sa.Integer(), nullable=False),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("closed_by", sa.String(length=20), nullable=False),
        sa.Column("sheet_digest", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("choices", sa.String(), nullable=True),
        sa.Column("seconds", sa.Integer(), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "reason IN ('wrong_seat', 'mistake', 'time_due')", name=op.f(f"ck_{REOPENINGS}_reason_known")
        ),
        sa.CheckConstraint(
            "closed_by IN ('candidate', 'clock', 'proctor', 'termination')",
            name=op.f(f"ck_{REOPENINGS}_closed_by_known"),
        ),
        _paired("decided_at", "decided_by", "confirmed"),
        _paired("choices", "seconds", "ends_at"),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name=op.f(f"ck_{REOPENINGS}_two_people")
        ),
        sa.CheckConstraint("minutes >= 0 AND away_minutes >= 0", name=op.f(f"ck_{REOPENINGS}_minutes_counted")),
        sa.CheckConstraint(
            "(choices IS NOT NULL) = (confirmed IS NOT NULL AND confirmed)",
            name=op.f(f"ck_{REOPENINGS}_choices_kept"),
        ),
        _to("sitting_id", "sittings_sitting"),
        _to("seat_id", "sittings_seat"),
        _to("proposed_by", "access_person"),
        _to("decided_by", "access_person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{REOPENINGS}")),
    )
    for column in ("sitting_id", "seat_id"):
        op.create_index(op.f(f"ix_{REOPENINGS}_{column}"), REOPENINGS, [column])
    waits = sa.text("decided_at IS NULL")
    op.create_index(
        f"uq_{REOPENINGS}_waiting", REOPENINGS, ["seat_id"], unique=True, sqlite_where=waits, postgresql_where=waits
    )
    _guard()


def downgrade() -> None:
    """Only while no sheet was opened again: the older schema knows one handing-in of each."""
    found = op.get_bind().execute(sa.text(f"SELECT COUNT(*) FROM {REOPENINGS} WHERE confirmed")).scalar()
    if found:
        raise RuntimeError(f"{found} sheets were opened again, which the older schema cannot hold")
    op.drop_table(REOPENINGS)
    if _postgresql():
        op.execute(f"DROP FUNCTION peikao_guard_{REOPENINGS}()")
    op.drop_column(RESULTS, "rests_on")


def _paired(*names: str) -> sa.CheckConstraint:
    neither = " AND ".join(f"{name} IS NULL" for name in names)
    both = " AND ".join(f"{name} IS NOT NULL" for name in names)
    return sa.CheckConstraint(f"({neither}) OR ({both})", name=op.f(f"ck_{REOPENINGS}_{names[0]}_paired"))


def _to(column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{REOPENINGS}_{column}_{other}"))


def _guard() -> None:
    """What was decided stays as it is; only the answers go, once those of the class are disposed of."""
    alike = "IS NOT DISTINCT FROM" if _postgresql() else "IS"
    same = " AND ".join(f"NEW.{column} {alike} OLD.{column}" for column in KEPT)
    lawful = f"OLD.decided_at IS NULL OR ({same} AND NEW.choices = '' AND EXISTS ({DISPOSED}))"
    if _postgresql():
        op.execute(
            f"CREATE FUNCTION peikao_guard_{REOPENINGS}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {lawful}"
            f" THEN RETURN NEW; END IF; RAISE EXCEPTION '{MESSAGE}' USING ERRCODE = 'integrity_constraint_violation';"
            " END $$"
        )
        op.execute(
            f"CREATE TRIGGER {REOPENINGS}_refuses_update BEFORE UPDATE ON {REOPENINGS} FOR EACH ROW"
            f" EXECUTE FUNCTION peikao_guard_{REOPENINGS}()"
        )
        op.execute(
            f"CREATE TRIGGER {REOPENINGS}_refuses_delete BEFORE DELETE ON {REOPENINGS} FOR EACH ROW"
            f" EXECUTE FUNCTION peikao_refuse('{MESSAGE}')"
        )
        return
    refusing = f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    # SQLite fires no delete trigger for the row that INSERT OR REPLACE takes away.
    taken = f"EXISTS (SELECT 1 FROM {REOPENINGS} WHERE id = NEW.id OR (seat_id = NEW.seat_id AND decided_at IS NULL))"
    for name, operation, when in (
        ("update", "UPDATE", f"WHEN NOT ({lawful})"),
        ("delete", "DELETE", ""),
        ("replace", "INSERT", f"WHEN {taken}"),
    ):
        op.execute(
            f"CREATE TRIGGER {REOPENINGS}_refuses_{name} BEFORE {operation} ON {REOPENINGS} FOR EACH ROW {when} {refusing}"
        )
