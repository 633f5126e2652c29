"""Many entries under one lock of the head make the same chain as one after the other."""

from datetime import timedelta

import pytest
import sqlalchemy as sa
from sqlmodel import Session

from service.journal import queries
from service.journal.actions import Note, record, record_many
from service.journal.rules import Event
from service.kernel import database
from tests.journal.test_chain import NOW, assert_whole, entries

NOTES = [
    Note(Event.TICKET_SCANNED, "account:7", "seat:1", {"verdict": "allowed"}),
    Note(Event.SEAT_STARTED, "account:7", "seat:1", {"中": "文", "b": 2, "a": [1]}),
    Note(Event.SEAT_SIGNED_IN, "account:8", "sitting:1"),
]


def rows(session: Session) -> list[tuple[object, ...]]:
    return [tuple(row.model_dump().values()) for row in entries(session)]


def test_many_at_once_are_the_same_chain_as_one_by_one(empty_url: str) -> None:
    with database.writing() as session:
        for note in NOTES:
            record(session, note.event, note.actor, note.subject, now=NOW, data=note.data)
        one_by_one = rows(session)
        session.rollback()

    with database.writing() as session:
        record_many(session, NOTES, now=NOW)
        assert rows(session) == one_by_one

    with database.reading() as session:
        assert len(assert_whole(session)) == 3


def test_single_entries_and_groups_follow_each_other(empty_url: str) -> None:
    later = NOW + timedelta(seconds=1)
    with database.writing() as session:
        record(session, Event.SIGNED_OUT, "a", "s", now=NOW)
        record_many(session, NOTES, now=later)
        record(session, Event.SIGNED_OUT, "a", "s", now=later)
        record_many(session, NOTES[:1], now=later)

    with database.reading() as session:
        found = assert_whole(session)
    expected = ["SIGNED_OUT", *(note.event.value for note in NOTES), "SIGNED_OUT", NOTES[0].event.value]
    assert [row.event for row in found] == expected
    assert {row.at for row in found[1:]} == {"2026-11-18T01:00:01.000000+00:00"}


def test_no_entry_at_all_leaves_the_head_where_it_was(empty_url: str) -> None:
    with database.writing() as session:
        record(session, Event.SIGNED_OUT, "a", "s", now=NOW)
        before = queries.head(session).hash
        record_many(session, [], now=NOW)
        assert queries.head(session).hash == before
        assert_whole(session)


def test_a_group_that_cannot_be_written_leaves_nothing_of_itself(empty_url: str) -> None:
    with database.writing() as session:
        record_many(session, NOTES, now=NOW)

    def meddled() -> None:
        with database.writing() as session:
            session.execute(sa.text("UPDATE journal_head SET seq = seq - 1"))
            record_many(session, NOTES, now=NOW)

    with pytest.raises(sa.exc.IntegrityError):
        meddled()

    with database.reading() as session:
        assert len(assert_whole(session)) == 3
