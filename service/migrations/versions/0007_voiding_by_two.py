"""Voiding by two: versions of results, proposals with their decisions, excused signatures, the branch of an incident."""

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

BEFORE = "'passed', 'failed', 'absent', 'refused'"
# Every check of the tables that SQLite makes anew, for it loses them.
CHECKS = {
    "results_result": {
        "state_known": "state IN ('marked', 'confirmed', 'published')",
        "verdict_known": f"verdict IN ({BEFORE}, 'void')",
        "confirmed_at_paired": "(confirmed_at IS NULL AND confirmed_by IS NULL)"
        " OR (confirmed_at IS NOT NULL AND confirmed_by IS NOT NULL)",
        "published_at_paired": "(published_at IS NULL AND published_by IS NULL)"
        " OR (published_at IS NOT NULL AND published_by IS NOT NULL)",
        "two_people": "published_by IS NULL OR published_by <> confirmed_by",
        "points_range": "points BETWEEN 0 AND 100",
        "version_chained": "version >= 1 AND (version = 1) = (replaces_id IS NULL)",
    },
    "sittings_incident": {
        "kind_known": "kind IN ('noise', 'power', 'evacuation', 'illness', 'cheating', 'materials', 'phone',"
        " 'impersonation', 'disturbance', 'left_window', 'proctor_late', 'proctor_error', 'machine', 'network',"
        " 'software', 'other')",
        "cause_known": "cause IN ('environment', 'candidate', 'proctor', 'technical')",
    },
}
NEW = {"version_chained", "cause_known"}
CHANGED = {"verdict_known": f"verdict IN ({BEFORE})"}
KINDS = CHECKS["sittings_incident"]["kind_known"]
REPLACED = "id = NEW.id OR seat_id = NEW.seat_id"
REPLACED_NOW = "id = NEW.id OR (seat_id = NEW.seat_id AND version = NEW.version) OR replaces_id = NEW.replaces_id"


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def _set_triggers(replaced: str) -> None:
    """SQLite drops the triggers with the table that it makes anew; a new version of a result is no replacement."""
    refusals = (
        ("update", "UPDATE", "OLD.state = 'published'", "published results never change"),
        ("delete", "DELETE", "1", "results are never deleted"),
        (
            "replace",
            "INSERT",
            f"EXISTS (SELECT 1 FROM results_result WHERE {replaced})",
            "results are never deleted",
        ),
    )
    for name, operation, condition, message in refusals:
        op.execute(f"DROP TRIGGER IF EXISTS results_result_refuses_{name}")
        op.execute(
            f"CREATE TRIGGER results_result_refuses_{name} BEFORE {operation} ON results_result FOR EACH ROW "
            f"WHEN {condition} BEGIN SELECT RAISE(ABORT, '{message}'); END"
        )


def _set_checks() -> None:
    for table, checks in CHECKS.items():
        with op.batch_alter_table(table, recreate="always" if _sqlite() else "auto") as batch:
            for name, condition in checks.items():
                full = op.f(f"ck_{table}_{name}")
                if name in CHANGED and not _sqlite():
                    batch.drop_constraint(full, type_="check")
                if _sqlite() or name in NEW or name in CHANGED:
                    batch.create_check_constraint(full, sa.text(condition))


def _unset_checks() -> None:
    for table, checks in CHECKS.items():
        with op.batch_alter_table(table) as batch:
            for name in checks:
                full = op.f(f"ck_{table}_{name}")
                if name in NEW or name in CHANGED:
                    batch.drop_constraint(full, type_="check")
                if name in CHANGED:
                    batch.create_check_constraint(full, sa.text(CHANGED[name]))


