"""Rooms switched to the other form by two people, and the sheets that were given up for it, which never change."""

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None

SWITCH, SHEET, ANSWER = "sittings_form_switch", "sittings_archived_sheet", "sittings_archived_answer"
WAITING = sa.text("decided_at IS NULL")
PAIRED = (
    "(decided_at IS NULL AND decided_by IS NULL AND confirmed IS NULL)"
    " OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND confirmed IS NOT NULL)"
)
REFUSAL = "archived answers never change"


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    op.create_table(
        SWITCH,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("from_form_id", sa.Integer(), nullable=False),
        sa.Column("to_form_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.CheckConstraint(
            "reason IN ('leak', 'wrong_delivery', 'faulty', 'other')", name=op.f(f"ck_{SWITCH}_reason_known")
        ),
        sa.CheckConstraint(PAIRED, name=op.f(f"ck_{SWITCH}_decided_at_paired")),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name=op.f(f"ck_{SWITCH}_two_people")),
        sa.CheckConstraint("from_form_id <> to_form_id", name=op.f(f"ck_{SWITCH}_another_form")),
        _refers(SWITCH, "sitting_id", "sittings_sitting"),
        _refers(SWITCH, "from_form_id", "papers_form"),
        _refers(SWITCH, "to_form_id", "papers_form"),
        _refers(SWITCH, "proposed_by", "access_person"),
        _refers(SWITCH, "decided_by", "access_person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SWITCH}")),
    )
    op.create_index(op.f(f"ix_{SWITCH}_sitting_id"), SWITCH, ["sitting_id"])
    op.create_index(op.f(f"ix_{SWITCH}_from_form_id"), SWITCH, ["from_form_id"])
    op.create_index(
        f"uq_{SWITCH}_waiting", SWITCH, ["sitting_id"], unique=True, sqlite_where=WAITING, postgresql_where=WAITING
    )
    op.create_table(
        SHEET,
        sa.Column("switch_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        _refers(SHEET, "switch_id", SWITCH),
        _refers(SHEET, "seat_id", "sittings_seat"),
        sa.PrimaryKeyConstraint("switch_id", "seat_id", name=op.f(f"pk_{SHEET}")),
    )
    op.create_table(
        ANSWER,
        sa.Column("switch_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("choice", sa.String(length=8), nullable=False),
        sa.Column("flagged", sa.Boolean(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("saved_at", sa.DateTime(timezone=True), nullable=False),
        _refers(ANSWER, "switch_id", SWITCH),
        _refers(ANSWER, "seat_id", "sittings_seat"),
        sa.PrimaryKeyConstraint("switch_id", "seat_id", "position", name=op.f(f"pk_{ANSWER}")),
    )
    _refuse()


def _refuse() -> None:
    """What was given up is evidence: neither code nor a hand in the database changes it."""
    for table in (SHEET, ANSWER):
        for operation in ("UPDATE", "DELETE"):
            if op.get_bind().dialect.name == "postgresql":
                body = f"EXECUTE FUNCTION peikao_refuse('{REFUSAL}')"
            else:
                body = f"BEGIN SELECT RAISE(ABORT, '{REFUSAL}'); END"
            name = f"{table}_refuses_{operation.lower()}"
            op.execute(f"CREATE TRIGGER {name} BEFORE {operation} ON {table} FOR EACH ROW {body}")


def downgrade() -> None:
    op.drop_table(ANSWER)
    op.drop_table(SHEET)
    op.drop_index(f"uq_{SWITCH}_waiting", SWITCH)
    op.drop_index(op.f(f"ix_{SWITCH}_from_form_id"), SWITCH)
    op.drop_index(op.f(f"ix_{SWITCH}_sitting_id"), SWITCH)
    op.drop_table(SWITCH)
