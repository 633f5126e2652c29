"""Statements written out by hand: many rows in, some of them changed, and read again; the same on both databases."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta, timezone

import pytest
import sqlalchemy as sa

from service.access.rules.people import OrganisationKind
from service.access.tables import Organisation
from service.kernel import database
from service.kernel.by_hand import Query, Rows
from service.kernel.database import Instant, read
from tests.world import World

SCRATCH = sa.MetaData()
THINGS = sa.Table(
    "by_hand_things",
    SCRATCH,
    sa.Column("id", sa.Integer, primary_key=True),
    sa.Column("word", sa.String(20)),
    sa.Column("at", Instant),
)
COLUMNS = {"word": "text", "at": "timestamptz"}
NEW, CHANGED = Rows("by_hand_things", COLUMNS), Rows("by_hand_things", {**COLUMNS, "id": "int"}, update=True)
AMONG = Query(
    "SELECT id, word, at FROM by_hand_things WHERE id IN ?* AND word NOT IN ?* ORDER BY id", lock="FOR UPDATE"
)
LATER = Query("SELECT word FROM by_hand_things WHERE at > ? AND word LIKE '%' ORDER BY id")
NOON = datetime(2026, 11, 20, 12, tzinfo=UTC)
WORDS = ["c", "a", "d", "b"]


@pytest.fixture
def things(standing: World) -> Iterator[None]:
    """Four rows, the last without an instant; gone afterwards."""
    with database.engine().execution_options(writes=True).begin() as connection:
        SCRATCH.create_all(connection)
    with database.writing() as session:
        # The second instant is told in a zone of its own.
        far = (NOON + timedelta(minutes=1)).astimezone(timezone(timedelta(hours=8)))
        instants = [NOON, far, NOON + timedelta(minutes=2), None]
        NEW.write(session.connection(), list(zip(WORDS, instants, strict=True)))
    yield
    with database.engine().execution_options(writes=True).begin() as connection:
        SCRATCH.drop_all(connection)


def test_rows_are_numbered_in_the_order_in_which_they_are_given(things: None) -> None:
    with database.writing() as session:
        found = AMONG.rows(session, [1, 2, 3, 4, 5], [])
    assert [tuple(row)[:2] for row in found] == list(enumerate(WORDS, start=1))
    assert [read(row[2]) for row in found] == [*(NOON + timedelta(minutes=one) for one in range(3)), None]


def test_many_values_are_looked_for_and_passed_over(things: None) -> None:
    with database.writing() as session:
        assert [row[1] for row in AMONG.rows(session, [1, 3, 4], ["d", "x"])] == ["c", "b"]
        assert AMONG.rows(session, [], ["d"]) == []


def test_an_instant_is_compared_as_it_is_stored(things: None) -> None:
    with database.writing() as session:
        assert [row[0] for row in LATER.rows(session, NOON)] == ["a", "d"]


def test_each_change_finds_its_row_and_leaves_the_others(things: None) -> None:
    with database.writing() as session:
        CHANGED.write(session.connection(), [("z", None, 3), ("y", NOON, 1)])
        CHANGED.write(session.connection(), [])
        found = AMONG.rows(session, [1, 2, 3, 4], [])
    assert [row[1] for row in found] == ["y", "a", "z", "b"]
    assert [read(row[2]) for row in found] == [NOON, NOON + timedelta(minutes=1), None, None]


def test_nobody_reads_past_what_the_session_has_not_written_yet(standing: World) -> None:
    with database.reading() as session:
        session.add(Organisation(kind=OrganisationKind.HR, name="新单位"))
        found = Query("SELECT kind FROM access_organisation WHERE name = ?").rows(session, "新单位")
    assert [row[0] for row in found] == [OrganisationKind.HR]
