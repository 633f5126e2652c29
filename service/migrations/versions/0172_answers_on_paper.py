"""Answers on paper: declarations by two, what two people copied from a sheet, what counts of it, and its pictures."""

import sqlalchemy as sa
from alembic import op

revision = "0172"
down_revision = "0171"
branch_labels = None
depends_on = None

SEATS, SHEETS, ENTRIES = "sittings_seat", "sittings_paper_sheet", "sittings_sheet_entry"
TRANSCRIPTS, PHOTOS = "sittings_transcript", "sittings_sheet_photo"
ENTRY_MESSAGE, TRANSCRIPT_MESSAGE = "entries of sheets never change", "transcripts never change"
# What of an entry stays as it was; that it was taken back is noted beside it.
FIXED = "id, sheet_id, round, copy_number, choices, nonce, entered_at, entered_by"
# What tells that a row would be written over; SQLite fires no delete trigger for INSERT OR REPLACE.
ENTRY_TAKEN = (
    "id = NEW.id OR (entered_by = NEW.entered_by AND nonce = NEW.nonce)"
    " OR (withdrawn_at IS NULL AND NEW.withdrawn_at IS NULL AND sheet_id = NEW.sheet_id"
    " AND (round = NEW.round OR entered_by = NEW.entered_by))"
)
TRANSCRIPT_TAKEN = (
    "sheet_id = NEW.sheet_id OR seat_id = NEW.seat_id"
    " OR (sitting_id = NEW.sitting_id AND copy_number = NEW.copy_number)"
)
# As large as a picture of an incident, and what encryption adds to it.
PICTURE = 3145728 + 28


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    op.add_column(SEATS, sa.Column("on_paper_at", sa.DateTime(timezone=True), nullable=True))
    _sheets()
    _entries()
    _transcripts()
    _photos()


def downgrade() -> None:
    """Only while no sheet was copied: the older schema has no place for what counts of it."""
    found = op.get_bind().execute(sa.text(f"SELECT COUNT(*) FROM {TRANSCRIPTS}")).scalar()
    if found:
        raise RuntimeError(f"{found} sheets were copied from paper, which the older schema cannot hold")
    for table in (PHOTOS, TRANSCRIPTS, ENTRIES, SHEETS):
        op.drop_table(table)
    op.drop_column(SEATS, "on_paper_at")


def _sheets() -> None:
    op.create_table(
        SHEETS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("reason", sa.String(length=20), nullable=False),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("proposed_by", sa.Integer(), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("confirmed", sa.Boolean(), nullable=True),
        sa.Column("saved", sa.String(length=64), nullable=True),
        sa.CheckConstraint(
            "reason IN ('machine', 'network', 'power', 'software', 'other')", name=op.f(f"ck_{SHEETS}_reason_known")
        ),
        sa.CheckConstraint(
            "(decided_at IS NULL AND decided_by IS NULL AND confirmed IS NULL)"
            " OR (decided_at IS NOT NULL AND decided_by IS NOT NULL AND confirmed IS NOT NULL)",
            name=op.f(f"ck_{SHEETS}_decided_at_paired"),
        ),
        sa.CheckConstraint("decided_by IS NULL OR decided_by <> proposed_by", name=op.f(f"ck_{SHEETS}_two_people")),
        sa.CheckConstraint(
            "(saved IS NOT NULL) = (confirmed IS NOT NULL AND confirmed)", name=op.f(f"ck_{SHEETS}_saved_kept")
        ),
        _to(SHEETS, "sitting_id", "sittings_sitting"),
        _to(SHEETS, "seat_id", SEATS),
        _to(SHEETS, "proposed_by", "access_person"),
        _to(SHEETS, "decided_by", "access_person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{SHEETS}")),
    )
    op.create_index(op.f(f"ix_{SHEETS}_sitting_id"), SHEETS, ["sitting_id"])
    standing = sa.text("confirmed IS NULL OR confirmed")
    op.create_index(
        f"uq_{SHEETS}_standing", SHEETS, ["seat_id"], unique=True, sqlite_where=standing, postgresql_where=standing
    )


