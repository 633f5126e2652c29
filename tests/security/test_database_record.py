"""Connected as the role of those who train: an entry of the record is of its own accounts, is the next one, and has the
right hash, or the database refuses it."""

from dataclasses import replace
from typing import Any

import psycopg
import pytest

from service.journal import queries as journal
from service.journal import rules
from service.kernel import database

pytestmark = pytest.mark.postgres
NOW = "2026-11-20T01:00:00.000000+00:00"
ENTRY = rules.Entry(0, NOW, "PASSWORD_CHANGED", "", "", {"note": '中 "quoted" \\ \n\t\x01\x7f'}, "")
AUTHOR = "account:author"
# What an entry could say besides the truth, in the place of an honest one of the institution's account.
FORGED: dict[str, dict[str, Any]] = {
    "an author's act": {"actor": AUTHOR},
    "the clock's act": {"actor": "clock"},
    "the service's act": {"actor": "system"},
    "a candidate's act": {"actor": "seat:1"},
    "a failure at an author's door": {"event": "SIGN_IN_FAILED", "actor": "anonymous", "subject": AUTHOR},
    "an act of the exam": {"event": "PAPER_APPROVED"},
    "a duty granted": {"event": "DUTY_GRANTED"},
    "another place in the chain": {"seq": 5},
    "another one before it": {"previous": "0" * 64},
}


def following(connection: psycopg.Connection, ids: dict[str, dict[str, Any]], **changed: Any) -> rules.Entry:
    """An honest entry of the institution's account after the newest, but for what is changed."""
    seq, previous = connection.execute("SELECT seq + 1, hash FROM journal_head").fetchone() or (0, "")
    author, own = (f"account:{ids[username]['account']}" for username in ("author", "institution"))
    told = {name: author if value == AUTHOR else value for name, value in changed.items()}
    return replace(ENTRY, **{"seq": seq, "previous": previous, "actor": own, "subject": own, **told})


def append(connection: psycopg.Connection, entry: rules.Entry, digest: str = "") -> None:
    """Add an entry as the service does."""
    told = (entry.seq, entry.at, entry.event, entry.actor, entry.subject, rules.compact(entry.data), entry.previous)
    names = "seq, at, event, actor, subject, data, previous, hash"
    connection.execute(
        f"INSERT INTO journal_entry ({names}) VALUES (%s, %s, %s, %s, %s, %s, %s, %s)".encode(),
        (*told, digest or rules.entry_hash(entry)),
    )


def move_head(connection: psycopg.Connection, seq: int, digest: str) -> None:
    connection.execute("UPDATE journal_head SET seq = %s, hash = %s", (seq, digest))


@pytest.mark.parametrize("name", FORGED)
def test_an_entry_names_its_own_accounts_and_acts_and_nobody_elses(
    ids: dict[str, dict[str, Any]], training: psycopg.Connection, name: str
) -> None:
    forged = following(training, ids, **FORGED[name])
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match='policy for table "journal_entry"'):
        append(training, forged)


def test_an_entry_comes_with_its_hash_and_moves_the_head(
    ids: dict[str, dict[str, Any]], training: psycopg.Connection
) -> None:
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match='policy for table "journal_entry"'):
        append(training, following(training, ids), "f" * 64)
    training.rollback()
    append(training, following(training, ids))
    with pytest.raises(psycopg.errors.InsufficientPrivilege, match="its head stayed behind"):
        training.commit()
    newest = following(training, ids)
    for seq, digest in ((newest.seq, newest.previous), (newest.seq - 2, newest.previous), (newest.seq - 1, "f" * 64)):
        with pytest.raises(psycopg.errors.InsufficientPrivilege, match='policy for table "journal_head"'):
            move_head(training, seq, digest)
        training.rollback()

    for told in ({}, {"event": "SIGN_IN_FAILED", "actor": "anonymous"}):
        honest = following(training, ids, **told)
        append(training, honest)
        move_head(training, honest.seq, rules.entry_hash(honest))
    training.commit()

    with database.reading() as session:
        assert [entry.data for entry in session.exec(journal.entries().limit(2))] == [rules.compact(ENTRY.data)] * 2
