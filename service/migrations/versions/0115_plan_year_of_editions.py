"""The plan year of each edition, so that the target of a year is found without walking through all editions after it;
and an index along which a page of groups begins.
"""

import sqlalchemy as sa
from alembic import op

revision = "0115"
down_revision = "0110"
branch_labels = None
depends_on = None

GROUPED = ["axis", "across", "month", "plan_year", "key", "across_key"]
FOUND = sa.text("enrolled > 0")
MESSAGE = "editions are only ever added to"


def upgrade() -> None:
    op.add_column("results_edition", sa.Column("plan_year", sa.Integer(), server_default=sa.text("0"), nullable=False))
    # What stands gets what its class says; for that alone the guard steps aside, within this one transaction.
    op.execute(_dropped())
    op.execute(
        "UPDATE results_edition SET plan_year ="
        " (SELECT k.plan_year FROM programme_class k WHERE k.id = results_edition.class_id)"
    )
    op.execute(_guard())
    op.create_index("ix_results_edition_plan_year", "results_edition", ["plan_year", "id"])
    op.create_index(
        "ix_results_tally_found", "results_tally", GROUPED, postgresql_where=FOUND, sqlite_where=FOUND, unique=False
    )


def downgrade() -> None:
    op.drop_index("ix_results_tally_found", table_name="results_tally")
    op.drop_index("ix_results_edition_plan_year", table_name="results_edition")
    op.drop_column("results_edition", "plan_year")


def _postgresql() -> bool:
    return op.get_bind().dialect.name == "postgresql"


def _dropped() -> str:
    return "DROP TRIGGER results_edition_refuses_update" + (" ON results_edition" if _postgresql() else "")


def _guard() -> str:
    does = (
        f"EXECUTE FUNCTION peikao_refuse('{MESSAGE}')"
        if _postgresql()
        else f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    )
    return f"CREATE TRIGGER results_edition_refuses_update BEFORE UPDATE ON results_edition FOR EACH ROW {does}"