def _entries() -> None:
    op.create_table(
        ENTRIES,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("copy_number", sa.Integer(), nullable=False),
        sa.Column("choices", sa.String(), nullable=False),
        sa.Column("nonce", sa.String(length=40), nullable=False),
        sa.Column("entered_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("entered_by", sa.Integer(), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("round BETWEEN 1 AND 2 AND copy_number >= 1", name=op.f(f"ck_{ENTRIES}_counted")),
        _to(ENTRIES, "sheet_id", SHEETS),
        _to(ENTRIES, "entered_by", "access_person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{ENTRIES}")),
        sa.UniqueConstraint("entered_by", "nonce", name=f"uq_{ENTRIES}_nonce"),
    )
    op.create_index(op.f(f"ix_{ENTRIES}_sheet_id"), ENTRIES, ["sheet_id"])
    stands = sa.text("withdrawn_at IS NULL")
    for name, column in (("round", "round"), ("person", "entered_by")):
        op.create_index(
            f"uq_{ENTRIES}_{name}",
            ENTRIES,
            ["sheet_id", column],
            unique=True,
            sqlite_where=stands,
            postgresql_where=stands,
        )
    _guard(ENTRIES, ENTRY_MESSAGE, ENTRY_TAKEN, f"UPDATE OF {FIXED}")
    # What was taken back stays so.
    _refuse(ENTRIES, ENTRY_MESSAGE, "renew", "UPDATE OF withdrawn_at", "OLD.withdrawn_at IS NOT NULL")


def _transcripts() -> None:
    op.create_table(
        TRANSCRIPTS,
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("sitting_id", sa.Integer(), nullable=False),
        sa.Column("seat_id", sa.Integer(), nullable=False),
        sa.Column("copy_number", sa.Integer(), nullable=False),
        sa.Column("choices", sa.String(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("how", sa.String(length=20), nullable=False),
        sa.Column("settled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Integer(), nullable=True),
        sa.Column("note", sa.String(length=200), nullable=False),
        sa.CheckConstraint("how IN ('agreed', 'decided')", name=op.f(f"ck_{TRANSCRIPTS}_how_known")),
        sa.CheckConstraint(
            "(how = 'decided') = (decided_by IS NOT NULL)", name=op.f(f"ck_{TRANSCRIPTS}_decided_by_somebody")
        ),
        sa.CheckConstraint("copy_number >= 1", name=op.f(f"ck_{TRANSCRIPTS}_copy_counted")),
        _to(TRANSCRIPTS, "sheet_id", SHEETS),
        _to(TRANSCRIPTS, "sitting_id", "sittings_sitting"),
        _to(TRANSCRIPTS, "seat_id", SEATS),
        _to(TRANSCRIPTS, "decided_by", "access_person"),
        sa.PrimaryKeyConstraint("sheet_id", name=op.f(f"pk_{TRANSCRIPTS}")),
        sa.UniqueConstraint("seat_id", name=op.f(f"uq_{TRANSCRIPTS}_seat_id")),
        sa.UniqueConstraint("sitting_id", "copy_number", name=f"uq_{TRANSCRIPTS}_copy"),
    )
    _guard(TRANSCRIPTS, TRANSCRIPT_MESSAGE, TRANSCRIPT_TAKEN, "UPDATE")


def _photos() -> None:
    op.create_table(
        PHOTOS,
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("sheet_id", sa.Integer(), nullable=False),
        sa.Column("media_type", sa.String(length=20), nullable=False),
        sa.Column("picture_sealed", sa.LargeBinary(), nullable=False),
        sa.Column("key_id", sa.String(length=8), server_default="", nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("added_by", sa.Integer(), nullable=False),
        sa.CheckConstraint("media_type IN ('image/jpeg', 'image/png')", name=op.f(f"ck_{PHOTOS}_media_type_known")),
        sa.CheckConstraint(f"length(picture_sealed) <= {PICTURE}", name=op.f(f"ck_{PHOTOS}_picture_size")),
        _to(PHOTOS, "sheet_id", SHEETS),
        _to(PHOTOS, "added_by", "access_person"),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{PHOTOS}")),
        sa.UniqueConstraint("sheet_id", "digest", name=op.f(f"uq_{PHOTOS}_sheet_id")),
    )
    op.create_index(op.f(f"ix_{PHOTOS}_sheet_id"), PHOTOS, ["sheet_id"])


def _to(table: str, column: str, other: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{other}.id"], name=op.f(f"fk_{table}_{column}_{other}"))


def _guard(table: str, message: str, taken: str, update: str) -> None:
    _refuse(table, message, "update", update)
    _refuse(table, message, "delete", "DELETE")
    if _sqlite():
        _refuse(table, message, "replace", "INSERT", f"EXISTS (SELECT 1 FROM {table} WHERE {taken})")


def _refuse(table: str, message: str, name: str, operation: str, when: str = "") -> None:
    does = (
        f"BEGIN SELECT RAISE(ABORT, '{message}'); END" if _sqlite() else f"EXECUTE FUNCTION peikao_refuse('{message}')"
    )
    condition = f"WHEN ({when})" if when else ""
    op.execute(
        f"CREATE TRIGGER {table}_refuses_{name} BEFORE {operation} ON {table} FOR EACH ROW {condition} {does}"
    )
