"""Entries that are older than those before them: the chain is whole, and the program says where the clock went back."""

from datetime import timedelta

import pytest

from service.journal.actions import Note, record_many
from service.journal.rules import Event
from service.kernel import database
from tests import world as worlds
from tests.journal.test_tampering import load

NOON = worlds.PREPARED_AT
SECONDS, MINUTE = timedelta(seconds=59), timedelta(minutes=1)
# Moments of entries after noon, in their order, and what is said of them.
CASES: dict[str, tuple[list[timedelta], list[str]]] = {
    "in their order": ([timedelta(), MINUTE, 2 * MINUTE], []),
    "somebody waited for the turn to write": ([timedelta(), SECONDS, timedelta(), SECONDS], []),
    "a minute is no more than a minute": ([MINUTE, timedelta()], []),
    "half an hour back": (
        [timedelta(), 60 * MINUTE, 30 * MINUTE, 31 * MINUTE],
        ["entry 3 is of 2026-11-18T01:30:00.000000+00:00, 0:30:00 before one that stands before it; so are 2 entries"],
    ),
    "back in steps of less than a minute": (
        [2 * MINUTE, 2 * MINUTE - SECONDS, 2 * MINUTE - 2 * SECONDS],
        ["entry 3 is of 2026-11-18T01:00:02.000000+00:00, 0:01:58 before one that stands before it; so are 1 entries"],
    ),
}


@pytest.mark.parametrize("name", CASES)
def test_the_first_entry_that_goes_back_is_named_and_the_chain_is_whole(empty_url: str, name: str) -> None:
    moments, expected = CASES[name]
    with database.writing() as session:
        for moment in moments:
            record_many(session, [Note(Event.SIGNED_OUT, "account:1", "account:1")], now=NOON + moment)

    said = load().verify(empty_url.removeprefix("sqlite:///"), {}, {}).splitlines()

    assert said[0].startswith(f"OK: {len(moments)} entries")
    begun = "the clock went back: "
    assert [line for line in said if line.startswith(begun)] == [f"{begun}{line} in all" for line in expected]
