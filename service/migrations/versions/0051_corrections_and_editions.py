"""Items withdrawn by two, appeals, editions of a class's results, and the counts that each edition adds."""

import sqlalchemy as sa
from alembic import op

revision = "0051"
down_revision = "0050"
branch_labels = None
depends_on = None

MESSAGE = "editions are only ever added to"
# Table → what tells that a row would be written over; SQLite fires no delete trigger for INSERT OR REPLACE.
KEPT = {
    "results_edition": "id = NEW.id OR (class_id = NEW.class_id AND number = NEW.number)",
    "results_edition_result": "result_id = NEW.result_id",
    "results_participant": "class_id = NEW.class_id AND trainee_id = NEW.trainee_id",
    "results_count": "id = NEW.id",
}


def upgrade() -> None:
    op.create_table(
        "results_tally",
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("plan_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("enrolled", sa.Integer(), nullable=False),
        sa.Column("trained", sa.Integer(), nullable=False),
        sa.Column("seated", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("handed_in", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("void", sa.Integer(), nullable=False),
        sa.Column("first_present", sa.Integer(), nullable=False),
        sa.Column("first_passed", sa.Integer(), nullable=False),
        sa.Column("resat", sa.Integer(), nullable=False),
        sa.Column("resit_passed", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "axis IN ('class', 'role', 'institution', 'lecturer', 'enterprise', 'county', 'month', 'plan_year')",
            name=op.f("ck_results_tally_axis_known"),
        ),
        sa.PrimaryKeyConstraint("axis", "key", "plan_year", "month", "imported", name=op.f("pk_results_tally")),
    )
    op.create_table(
        "results_edition",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("cause", sa.String(length=20), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("planned", sa.Integer(), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.CheckConstraint(
            "cause IN ('published', 'voiding', 'withdrawal', 'appeal', 'imported')",
            name=op.f("ck_results_edition_cause_known"),
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_results_edition_number_counted")),
        sa.CheckConstraint("planned > 0", name=op.f("ck_results_edition_planned_positive")),
        sa.CheckConstraint("proposed_by <> decided_by", name=op.f("ck_results_edition_two_people")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["programme_class.id"], name=op.f("fk_results_edition_class_id_programme_class")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["access_person.id"], name=op.f("fk_results_edition_decided_by_access_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["access_person.id"], name=op.f("fk_results_edition_proposed_by_access_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_edition")),
        sa.UniqueConstraint("class_id", "number", name=op.f("uq_results_edition_class_id")),
    )
    op.create_table(
        "results_participant",
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("trainee_id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("trained", sa.Boolean(), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.CheckConstraint("length(month) = 7", name=op.f("ck_results_participant_month_written")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["programme_class.id"], name=op.f("fk_results_participant_class_id_programme_class")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["access_organisation.id"],
            name=op.f("fk_results_participant_enterprise_id_access_organisation"),
        ),
        sa.ForeignKeyConstraint(
            ["trainee_id"], ["programme_trainee.id"], name=op.f("fk_results_participant_trainee_id_programme_trainee")
        ),
        sa.PrimaryKeyConstraint("class_id", "trainee_id", name=op.f("pk_results_participant")),
    )
    op.create_table(
        "results_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("enterprise_id", sa.Integer(), nullable=False),
        sa.Column("county", sa.String(length=40), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        sa.Column("enrolled", sa.Integer(), nullable=False),
        sa.Column("trained", sa.Integer(), nullable=False),
        sa.Column("seated", sa.Integer(), nullable=False),
        sa.Column("present", sa.Integer(), nullable=False),
        sa.Column("handed_in", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Integer(), nullable=False),
        sa.Column("void", sa.Integer(), nullable=False),
        sa.Column("first_present", sa.Integer(), nullable=False),
        sa.Column("first_passed", sa.Integer(), nullable=False),
        sa.Column("resat", sa.Integer(), nullable=False),
        sa.Column("resit_passed", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["class_id"], ["programme_class.id"], name=op.f("fk_results_count_class_id_programme_class")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["results_edition.id"], name=op.f("fk_results_count_edition_id_results_edition")
        ),
        sa.ForeignKeyConstraint(
            ["enterprise_id"],
            ["access_organisation.id"],
            name=op.f("fk_results_count_enterprise_id_access_organisation"),
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_count")),
        sa.UniqueConstraint(
            "edition_id", "enterprise_id", "county", "month", "imported", name=op.f("uq_results_count_edition_id")
        ),
    )
    op.create_index(op.f("ix_results_count_class_id"), "results_count", ["class_id"], unique=False)
    op.create_table(
        "results_item_ruling",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("wanted", sa.String(length=10), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=500), nullable=True),
        sa.Column("sat", sa.Integer(), nullable=True),
        sa.Column("points_before", sa.Integer(), nullable=True),
        sa.Column("points_after", sa.Integer(), nullable=True),
        sa.Column("passed_before", sa.Integer(), nullable=True),
        sa.Column("passed_after", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'proposed') = (decided_at IS NULL)", name=op.f("ck_results_item_ruling_state_dated")
        ),
        sa.CheckConstraint(
            "state IN ('proposed', 'upheld', 'rejected')", name=op.f("ck_results_item_ruling_state_known")
        ),
        sa.CheckConstraint("wanted IN ('withdrawn', 'restored')", name=op.f("ck_results_item_ruling_wanted_known")),
        sa.CheckConstraint(
            "(decided_at IS NULL AND decided_by IS NULL AND note IS NULL AND sat IS NULL) OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND note IS NOT NULL AND sat IS NOT NULL)",
            name=op.f("ck_results_item_ruling_decided_at_paired"),
        ),
        sa.CheckConstraint(
            "(sat IS NULL AND points_before IS NULL AND points_after IS NULL AND passed_before IS NULL AND passed_after IS NULL) OR (sat IS NOT NULL AND points_before IS NOT NULL AND points_after IS NOT NULL AND passed_before IS NOT NULL AND passed_after IS NOT NULL)",
            name=op.f("ck_results_item_ruling_sat_paired"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_results_item_ruling_two_people")
        ),
        sa.CheckConstraint("position >= 1", name=op.f("ck_results_item_ruling_position_counted")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["programme_class.id"], name=op.f("fk_results_item_ruling_class_id_programme_class")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["access_person.id"], name=op.f("fk_results_item_ruling_decided_by_access_person")
        ),
        sa.ForeignKeyConstraint(
            ["form_id"], ["papers_form.id"], name=op.f("fk_results_item_ruling_form_id_papers_form")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["access_person.id"], name=op.f("fk_results_item_ruling_proposed_by_access_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_item_ruling")),
    )
    op.create_index(op.f("ix_results_item_ruling_class_id"), "results_item_ruling", ["class_id"], unique=False)
    op.create_index(op.f("ix_results_item_ruling_form_id"), "results_item_ruling", ["form_id"], unique=False)
    op.create_index(
        "uq_results_item_ruling_undecided",
        "results_item_ruling",
        ["form_id", "position"],
        unique=True,
        sqlite_where=sa.text("state = 'proposed'"),
        postgresql_where=sa.text("state = 'proposed'"),
    )
    op.create_table(
        "results_appeal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("filed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("changes", sa.JSON(), nullable=False),
        sa.Column("finding", sa.String(length=500), nullable=True),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("proposed_by", sa.Integer(), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(state = 'answered') = (decided_at IS NOT NULL)", name=op.f("ck_results_appeal_state_dated")
        ),
        sa.CheckConstraint("(state = 'filed') = (proposed_at IS NULL)", name=op.f("ck_results_appeal_state_proposed")),
        sa.CheckConstraint("state IN ('filed', 'proposed', 'answered')", name=op.f("ck_results_appeal_state_known")),
        sa.CheckConstraint(
            "(decided_at IS NULL AND decided_by IS NULL AND answer IS NULL) OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND answer IS NOT NULL)",
            name=op.f("ck_results_appeal_decided_at_paired"),
        ),
        sa.CheckConstraint(
            "(proposed_at IS NULL AND proposed_by IS NULL AND finding IS NULL) OR (proposed_at IS NOT NULL AND proposed_by IS NOT NULL AND finding IS NOT NULL)",
            name=op.f("ck_results_appeal_proposed_at_paired"),
        ),
        sa.CheckConstraint(
            "decided_by IS NULL OR decided_by <> proposed_by", name=op.f("ck_results_appeal_two_people")
        ),
        sa.ForeignKeyConstraint(
            ["class_id"], ["programme_class.id"], name=op.f("fk_results_appeal_class_id_programme_class")
        ),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["access_person.id"], name=op.f("fk_results_appeal_decided_by_access_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["access_person.id"], name=op.f("fk_results_appeal_proposed_by_access_person")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["results_result.id"], name=op.f("fk_results_appeal_result_id_results_result")
        ),
        sa.ForeignKeyConstraint(
            ["seat_id"], ["sittings_seat.id"], name=op.f("fk_results_appeal_seat_id_sittings_seat")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_appeal")),
        sa.UniqueConstraint("result_id", name=op.f("uq_results_appeal_result_id")),
    )
    op.create_index(op.f("ix_results_appeal_class_id"), "results_appeal", ["class_id"], unique=False)
    op.create_index(op.f("ix_results_appeal_seat_id"), "results_appeal", ["seat_id"], unique=False)
    op.create_table(
        "results_edition_result",
        sa.Column("result_id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["results_edition.id"], name=op.f("fk_results_edition_result_edition_id_results_edition")
        ),
        sa.ForeignKeyConstraint(
            ["result_id"], ["results_result.id"], name=op.f("fk_results_edition_result_result_id_results_result")
        ),
        sa.PrimaryKeyConstraint("result_id", name=op.f("pk_results_edition_result")),
    )
    op.create_index(
        op.f("ix_results_edition_result_edition_id"), "results_edition_result", ["edition_id"], unique=False
    )
    for table in KEPT:
        _guard(table)


def downgrade() -> None:
    op.drop_table("results_edition_result")
    op.drop_table("results_appeal")
    op.drop_table("results_item_ruling")
    op.drop_table("results_count")
    op.drop_table("results_participant")
    op.drop_table("results_edition")
    op.drop_table("results_tally")


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
