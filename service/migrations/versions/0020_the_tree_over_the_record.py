"""The tree over the record: roots of whole subtrees, signed heads, their keys, and who witnessed them."""

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0017"
branch_labels = None
depends_on = None

MESSAGE = "the journal is append-only"
# Table → what tells that a row would be written over; SQLite fires no delete trigger for INSERT OR REPLACE.
KEPT = {
    "journal_subtree": "EXISTS (SELECT 1 FROM journal_subtree WHERE level = NEW.level AND number = NEW.number)",
    "journal_head_key": "EXISTS (SELECT 1 FROM journal_head_key WHERE key_id = NEW.key_id)",
    "journal_tree_head": "EXISTS (SELECT 1 FROM journal_tree_head WHERE size = NEW.size OR code = NEW.code)",
    "journal_witness": "EXISTS (SELECT 1 FROM journal_witness WHERE key_id = NEW.key_id)",
    "journal_cosignature": (
        "EXISTS (SELECT 1 FROM journal_cosignature WHERE size = NEW.size AND key_id = NEW.key_id)"
    ),
}


def upgrade() -> None:
    op.create_table(
        "journal_subtree",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("number", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.PrimaryKeyConstraint("level", "number", name=op.f("pk_journal_subtree")),
    )
    op.create_table(
        "journal_head_key",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("since", sa.String(length=32), nullable=False),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_journal_head_key")),
    )
    op.create_table(
        "journal_tree_head",
        sa.Column("size", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("root", sa.String(length=64), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.Column("code", sa.String(length=16), nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_journal_tree_head_size_positive")),
        sa.ForeignKeyConstraint(
            ["key_id"], ["journal_head_key.key_id"], name=op.f("fk_journal_tree_head_key_id_journal_head_key")
        ),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_journal_tree_head")),
        sa.UniqueConstraint("code", name=op.f("uq_journal_tree_head_code")),
    )
    op.create_table(
        "journal_witness",
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("public_key", sa.String(length=64), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("registered_at", sa.String(length=32), nullable=False),
        sa.ForeignKeyConstraint(
            ["organisation_id"],
            ["access_organisation.id"],
            name=op.f("fk_journal_witness_organisation_id_access_organisation"),
        ),
        sa.PrimaryKeyConstraint("key_id", name=op.f("pk_journal_witness")),
    )
    op.create_table(
        "journal_cosignature",
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("key_id", sa.String(length=16), nullable=False),
        sa.Column("at", sa.String(length=32), nullable=False),
        sa.Column("signature", sa.String(length=128), nullable=False),
        sa.ForeignKeyConstraint(
            ["size"], ["journal_tree_head.size"], name=op.f("fk_journal_cosignature_size_journal_tree_head")
        ),
        sa.ForeignKeyConstraint(
            ["key_id"], ["journal_witness.key_id"], name=op.f("fk_journal_cosignature_key_id_journal_witness")
        ),
        sa.PrimaryKeyConstraint("size", "key_id", name=op.f("pk_journal_cosignature")),
    )
    op.create_table(
        "oversight_disposal",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("before", sa.DateTime(timezone=True), nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "(decided_at IS NULL AND decided_by IS NULL AND confirmed IS NULL)"
            " OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND confirmed IS NOT NULL)",
            name=op.f("ck_oversight_disposal_decided_at_paired"),
        ),
        sa.CheckConstraint(
            "kind IN ('journal', 'results', 'sessions', 'pictures')", name=op.f("ck_oversight_disposal_kind_known")
        ),
        sa.CheckConstraint("number > 0", name=op.f("ck_oversight_disposal_number_positive")),
        sa.CheckConstraint("decided_by <> proposed_by OR NOT confirmed", name=op.f("ck_oversight_disposal_two_people")),
        sa.ForeignKeyConstraint(
            ["decided_by"], ["access_person.id"], name=op.f("fk_oversight_disposal_decided_by_access_person")
        ),
        sa.ForeignKeyConstraint(
            ["proposed_by"], ["access_person.id"], name=op.f("fk_oversight_disposal_proposed_by_access_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_oversight_disposal")),
    )
    op.create_index(
        "uq_oversight_disposal_open",
        "oversight_disposal",
        ["kind"],
        unique=True,
        sqlite_where=sa.text("decided_at IS NULL"),
        postgresql_where=sa.text("decided_at IS NULL"),
    )
    for table in KEPT:
        _guard(table)


def downgrade() -> None:
    op.drop_table("oversight_disposal")
    for table in reversed(KEPT):
        op.drop_table(table)


def _guard(table: str) -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    does = f"EXECUTE FUNCTION peikao_refuse('{MESSAGE}')" if postgresql else f"BEGIN SELECT RAISE(ABORT, '{MESSAGE}'); END"
    for operation in ("UPDATE", "DELETE"):
        name = f"{table}_refuses_{operation.lower()}"
        op.execute(f"CREATE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH ROW {does}")
    if not postgresql:
        op.execute(f"CREATE TRIGGER {table}_refuses_replace BEFORE INSERT ON {table} FOR EACH ROW WHEN {KEPT[table]} {does}")
