"""Versions of blueprints have states: a second person approves one before it assembles."""

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None

TABLE = "papers_blueprint"
ROLES = "role IN ('safety_deputy', 'safety_officer', 'team_leader')"
NEW = {
    "state_known": "state IN ('drafted', 'approved', 'superseded', 'returned')",
    "judged_at_paired": "(judged_at IS NULL AND judged_by IS NULL) OR (judged_at IS NOT NULL AND judged_by IS NOT NULL)",
}
ONLY_ONE = ("approved", "drafted")


def upgrade() -> None:
    with op.batch_alter_table(TABLE) as batch_op:
        batch_op.add_column(sa.Column("state", sa.String(), nullable=False, server_default="drafted"))
        batch_op.add_column(sa.Column("judged_at", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("judged_by", sa.Integer(), nullable=True))
        batch_op.add_column(sa.Column("judgement", sa.String(), nullable=False, server_default=""))
        batch_op.create_foreign_key(
            op.f("fk_papers_blueprint_judged_by_access_person"), "access_person", ["judged_by"], ["id"]
        )
    # What one person alone has set waits for a second one, whoever used it before.
    op.execute(
        "UPDATE papers_blueprint SET state = 'superseded' WHERE number <"
        " (SELECT MAX(number) FROM papers_blueprint AS other WHERE other.role = papers_blueprint.role)"
    )
    _checks({"role_known": ROLES, **NEW}, new=NEW)
    for state in ONLY_ONE:
        condition = sa.text(f"state = '{state}'")
        op.create_index(
            f"uq_papers_blueprint_{state}",
            TABLE,
            ["role"],
            unique=True,
            sqlite_where=condition,
            postgresql_where=condition,
        )


def downgrade() -> None:
    for state in ONLY_ONE:
        op.drop_index(f"uq_papers_blueprint_{state}", table_name=TABLE)
    with op.batch_alter_table(TABLE) as batch_op:
        for name in NEW:
            batch_op.drop_constraint(op.f(f"ck_papers_blueprint_{name}"), type_="check")
        batch_op.drop_constraint(op.f("fk_papers_blueprint_judged_by_access_person"), type_="foreignkey")
        for column in ("judgement", "judged_by", "judged_at", "state"):
            batch_op.drop_column(column)
    _checks({"role_known": ROLES}, new={})


def _checks(checks: dict[str, str], *, new: dict[str, str]) -> None:
    """Set the checks that are new; SQLite has lost the others where it made the table anew."""
    sqlite = op.get_bind().dialect.name == "sqlite"
    with op.batch_alter_table(TABLE, recreate="always" if sqlite else "auto") as batch_op:
        for name, condition in checks.items():
            if sqlite or name in new:
                batch_op.create_check_constraint(op.f(f"ck_papers_blueprint_{name}"), sa.text(condition))
