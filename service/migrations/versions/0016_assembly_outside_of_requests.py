"""Assembly as a job of its own, with the stock it saw and the target that all papers of a blueprint are fitted to."""

import sqlalchemy as sa
from alembic import op
from alembic.operations import BatchOperations

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None


def _paired(first: str, second: str) -> str:
    return f"({first} IS NULL AND {second} IS NULL) OR ({first} IS NOT NULL AND {second} IS NOT NULL)"


CHECKS = {
    "state_known": "state IN ('assembled', 'approved', 'sealed', 'opened', 'rejected')",
    "approved_at_paired": _paired("approved_at", "approved_by"),
    "sealed_at_paired": _paired("sealed_at", "sealed_by"),
}


def upgrade() -> None:
    op.create_table(
        "papers_job",
        sa.Column("code", sa.String(length=43), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("mode", sa.String(), nullable=False),
        sa.Column("class_ids", sa.JSON(), nullable=False),
        sa.Column("blueprint_ids", sa.JSON(), nullable=False),
        sa.Column("exam_on", sa.Date(), nullable=False),
        sa.Column("seed_sealed", sa.LargeBinary(), nullable=True),
        sa.Column("account_id", sa.Integer(), nullable=False),
        sa.Column("asked_by", sa.Integer(), nullable=False),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("finished_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("beat_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worker", sa.String(length=100), nullable=False),
        sa.Column("phase", sa.String(), nullable=False),
        sa.Column("done", sa.Integer(), nullable=False),
        sa.Column("total", sa.Integer(), nullable=False),
        sa.Column("fault_code", sa.String(length=40), nullable=False),
        sa.Column("fault", sa.String(), nullable=False),
        sa.Column("fault_values", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind IN ('assemble', 'try', 'judge')", name=op.f("ck_papers_job_kind_known")),
        sa.CheckConstraint(
            "state IN ('queued', 'running', 'done', 'failed', 'cancelled')", name=op.f("ck_papers_job_state_known")
        ),
        sa.CheckConstraint("mode IN ('quick', 'full')", name=op.f("ck_papers_job_mode_known")),
        sa.CheckConstraint("phase IN ('plan', 'deal', 'fit', 'prove')", name=op.f("ck_papers_job_phase_known")),
        sa.CheckConstraint("done BETWEEN 0 AND total", name=op.f("ck_papers_job_done_counted")),
        sa.ForeignKeyConstraint(
            ["account_id"], ["access_account.id"], name=op.f("fk_papers_job_account_id_access_account")
        ),
        sa.ForeignKeyConstraint(["asked_by"], ["access_person.id"], name=op.f("fk_papers_job_asked_by_access_person")),
        sa.PrimaryKeyConstraint("code", name=op.f("pk_papers_job")),
    )
    op.create_index(
        "uq_papers_job_running",
        "papers_job",
        ["state"],
        unique=True,
        sqlite_where=sa.text("state = 'running'"),
        postgresql_where=sa.text("state = 'running'"),
    )
    op.create_table(
        "papers_run",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("classes", sa.JSON(), nullable=False),
        sa.Column("stock_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_papers_run")),
    )
    op.create_table(
        "papers_target",
        sa.Column("blueprint_id", sa.Integer(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("fixed_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(
            ["blueprint_id"], ["papers_blueprint.id"], name=op.f("fk_papers_target_blueprint_id_papers_blueprint")
        ),
        sa.PrimaryKeyConstraint("blueprint_id", name=op.f("pk_papers_target")),
    )
    # Papers from before this keep none: their stock was not put down.
    with op.batch_alter_table("papers_paper") as batch_op:
        batch_op.add_column(sa.Column("run_id", sa.Integer(), nullable=True))
        batch_op.create_foreign_key(op.f("fk_papers_paper_run_id_papers_run"), "papers_run", ["run_id"], ["id"])
        _checks_again(batch_op)
    op.create_index(op.f("ix_papers_paper_run_id"), "papers_paper", ["run_id"])


def downgrade() -> None:
    op.drop_index(op.f("ix_papers_paper_run_id"), table_name="papers_paper")
    with op.batch_alter_table("papers_paper") as batch_op:
        batch_op.drop_constraint(op.f("fk_papers_paper_run_id_papers_run"), type_="foreignkey")
        batch_op.drop_column("run_id")
        _checks_again(batch_op)
    for table in ("papers_target", "papers_run", "papers_job"):
        op.drop_table(table)


def _checks_again(batch_op: BatchOperations) -> None:
    """SQLite loses the checks of a table that is made anew."""
    if op.get_bind().dialect.name == "sqlite":
        for name, condition in CHECKS.items():
            batch_op.create_check_constraint(op.f(f"ck_papers_paper_{name}"), sa.text(condition))
