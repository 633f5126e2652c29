"""Payment lists: each version as it was signed."""

import sqlalchemy as sa
from alembic import op

revision = "0052"
down_revision = "0051"
branch_labels = None
depends_on = None

MESSAGE = "payment lists never change"
# Table → what tells that a row would be written over; SQLite fires no delete trigger for INSERT OR REPLACE.
KEPT = {
    "results_payment_list": "id = NEW.id OR (class_id = NEW.class_id AND version = NEW.version)",
}


def upgrade() -> None:
    op.create_table(
        "results_payment_list",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("class_id", sa.Integer(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("edition_id", sa.Integer(), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("total_fen", sa.Integer(), nullable=False),
        sa.Column("content", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("made_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("people > 0 AND total_fen >= 0", name=op.f("ck_results_payment_list_sums_counted")),
        sa.CheckConstraint("version >= 1", name=op.f("ck_results_payment_list_version_counted")),
        sa.ForeignKeyConstraint(
            ["class_id"], ["programme_class.id"], name=op.f("fk_results_payment_list_class_id_programme_class")
        ),
        sa.ForeignKeyConstraint(
            ["edition_id"], ["results_edition.id"], name=op.f("fk_results_payment_list_edition_id_results_edition")
        ),
        sa.ForeignKeyConstraint(
            ["made_by"], ["access_person.id"], name=op.f("fk_results_payment_list_made_by_access_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_results_payment_list")),
        sa.UniqueConstraint("class_id", "version", name=op.f("uq_results_payment_list_class_id")),
    )
    for table in KEPT:
        _guard(table)


def downgrade() -> None:
    op.drop_table("results_payment_list")


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
