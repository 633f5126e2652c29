"""The record: a chain without gaps, an act and its entry together or not at all, and what the database refuses."""

import json
import threading
from typing import Annotated

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, col, select

from service.access.actions import administering
from service.access.rules.people import OrganisationKind
from service.access.rules.policy import Actor, Right
from service.access.shapes import may
from service.access.tables import Organisation
from service.journal import queries
from service.journal.actions import record
from service.journal.rules import GENESIS, Entry, Event, entry_hash
from service.journal.tables import JournalEntry
from service.kernel import database
from service.kernel.database import Writing
from service.main import create_app
from tests import world as worlds
from tests.world import World

NOW = worlds.PREPARED_AT


def entries(session: Session) -> list[JournalEntry]:
    return list(session.exec(select(JournalEntry).order_by(col(JournalEntry.seq))))


def hash_of(row: JournalEntry) -> str:
    """An entry's hash, computed from what is stored."""
    data = json.loads(row.data)
    return entry_hash(Entry(row.seq, row.at, row.event, row.actor, row.subject, data, row.previous))


def assert_whole(session: Session) -> list[JournalEntry]:
    """Every entry numbered, linked and hashed, and the head on the last one."""
    rows, head = entries(session), queries.head(session)
    assert [row.seq for row in rows] == list(range(1, len(rows) + 1))
    assert [row.previous for row in rows] == [GENESIS, *(row.hash for row in rows)][:-1]
    assert [row.hash for row in rows] == [hash_of(row) for row in rows]
    assert (head.seq, head.hash) == (len(rows), rows[-1].hash if rows else GENESIS)
    return rows


# --- one entry ---


def test_an_entry_says_who_did_what_to_which_subject_when(empty_url: str) -> None:
    data = {"中": "文", "b": 2, "a": [1]}
    with database.writing() as session:
        record(session, Event.SIGNED_OUT, "account:7", "plan:2024", now=NOW, data=data)

    with database.reading() as session:
        (row,) = assert_whole(session)
    assert (row.seq, row.event, row.actor, row.subject) == (1, "SIGNED_OUT", "account:7", "plan:2024")
    assert (row.at, row.data) == ("2026-11-18T01:00:00.000000+00:00", '{"a":[1],"b":2,"中":"文"}')


@pytest.mark.parametrize(
    ("change", "value"),
    [("seq", 2), ("at", "later"), ("event", "X"), ("actor", "b"), ("subject", "t"), ("data", {}), ("previous", "1")],
)
def test_every_field_of_an_entry_is_in_its_hash(change: str, value: object) -> None:
    fields = {"seq": 1, "at": "now", "event": "E", "actor": "a", "subject": "s", "data": {"x": 1}, "previous": "0"}

    assert set(fields) == set(Entry.__slots__)
    assert entry_hash(Entry(**{**fields, change: value})) != entry_hash(Entry(**fields))  # type: ignore[arg-type]


def test_an_empty_record_is_whole_too(empty_url: str) -> None:
    with database.reading() as session:
        assert assert_whole(session) == []


def test_the_real_actions_of_a_whole_preparation_make_a_whole_chain(world: World) -> None:
    with database.reading() as session:
        rows = assert_whole(session)

    assert {"DUTY_GRANTED", "ITEM_APPROVED", "ROSTER_IMPORTED", "PAPER_SEALED", "CANDIDATES_ENROLLED"} <= {
        row.event for row in rows
    }


def test_the_record_can_be_asked_about_a_subject_an_event_and_an_actor(empty_url: str) -> None:
    with database.writing() as session:
        for actor, subject in (("a", "s"), ("b", "s"), ("a", "t")):
            record(session, Event.SIGNED_OUT, actor, subject, now=NOW)
        record(session, Event.SIGNED_IN, "a", "s", now=NOW)

    with database.reading() as session:

        def found(**asked: str) -> list[int]:
            return [row.seq for row in session.exec(queries.entries(**asked))]

        assert found() == [4, 3, 2, 1]
        assert found(event="SIGNED_OUT") == [3, 2, 1]
        assert found(actor="a", subject="s") == [4, 1]
        assert [row.seq for row in queries.about(session, "s")] == [1, 2, 4]


# --- together or not at all ---


def counted(session: Session) -> tuple[int, int]:
    """How many organisations and how many entries there are."""
    return tuple(
        session.exec(select(sa.func.count()).select_from(table)).one() for table in (Organisation, JournalEntry)
    )  # type: ignore[return-value]


def add(session: Session, world: World, name: str) -> None:
    administrator = world.actor(session, "administrator")
    administering.add_organisation(session, administrator, OrganisationKind.HR, name, "", now=NOW)


def test_an_act_and_its_entry_are_committed_together(staffed: World) -> None:
    with database.writing() as session:
        bodies, lines = counted(session)
        add(session, staffed, "新单位")

    with database.reading() as session:
        assert counted(session) == (bodies + 1, lines + 1)
        assert_whole(session)


def test_an_act_that_fails_after_its_entry_leaves_neither(staffed: World) -> None:
    with database.reading() as session:
        before = counted(session)

    def fail_at_the_end() -> None:
        with database.writing() as session:
            add(session, staffed, "新单位")
            assert counted(session) == (before[0] + 1, before[1] + 1)
            raise OSError("the power went")

    with pytest.raises(OSError, match="the power went"):
        fail_at_the_end()

    with database.reading() as session:
        assert counted(session) == before
        assert_whole(session)


def test_a_request_that_fails_after_its_entry_leaves_neither(staffed: World) -> None:
    app = create_app()

    @app.post("/api/v1/half")
    def half(session: Writing, _: Annotated[Actor, may(Right.PUBLIC)], fail: bool = False) -> None:
        add(session, staffed, f"新单位 {fail}")
        if fail:
            raise OSError("the power went")

    client = TestClient(app, raise_server_exceptions=False)
    with database.reading() as session:
        bodies, lines = counted(session)

    assert client.post("/api/v1/half").status_code == 200
    assert client.post("/api/v1/half?fail=true").status_code == 500

    with database.reading() as session:
        assert counted(session) == (bodies + 1, lines + 1)
        assert_whole(session)


def test_an_entry_that_cannot_be_written_takes_its_act_with_it(staffed: World) -> None:
    with database.writing() as session:
        before = counted(session)
        # Somebody has meddled with the head: the next number is taken already.
        session.execute(sa.text("UPDATE journal_head SET seq = seq - 1"))

    def one_more() -> None:
        with database.writing() as session:
            add(session, staffed, "新单位")

    with pytest.raises(IntegrityError):
        one_more()

    with database.reading() as session:
        assert counted(session) == before


# --- several writers at once ---


def test_four_writers_at_once_make_one_chain_without_gaps(empty_url: str) -> None:
    faults: list[Exception] = []
    together = threading.Barrier(4)
    with database.reading() as session:
        assert assert_whole(session) == []

    def append(name: str) -> None:
        together.wait()
        try:
            for number in range(15):
                with database.writing() as session:
                    record(session, Event.SIGNED_IN, name, f"item:{number}", now=NOW)
        except Exception as fault:
            faults.append(fault)

    writers = [threading.Thread(target=append, args=(f"account:{one}",)) for one in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()

    assert faults == []
    with database.reading() as session:
        rows = assert_whole(session)
    assert sorted((row.actor, row.subject) for row in rows) == sorted(
        (f"account:{one}", f"item:{number}") for one in range(4) for number in range(15)
    )
