"""``scripts/audit_separation --makers-apart-from N``: of an installation older than the rule that keeps makers apart.

What stands before entry N is not judged by that rule, or the program would say 1 of it for ever; it counts for what
comes after N.
"""

import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from tests.oversight.planting import STRANGER, Finished, Hand, audit, beside, program

Part = Callable[[Hand], None]
LONG_AGO = "2023-01-02T03:00:00.000000+00:00"


def wrote(hand: Hand) -> None:
    hand.write("ITEMS_SUBMITTED", hand.account(STRANGER), "bank", digests={"X-1": "d"}, changed=1, new=0)


def granted(hand: Hand) -> None:
    hand.grant(hand.account(STRANGER), STRANGER, "custody")


def read(hand: Hand) -> None:
    hand.write("ITEM_READ", hand.account(STRANGER), "item:1", version=1)


def enrolled(hand: Hand) -> None:
    hand.enrol(STRANGER, table=True)


def lectures(hand: Hand) -> None:
    hand.lecturer(STRANGER, full_time=False)


def taught(hand: Hand) -> None:
    data = {"code": "C-2", "institution": hand.world.organisations["institution"], "lecturers": [900]}
    hand.write("CLASS_OPENED", hand.by("planner"), "class:77", **data)


def teaches(hand: Hand) -> None:
    lectures(hand)
    taught(hand)


def signs_in(hand: Hand) -> None:
    hand.connection.execute("UPDATE sittings_seat SET trainee_id = 900 WHERE id = ?", [hand.world.seats[0]])
    hand.write("SEAT_SIGNED_IN", hand.seat, hand.seat)


MEETINGS = [
    pytest.param(wrote, enrolled, id="wrote, then sitting"),
    pytest.param(granted, enrolled, id="a custodian, then sitting"),
    pytest.param(wrote, teaches, id="wrote, then teaching"),
    pytest.param(enrolled, wrote, id="sitting, then writing"),
    pytest.param(enrolled, granted, id="sitting, then a custodian"),
    pytest.param(enrolled, read, id="sitting, then reading"),
]


@pytest.mark.parametrize(("first", "second"), MEETINGS)
def test_what_met_before_the_rule_is_not_judged_and_what_meets_after_it_is(
    finished: Finished, first: Part, second: Part
) -> None:
    with beside(finished) as hand:
        before = hand.next()
        first(hand)
        between = hand.next()
        second(hand)
        after = hand.next()
        found = {start: program().audit(hand.connection, start)[1] for start in (0, before, between, after)}

    assert found[0]
    assert found[before] == found[0]
    assert found[between] == found[0]
    assert found[after] == []


def test_a_seat_is_judged_by_what_was_before_the_rule(finished: Finished) -> None:
    """Whoever wrote questions and was on a roster before signs in after it: they know the questions all the same."""
    with beside(finished) as hand:
        wrote(hand)
        enrolled(hand)
        start = hand.next()
        signs_in(hand)
        _, breaches = program().audit(hand.connection, start)

    assert [f"person {STRANGER} did author and signs in to the exam of" in breach for breach in breaches] == [True]


@pytest.mark.parametrize(
    ("part", "words"),
    [
        pytest.param(
            lambda hand: hand.write("VOID_DECIDED", hand.hat("confirmer"), hand.seat),
            "did confirm and publish",
            id="two people",
        ),
        pytest.param(
            lambda hand: hand.write("RESULTS_CONFIRMED", hand.teacher(), hand.its_class),
            "taught it and did confirm",
            id="one class",
        ),
        pytest.param(
            lambda hand: hand.write("ITEM_READ", hand.teacher(), "item:1", version=1),
            "has taught for an institution and read questions",
            id="a teacher reads",
        ),
    ],
)
def test_every_other_rule_is_older(finished: Finished, part: Part, words: str) -> None:
    with beside(finished) as hand:
        part(hand)
        _, breaches = program().audit(hand.connection, hand.next())

    assert any(words in breach for breach in breaches), breaches


@pytest.mark.parametrize(
    ("at", "clean"), [pytest.param(LONG_AGO, True, id="long ago"), pytest.param("2025-01-02T03:00:00+00:00", False)]
)
def test_whoever_sat_long_ago_may_write_and_stays_on_the_roster(finished: Finished, at: str, clean: bool) -> None:
    """Rosters are kept for ever; what was sat by one years ago bars nobody from the bank."""
    with beside(finished) as hand:
        hand.enrol(STRANGER, at=at, table=True)
        wrote(hand)
        _, breaches = program().audit(hand.connection)

    assert (breaches == []) is clean, breaches


def test_the_program_takes_the_number_and_says_so(finished: Finished, tmp_path: Path) -> None:
    copy = tmp_path / "copy.db"
    with beside(finished) as hand, closing(sqlite3.connect(copy)) as file:
        wrote(hand)
        enrolled(hand)
        start = str(hand.next())
        hand.connection.commit()
        hand.connection.backup(file)

    status, lines = audit(copy, "--makers-apart-from", start)

    assert audit(copy)[0] == 1
    assert status == 0
    assert lines[0] == f"makers of questions are kept from teaching and sitting from entry {start} on"
    assert lines[-1] == "OK: whoever trained did not test"


def test_its_help_explains_the_number(finished: Finished) -> None:
    status, lines = audit(finished.path, "--help")

    assert status == 0
    assert "--makers-apart-from N" in " ".join(lines)


def test_a_number_that_is_none_is_refused(finished: Finished) -> None:
    assert audit(finished.path, "--makers-apart-from", "yesterday")[0] == 2
