"""Items are found by what they say, through an index of pairs of characters."""

import json
import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0061"
branch_labels = None
depends_on = None

COUNTED = "ix_bank_item_version_counted"
SPACES = re.compile(r"[\s\u200b\ufeff]+")
# Chinese has no spaces, and most words have two characters. Neither database can index pairs by itself: PostgreSQL is
# told by a function what the pairs of a text are, SQLite's full text search is given them as words, in hexadecimal, so
# that no tokenizer takes them apart. Nothing is ever taken out, for versions stay for ever.
POSTGRESQL = (
    "CREATE FUNCTION peikao_grams(said text) RETURNS text[] LANGUAGE sql IMMUTABLE STRICT PARALLEL SAFE AS"
    " $$ SELECT array_agg(DISTINCT substr(said, place, 2))"
    " FROM generate_series(1, greatest(1, char_length(said) - 1)) AS place $$",
    "CREATE INDEX bank_search_grams ON bank_wording USING gin (peikao_grams(said))",
)
SQLITE = (
    "CREATE VIRTUAL TABLE bank_search"
    " USING fts5(grams, content='', detail='none', columnsize=0, tokenize='ascii')",
    "CREATE TRIGGER bank_search_follows AFTER INSERT ON bank_wording BEGIN"
    " INSERT INTO bank_search (rowid, grams)"
    " SELECT NEW.version_id, group_concat(hex(substr(NEW.said, place, 2)), ' ') FROM ("
    "WITH RECURSIVE places (place) AS"
    " (SELECT 1 UNION ALL SELECT place + 1 FROM places WHERE place < length(NEW.said) - 1)"
    " SELECT place FROM places); END",
)


def _sqlite() -> bool:
    return op.get_bind().dialect.name == "sqlite"


def upgrade() -> None:
    op.create_table(
        "bank_wording",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(), nullable=False),
        sa.ForeignKeyConstraint(
            ["version_id"], ["bank_item_version.id"], name=op.f("fk_bank_wording_version_id_bank_item_version")
        ),
        sa.PrimaryKeyConstraint("version_id", name=op.f("pk_bank_wording")),
    )
    for statement in SQLITE if _sqlite() else POSTGRESQL:
        op.execute(sa.text(statement))
    _say_what_is_there()
    op.create_index(COUNTED, "bank_item_version", ["state", "kind"])


def _say_what_is_there() -> None:
    """The words of the versions that there are, as ``bank.rules.wording`` had them when this was written."""
    connection = op.get_bind()
    found = connection.execute(
        sa.text(
            "SELECT v.id, i.code, v.stem, v.options, v.tags FROM bank_item_version v JOIN bank_item i ON i.id = v.item_id"
        )
    ).all()
    rows = []
    for version_id, code, stem, options, tags in found:
        options, tags = (json.loads(one) if isinstance(one, str) else one for one in (options, tags))
        said = (code, stem, *(options[letter] for letter in sorted(options)), *tags)
        rows.append({"version_id": version_id, "said": "\n".join(map(_folded, said))})
    if rows:
        connection.execute(sa.text("INSERT INTO bank_wording (version_id, said) VALUES (:version_id, :said)"), rows)


def _folded(text: str) -> str:
    return SPACES.sub("", unicodedata.normalize("NFKC", text)).lower()


def downgrade() -> None:
    op.drop_index(COUNTED, table_name="bank_item_version")
    if _sqlite():
        op.execute("DROP TRIGGER bank_search_follows")
        op.execute("DROP TABLE bank_search")
    op.drop_table("bank_wording")
    if not _sqlite():
        op.execute("DROP FUNCTION peikao_grams(text)")
