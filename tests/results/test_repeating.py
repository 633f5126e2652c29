"""Marking everything again from scratch gives the same marks to the letter, and names every seat where it does not."""

import pytest
import sqlalchemy as sa
from sqlmodel import Session, col, select
from typer.testing import CliRunner

from service.cli import app
from service.journal.rules import Event
from service.journal.tables import JournalEntry
from service.kernel import database
from service.results.actions import repeating
from service.results.rules import scoring
from service.sittings.tables import Answer
from tests.conftest import Staged
from tests.results import exams
from tests.results.exams import Fate
from tests.world import AFTER, World

FATES = (Fate.PASSED, Fate.FAILED, Fate.BLANK, Fate.PASSED, Fate.ABSENT, Fate.REFUSED)
SAT = 4


def examined(session: Session, world: World) -> World:
    """Sheets that passed, failed and stayed blank, and two seats without any."""
    exams.sit(session, world, dict(zip(world.seats, FATES, strict=True)), ("proctor1", "proctor2"))
    return world


def peikao(*words: str) -> tuple[int, list[str]]:
    said = CliRunner().invoke(app, ["results", "verify", *words])
    assert not isinstance(said.exception, Exception), said.exception
    return said.exit_code, said.output.splitlines()


def test_what_was_marked_is_marked_again_to_the_letter(staged: Staged) -> None:
    world = staged(examined, AFTER)
    status, (said,) = peikao("--class", "2024-TL-01")

    assert (status, said.split(" marked again")[0]) == (0, f"{SAT} sheets of 1 sittings")
    assert said.endswith(": equal")
    with database.reading() as session:
        used = session.exec(
            select(JournalEntry).where(JournalEntry.event == Event.KEY_USED, JournalEntry.actor == "operator")
        )
        assert [f"sitting:{world.sitting_id}" in one.data for one in used] == [True]


def test_an_answer_that_was_changed_afterwards_is_named(staged: Staged) -> None:
    world = staged(examined, AFTER)
    with database.writing() as session:
        row = session.exec(
            select(Answer).where(Answer.seat_id == world.seats[0]).order_by(col(Answer.position))
        ).first()
        assert row is not None
        session.execute(
            sa.update(Answer)
            .where(col(Answer.seat_id) == row.seat_id, col(Answer.position) == row.position)
            .values(choice="D" if row.choice != "D" else "C")
        )

    status, said = peikao()

    seat = f"sitting {world.sitting_id}, seat {world.seats[0]}"
    assert (status, said[:-1]) == (
        1,
        [f"{seat}: other {what} than were put on record" for what in ("answers", "marks")],
    )
    assert said[-1].endswith(": 2 DIFFER")


def test_another_rule_of_marking_is_seen_in_every_sheet(staged: Staged, monkeypatch: pytest.MonkeyPatch) -> None:
    world = staged(examined, AFTER)
    monkeypatch.setattr(scoring, "score", lambda kind, key, choice, points: 1)

    with database.reading() as session:
        found = repeating.repeat(session, world.sitting_id, now=AFTER)

    assert (found.sheets, found.other_answers, len(found.other_marks)) == (SAT, [], SAT)


@pytest.mark.parametrize(
    ("words", "said"),
    [
        pytest.param((), "no sheet was marked yet", id="before any exam"),
        pytest.param(("--class", "2030-TL-01"), "no sheet of this class was marked", id="no such class"),
    ],
)
def test_where_nothing_was_marked_it_says_so(world: World, words: tuple[str, ...], said: str) -> None:
    assert peikao(*words) == (2, [said])
