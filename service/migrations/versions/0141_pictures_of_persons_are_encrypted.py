"""Photographs of trainees and pictures of incidents lie encrypted, and say under which key.

Those from before stay as they came until ``peikao keys rotate`` moves them: a migration has no secret.
"""

import sqlalchemy as sa
from alembic import op

revision = "0141"
down_revision = "0140"
branch_labels = None
depends_on = None

TRAINEE, INCIDENT = "programme_trainee", "sittings_incident_photo"
LARGEST_PHOTO, LARGEST_PICTURE, MORE = 204800, 3145728, 28


def _paired(*columns: str) -> str:
    empty = " AND ".join(f"{column} IS NULL" for column in columns)
    return f"({empty}) OR ({' AND '.join(f'{column} IS NOT NULL' for column in columns)})"


def upgrade() -> None:
    with op.batch_alter_table(TRAINEE) as batch_op:
        batch_op.add_column(sa.Column("photo_key_id", sa.String(8), nullable=True))
    op.execute(sa.text("UPDATE programme_trainee SET photo_key_id = '' WHERE photo IS NOT NULL"))
    with op.batch_alter_table(INCIDENT) as batch_op:
        batch_op.add_column(sa.Column("key_id", sa.String(8), nullable=False, server_default=""))
    _trainees("photo", "photo_sealed", LARGEST_PHOTO + MORE, paired=("photo_sealed", "photo_type", "photo_key_id"))
    _incidents("picture", "picture_sealed", LARGEST_PICTURE + MORE)


def downgrade() -> None:
    """Only while no picture is encrypted: the older service would take what is sealed for the picture itself."""
    sealed = sum(
        op.get_bind().execute(sa.text(f"SELECT COUNT(*) FROM {table} WHERE {column} <> ''")).scalar() or 0  # noqa: S608
        for table, column in ((TRAINEE, "photo_key_id"), (INCIDENT, "key_id"))
    )
    if sealed:
        raise RuntimeError(f"{sealed} pictures are encrypted, which the older schema cannot say")
    _trainees("photo_sealed", "photo", LARGEST_PHOTO, paired=("photo", "photo_type"))
    _incidents("picture_sealed", "picture", LARGEST_PICTURE)
    for table, column in ((TRAINEE, "photo_key_id"), (INCIDENT, "key_id")):
        with op.batch_alter_table(table) as batch_op:
            batch_op.drop_column(column)


def _trainees(before: str, after: str, largest: int, *, paired: tuple[str, ...]) -> None:
    checks = {f"{after}_paired": _paired(*paired), "photo_small": f"length({after}) <= {largest}"}
    _rename(TRAINEE, before, after, nullable=True, gone=(f"{before}_paired", "photo_small"), checks=checks)


def _incidents(before: str, after: str, largest: int) -> None:
    checks = {"picture_size": f"length({after}) <= {largest}"}
    _rename(INCIDENT, before, after, nullable=False, gone=("picture_size",), checks=checks)


def _rename(
    table: str, before: str, after: str, *, nullable: bool, gone: tuple[str, ...], checks: dict[str, str]
) -> None:
    """Give the column its new name, and the checks that speak of it their new words."""
    with op.batch_alter_table(table) as batch_op:
        for name in gone:
            batch_op.drop_constraint(op.f(f"ck_{table}_{name}"), type_="check")
        batch_op.alter_column(before, new_column_name=after, existing_type=sa.LargeBinary(), existing_nullable=nullable)
        for name, condition in checks.items():
            batch_op.create_check_constraint(op.f(f"ck_{table}_{name}"), sa.text(condition))
