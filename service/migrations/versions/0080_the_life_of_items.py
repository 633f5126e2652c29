"""Items are found by what they say, through an index of pairs of characters; reviewers answer them before seeing the
key; and approved ones are suspended, put back in use and retired."""

import json
import re
import unicodedata

import sqlalchemy as sa
from alembic import op

revision = "0080"
down_revision = "0061"
branch_labels = None
depends_on = None

VERSIONS = "bank_item_version"
BEFORE = "'submitted', 'approved', 'rejected', 'retired'"
NOW = "'submitted', 'approved', 'rejected', 'suspended', 'retired'"
# Every check of the table but that of its states.
CHECKS = {
    "kind_known": "kind IN ('single', 'multiple', 'true_false')",
    "level_known": "level IN ('recall', 'understand', 'apply')",
    "difficulty_range": "difficulty BETWEEN 1 AND 5",
    "reviewed_at_paired": "(reviewed_at IS NULL AND reviewed_by IS NULL)"
    " OR (reviewed_at IS NOT NULL AND reviewed_by IS NOT NULL)",
}
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
    op.create_index(COUNTED, VERSIONS, ["state", "kind"])
    _create_trials()
    _create_standings()
    _know_states(NOW)


def _create_trials() -> None:
    op.create_table(
        "bank_trial",
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("answer", sa.String(length=8), nullable=False),
        sa.Column("right", sa.Boolean(), nullable=False),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=False),
        _refers("bank_trial", "version_id", VERSIONS),
        _refers("bank_trial", "person_id", "access_person"),
        sa.PrimaryKeyConstraint("version_id", "person_id", name=op.f("pk_bank_trial")),
    )


def _create_standings() -> None:
    op.create_table(
        "bank_standing",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("version_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(), nullable=False),
        sa.Column("reason", sa.String(), nullable=False),
        sa.Column("set_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("set_by", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "state IN ('approved', 'suspended', 'retired')", name=op.f("ck_bank_standing_state_after_review")
        ),
        sa.CheckConstraint("reason <> ''", name=op.f("ck_bank_standing_reason_given")),
        _refers("bank_standing", "version_id", VERSIONS),
        _refers("bank_standing", "set_by", "access_person"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_bank_standing")),
    )
    op.create_index(op.f("ix_bank_standing_version_id"), "bank_standing", ["version_id"])


def _refers(table: str, column: str, to: str) -> sa.ForeignKeyConstraint:
    return sa.ForeignKeyConstraint([column], [f"{to}.id"], name=op.f(f"fk_{table}_{column}_{to}"))


def _know_states(states: str) -> None:
    """Set which states there are; SQLite makes the table anew for it and loses its other checks."""
    checks = {**CHECKS, "state_known": f"state IN ({states})"}
    with op.batch_alter_table(VERSIONS, recreate="always" if _sqlite() else "auto") as batch_op:
        if not _sqlite():
            batch_op.drop_constraint(op.f("ck_bank_item_version_state_known"), type_="check")
        for name, condition in checks.items():
            if _sqlite() or name == "state_known":
                batch_op.create_check_constraint(op.f(f"ck_bank_item_version_{name}"), sa.text(condition))


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
    op.execute("UPDATE bank_item_version SET state = 'retired' WHERE state = 'suspended'")
    op.drop_table("bank_standing")
    op.drop_table("bank_trial")
    op.drop_index(COUNTED, table_name=VERSIONS)
    if _sqlite():
        op.execute("DROP TRIGGER bank_search_follows")
        op.execute("DROP TABLE bank_search")
    op.drop_table("bank_wording")
    if not _sqlite():
        op.execute("DROP FUNCTION peikao_grams(text)")
    _know_states(BEFORE)
