"""An account says whether its password was made by somebody else, and whether anybody vouched for who chose the next;
a program may be bound to a certificate."""

import sqlalchemy as sa
from alembic import op

revision = "0090"
down_revision = "0080"
branch_labels = None
depends_on = None

NAME = "ck_access_account_one_time_is_doubted"


def upgrade() -> None:
    with op.batch_alter_table("access_client") as batch_op:
        batch_op.add_column(sa.Column("certificate_sha256", sa.String(length=64), nullable=False, server_default=""))
    # Whoever has an account already goes on as before: nobody can tell who chose their passwords.
    with op.batch_alter_table("access_account") as batch_op:
        batch_op.add_column(sa.Column("one_time_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.add_column(sa.Column("doubted", sa.Boolean(), nullable=False, server_default=sa.false()))
        batch_op.add_column(
            sa.Column("activation_digest", sa.String(length=64), nullable=False, server_default="")
        )
        batch_op.add_column(sa.Column("activation_until", sa.DateTime(timezone=True), nullable=True))
        batch_op.create_check_constraint(op.f(NAME), "one_time_until IS NULL OR doubted")


def downgrade() -> None:
    with op.batch_alter_table("access_client") as batch_op:
        batch_op.drop_column("certificate_sha256")
    with op.batch_alter_table("access_account") as batch_op:
        batch_op.drop_constraint(op.f(NAME), type_="check")
        batch_op.drop_column("activation_until")
        batch_op.drop_column("activation_digest")
        batch_op.drop_column("doubted")
        batch_op.drop_column("one_time_until")
