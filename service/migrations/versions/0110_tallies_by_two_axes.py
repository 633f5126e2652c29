"""Tallies by every two axes and three spans of time, added up again from the counts of editions; answers counted by
what they are about; cases of answers alike; no table of guesses any more.
"""

from collections.abc import Iterator
from itertools import permutations

import sqlalchemy as sa
from alembic import op

revision = "0110"
down_revision = "0090"
branch_labels = None
depends_on = None

COUNTED = (
    "enrolled",
    "trained",
    "seated",
    "present",
    "handed_in",
    "passed",
    "void",
    "first_present",
    "first_passed",
    "resat",
    "resit_passed",
)
MARKED = ("enrolled", "asked", "correct", "points", "possible")
MESSAGE = "editions are only ever added to"
# Table → what tells that a row would be written over; SQLite fires no delete trigger for INSERT OR REPLACE.
KEPT = {
    "results_form_part": "form_id = NEW.form_id AND position = NEW.position",
    "results_part_count": "id = NEW.id",
}
KEYS = {
    "class": "c.class_id",
    "role": "k.role",
    "institution": "k.institution_id",
    "lecturer": "l.lecturer_id",
    "enterprise": "c.enterprise_id",
    "county": "c.county",
    "month": "c.month",
    "plan_year": "k.plan_year",
}
SPANS = (("''", "0"), ("''", "k.plan_year"), ("c.month", "k.plan_year"))
AXES = "axis IN ('class', 'role', 'institution', 'lecturer', 'enterprise', 'county', 'month', 'plan_year')"


def upgrade() -> None:
    op.drop_table("results_tally")
    op.create_table(
        "results_tally",
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("across", sa.String(length=20), nullable=False),
        sa.Column("month", _ordered(7), nullable=False),
        sa.Column("plan_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", _ordered(40), nullable=False),
        sa.Column("across_key", _ordered(40), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTED),
        sa.CheckConstraint(AXES, name=op.f("ck_results_tally_axis_known")),
        sa.CheckConstraint(
            "(month = '') OR (plan_year <> 0 AND length(month) = 7)", name=op.f("ck_results_tally_span_known")
        ),
        sa.PrimaryKeyConstraint(
            "axis", "across", "month", "plan_year", "key", "across_key", "imported", name=op.f("pk_results_tally")
        ),
        sqlite_with_rowid=False,
    )
    for statement in refilling():
        op.execute(statement)
    _answers()
    _cases()
    # Guesses at own results are counted in memory now: a wrong one must not cost a turn to write.
    op.drop_table("results_guesses")


