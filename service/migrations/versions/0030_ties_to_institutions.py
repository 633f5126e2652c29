"""Declared ties of persons to institutions, and which institution teaches a class."""

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0020"
branch_labels = None
depends_on = None


def _paired(one: str, other: str) -> str:
    return f"({one} IS NULL AND {other} IS NULL) OR ({one} IS NOT NULL AND {other} IS NOT NULL)"


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def upgrade() -> None:
    instant = sa.DateTime(timezone=True)
    op.create_table(
        "access_tie",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(), nullable=False),
        sa.Column("since", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("declared_at", instant, nullable=False),
        sa.Column("declared_by", sa.String(), nullable=False),
        sa.Column("withdrawal_proposed_at", instant, nullable=True),
        sa.Column("withdrawal_proposed_by", sa.Integer(), nullable=True),
        sa.Column("withdrawal_reason", sa.String(length=200), nullable=False),
        sa.Column("withdrawn_at", instant, nullable=True),
        sa.Column("withdrawn_by", sa.Integer(), nullable=True),
        sa.CheckConstraint("kind IN ('employed', 'seconded', 'relative')", name=op.f("ck_access_tie_kind_known")),
        sa.CheckConstraint(
            _paired("withdrawal_proposed_at", "withdrawal_proposed_by"),
            name=op.f("ck_access_tie_withdrawal_proposed_at_paired"),
        ),
        sa.CheckConstraint(_paired("withdrawn_at", "withdrawn_by"), name=op.f("ck_access_tie_withdrawn_at_paired")),
        sa.CheckConstraint("until IS NULL OR until >= since", name=op.f("ck_access_tie_term_in_order")),
        sa.CheckConstraint(
            "withdrawn_by IS NULL OR (withdrawal_proposed_by IS NOT NULL AND withdrawn_by <> withdrawal_proposed_by)",
            name=op.f("ck_access_tie_two_people"),
        ),
        sa.CheckConstraint(
            "(withdrawal_proposed_by IS NULL OR withdrawal_proposed_by <> person_id)"
            " AND (withdrawn_by IS NULL OR withdrawn_by <> person_id)",
            name=op.f("ck_access_tie_not_by_oneself"),
        ),
        _refers("access_tie", "person_id", "access_person"),
        _refers("access_tie", "organisation_id", "access_organisation"),
        _refers("access_tie", "withdrawal_proposed_by", "access_person"),
        _refers("access_tie", "withdrawn_by", "access_person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_access_tie")),
    )
    living = sa.text("withdrawn_at IS NULL")
    columns = ["person_id", "organisation_id", "kind"]
    op.create_index(
        "uq_access_tie_living", "access_tie", columns, unique=True, sqlite_where=living, postgresql_where=living
    )
    op.create_table(
        "access_taught",
        sa.Column("subject", sa.String(length=40), nullable=False),
        sa.Column("organisation_id", sa.Integer(), nullable=False),
        _refers("access_taught", "organisation_id", "access_organisation"),
        sa.PrimaryKeyConstraint("subject", name=op.f("pk_access_taught")),
    )
    op.create_index(op.f("ix_access_taught_organisation_id"), "access_taught", ["organisation_id"])
    # Classes that were opened before: their institution has been known all along, only not to separation.
    op.execute(
        "INSERT INTO access_taught (subject, organisation_id) SELECT 'class:' || id, institution_id FROM programme_class"
    )


def downgrade() -> None:
    op.drop_index(op.f("ix_access_taught_organisation_id"), "access_taught")
    op.drop_table("access_taught")
    op.drop_index("uq_access_tie_living", "access_tie")
    op.drop_table("access_tie")