def _create_voidings() -> None:
    op.create_table(
        "results_voiding",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(length=10), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("incident_id", sa.Integer(), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.CheckConstraint("state IN ('proposed', 'upheld', 'rejected')", name=op.f("ck_results_voiding_state_known")),
        sa.CheckConstraint("wanted IN ('void', 'valid')", name=op.f("ck_results_voiding_wanted_known")),
        sa.CheckConstraint(KINDS, name=op.f("ck_results_voiding_kind_known")),
        sa.CheckConstraint(
            "(decided_at IS NULL AND decided_by IS NULL AND note IS NULL)"
            " OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND note IS NOT NULL)",
            name=op.f("ck_results_voiding_decided_at_paired"),
        ),
        sa.CheckConstraint("(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_results_voiding_state_dated")),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_results_voiding_two_people")
        ),
        sa.ForeignKeyConstraint(["seat_id"], ["sittings_seat.id"], name=op.f("fk_results_voiding_seat_id_sittings_seat")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["programme_class.id"], name=op.f("fk_results_voiding_class_id_programme_class")
        ),
        sa.ForeignKeyConstraint(
            ["incident_id"], ["sittings_incident.id"], name=op.f("fk_results_voiding_incident_id_sittings_incident")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["access_person.id"], name=op.f("fk_results_voiding_proposed_by_access_person")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["access_person.id"], name=op.f("fk_results_voiding_decided_by_access_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_voiding")),
    )
    op.create_index(op.f("ix_results_voiding_seat_id"), "results_voiding", ["seat_id"])
    op.create_index(op.f("ix_results_voiding_class_id"), "results_voiding", ["class_id"])
    undecided = sa.text("state = 'proposed'")
    op.create_index(
        "uq_results_voiding_undecided",
        "results_voiding",
        ["seat_id"],
        unique=True,
        sqlite_where=undecided,
        postgresql_where=undecided,
    )


def _create_excuses() -> None:
    table = "sittings_signature_excuse"
    op.create_table(
        table,
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=300), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("noted_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("noted_by <> person_id", name=op.f(f"ck_{table}_two_people")),
        sa.ForeignKeyConstraint(
            ["sitting_id"], ["sittings_sitting.id"], name=op.f(f"fk_{table}_sitting_id_sittings_sitting")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["access_person.id"], name=op.f(f"fk_{table}_person_id_access_person")),
        sa.ForeignKeyConstraint(["noted_by"], ["access_person.id"], name=op.f(f"fk_{table}_noted_by_access_person")),
        sa.PrimaryKeyConstraint("sitting_id", "person_id", name=op.f(f"pk_{table}")),
    )


def upgrade() -> None:
    with op.batch_alter_table("sittings_incident") as batch:
        batch.add_column(sa.Column("cause", sa.String(length=20), nullable=True))
    with op.batch_alter_table("results_result") as batch:
        batch.add_column(sa.Column("version", sa.Integer(), server_default=sa.text("1"), nullable=False))
        batch.add_column(sa.Column("replaces_id", sa.Integer(), nullable=True))
        batch.drop_constraint(op.f("uq_results_result_seat_id"), type_="unique")
        batch.create_unique_constraint(op.f("uq_results_result_seat_id"), ["seat_id", "version"])
        batch.create_unique_constraint(op.f("uq_results_result_replaces_id"), ["replaces_id"])
        batch.create_foreign_key(
            op.f("fk_results_result_replaces_id_results_result"), "results_result", ["replaces_id"], ["id"]
        )
    _set_checks()
    if _sqlite():
        _set_triggers(REPLACED_NOW)
    _create_voidings()
    _create_excuses()


def downgrade() -> None:
    """Fails where a published result has been voided: results are never deleted, and the old tables know no versions."""
    op.drop_table("sittings_signature_excuse")
    op.drop_table("results_voiding")
    _unset_checks()
    with op.batch_alter_table("results_result") as batch:
        batch.drop_constraint(op.f("fk_results_result_replaces_id_results_result"), type_="foreignkey")
        batch.drop_constraint(op.f("uq_results_result_replaces_id"), type_="unique")
        batch.drop_constraint(op.f("uq_results_result_seat_id"), type_="unique")
        batch.create_unique_constraint(op.f("uq_results_result_seat_id"), ["seat_id"])
        batch.drop_column("replaces_id")
        batch.drop_column("version")
    if _sqlite():
        _set_triggers(REPLACED)
    with op.batch_alter_table("sittings_incident") as batch:
        batch.drop_column("cause")