def _answers() -> None:
    op.create_table(
        "results_form_part",
        sa.Column("form_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("regulation", sa.String(length=80), nullable=False),
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.ForeignKeyConstraint(["form_id"], ["papers_form.id"], name=op.f("fk_results_form_part_form_id_papers_form")),
        sa.PrimaryKeyConstraint("form_id", "position", name=op.f("pk_results_form_part")),
    )
    op.create_table(
        "results_part_count",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in MARKED),
        sa.CheckConstraint("axis IN ('regulation', 'subject')", name=op.f("ck_results_part_count_axis_known")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["programme_class.id"], name=op.f("fk_results_part_count_class_id_programme_class")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["results_edition.id"], name=op.f("fk_results_part_count_edition_id_results_edition")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_part_count")),
        sa.UniqueConstraint("edition_id", "axis", "key", "month", name=op.f("uq_results_part_count_edition_id")),
    )
    op.create_index(op.f("ix_results_part_count_class_id"), "results_part_count", ["class_id"])
    op.create_table(
        "results_part_tally",
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("plan_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("key", sa.String(length=80), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in MARKED),
        sa.CheckConstraint("axis IN ('regulation', 'subject')", name=op.f("ck_results_part_tally_axis_known")),
        sa.CheckConstraint(
            "(month = '') OR (plan_year <> 0 AND length(month) = 7)", name=op.f("ck_results_part_tally_span_known")
        ),
        sa.PrimaryKeyConstraint("axis", "month", "plan_year", "key", name=op.f("pk_results_part_tally")),
        sqlite_with_rowid=False,
    )
    for table in KEPT:
        _guard(table)


def _cases() -> None:
    op.create_table(
        "results_similarity_case",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("other_seat_id", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.Column("same_wrong", sa.Integer(), nullable=False),
        sa.Column("expected", sa.Float(), nullable=False),
        sa.Column("chance", sa.Float(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("opened_by", sa.Integer(), nullable=False),
        sa.Column("finding", sa.String(length=20), nullable=True),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("closed_by", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "finding IN ('explained', 'referred')", name=op.f("ck_results_similarity_case_finding_known")
        ),
        sa.CheckConstraint(
            "(closed_at IS NULL AND closed_by IS NULL AND finding IS NULL AND answer IS NULL)"
            " OR (closed_at IS NOT NULL AND closed_by IS NOT NULL AND finding IS NOT NULL AND answer IS NOT NULL)",
            name=op.f("ck_results_similarity_case_closed_at_paired"),
        ),
        sa.CheckConstraint("seat_id < other_seat_id", name=op.f("ck_results_similarity_case_pair_ordered")),
        sa.CheckConstraint(
            "same_wrong >= 0 AND same_wrong <= same", name=op.f("ck_results_similarity_case_same_counted")
        ),
        sa.CheckConstraint("chance BETWEEN 0 AND 1", name=op.f("ck_results_similarity_case_chance_range")),
        sa.CheckConstraint(
            "closed_by IS NULL OR closed_by <> opened_by", name=op.f("ck_results_similarity_case_two_people")
        ),
        *(
            sa.ForeignKeyConstraint([column], [f"{table}.id"], name=op.f(f"fk_results_similarity_case_{column}_{table}"))
            for column, table in (
                ("class_id", "programme_class"),
                ("seat_id", "sittings_seat"),
                ("other_seat_id", "sittings_seat"),
                ("opened_by", "access_person"),
                ("closed_by", "access_person"),
            )
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_similarity_case")),
    )
    op.create_index(op.f("ix_results_similarity_case_class_id"), "results_similarity_case", ["class_id"])
    op.create_index(
        "uq_results_similarity_case_open",
        "results_similarity_case",
        ["seat_id", "other_seat_id"],
        unique=True,
        sqlite_where=sa.text("closed_at IS NULL"),
        postgresql_where=sa.text("closed_at IS NULL"),
    )


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


def downgrade() -> None:
    op.drop_table("results_similarity_case")
    for table in ("results_part_tally", "results_part_count", "results_form_part"):
        op.drop_table(table)
    op.create_table(
        "results_guesses",
        sa.Column("ticket_number", sa.String(length=12), nullable=False),
        sa.Column("failures", sa.Integer(), nullable=False),
        sa.Column("since", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("failures >= 1", name=op.f("ck_results_guesses_failures_counted")),
        sa.PrimaryKeyConstraint("ticket_number", name=op.f("pk_results_guesses")),
    )
    op.create_index(op.f("ix_results_guesses_since"), "results_guesses", ["since"])
    op.drop_table("results_tally")
    op.create_table(
        "results_tally",
        sa.Column("axis", sa.String(length=20), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("plan_year", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("imported", sa.Boolean(), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in COUNTED),
        sa.CheckConstraint(AXES, name=op.f("ck_results_tally_axis_known")),
        sa.PrimaryKeyConstraint("axis", "key", "plan_year", "month", "imported", name=op.f("pk_results_tally")),
    )
    for axis, key in KEYS.items():
        op.execute(
            f"INSERT INTO results_tally (axis, key, plan_year, month, imported, {', '.join(COUNTED)})"
            f" SELECT '{axis}', CAST({key} AS VARCHAR), k.plan_year, c.month, c.imported, {_sums()}"
            f" FROM {_joined(axis)} GROUP BY {key}, k.plan_year, c.month, c.imported"
        )


def refilling() -> Iterator[str]:
    """The statements that add up every tally of the table from the counts of all editions."""
    paired = [axis for axis in KEYS if axis != "class"]
    for axis, across in [*((one, "") for one in KEYS), *permutations(paired, 2)]:
        key, other = KEYS[axis], KEYS.get(across, "''")
        for month, year in SPANS:
            # A literal is not grouped by: PostgreSQL would take it for the number of a column.
            columns = dict.fromkeys(one for one in (month, year, key, other, "c.imported") if one not in {"''", "0"})
            yield (
                "INSERT INTO results_tally"
                f" (axis, across, month, plan_year, key, across_key, imported, {', '.join(COUNTED)})"
                f" SELECT '{axis}', '{across}', {month}, {year}, CAST({key} AS VARCHAR), CAST({other} AS VARCHAR),"
                f" c.imported, {_sums()} FROM {_joined(axis, across)} GROUP BY {', '.join(columns)}"
            )


def _ordered(length: int) -> sa.String:
    return sa.String(length).with_variant(sa.String(length, collation="C"), "postgresql")


def _sums() -> str:
    return ", ".join(f"SUM(c.{name})" for name in COUNTED)


def _joined(*axes: str) -> str:
    joined = "results_count c JOIN programme_class k ON k.id = c.class_id"
    return f"{joined} JOIN programme_class_lecturer l ON l.class_id = k.id" if "lecturer" in axes else joined
