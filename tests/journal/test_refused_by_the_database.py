"""What the database itself refuses, whoever asks: the record, marks and published results stay as they are."""

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import select

from service.kernel import database
from service.results.actions import marking
from service.results.tables import SheetMarks
from tests import world as worlds
from tests.world import World

MARK = "(SELECT min(result_id) FROM results_sheet_marks)"
RECORD, MARKS, RESULTS, KEPT = (
    "the journal is append-only",
    "marks never change",
    "published results never change",
    "results are never deleted",
)
BACK = ", ".join(f"{verb}_{what} = NULL" for verb in ("confirmed", "published") for what in ("at", "by"))
LINE = "SELECT seq, at, event, 'nobody', subject, data, previous, hash FROM journal_entry WHERE seq = 3"


def refusal(statement: str) -> str:
    """What the database says when somebody tries this; the attempt is rolled back in any case."""
    with database.reading() as session, pytest.raises(IntegrityError) as refused:
        session.execute(sa.text(statement))
    return str(refused.value.orig).partition("\n")[0]


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        pytest.param("UPDATE journal_entry SET actor = 'nobody' WHERE seq = 3", RECORD, id="change an entry"),
        pytest.param("UPDATE journal_entry SET actor = actor WHERE seq = 3", RECORD, id="touch an entry"),
        pytest.param("DELETE FROM journal_entry WHERE seq = 3", RECORD, id="delete an entry"),
        pytest.param("DELETE FROM journal_entry", RECORD, id="delete the record"),
        pytest.param(
            f"INSERT INTO journal_entry {LINE} ON CONFLICT (seq) DO UPDATE SET actor = 'nobody'",
            RECORD,
            id="write over an entry",
        ),
        pytest.param(
            f"UPDATE results_sheet_marks SET entries = '[]' WHERE result_id = {MARK}", MARKS, id="change a mark"
        ),
        pytest.param(f"DELETE FROM results_sheet_marks WHERE result_id = {MARK}", MARKS, id="delete a mark"),
        pytest.param("UPDATE results_result SET points = 100", RESULTS, id="change published points"),
        pytest.param("UPDATE results_result SET verdict = 'passed'", RESULTS, id="change a published verdict"),
        pytest.param(f"UPDATE results_result SET state = 'marked', {BACK}", RESULTS, id="take a publication back"),
        pytest.param("DELETE FROM results_result", KEPT, id="delete results"),
    ],
)
def test_no_hand_in_the_database_can(published: World, statement: str, said: str) -> None:
    with database.reading() as session:
        assert session.exec(select(sa.func.count()).select_from(SheetMarks)).one() > 0

    assert refusal(statement) == said


def test_nor_by_what_only_one_of_the_databases_knows(published: World) -> None:
    if database.engine().dialect.name == "postgresql":
        assert [refusal(f"TRUNCATE journal_entry{how}") for how in ("", " CASCADE")] == [RECORD, RECORD]
        return
    assert refusal(f"INSERT OR REPLACE INTO journal_entry {LINE}") == RECORD


@pytest.mark.parametrize(
    "statement",
    [
        pytest.param("UPDATE journal_head SET seq = seq", id="the head moves with each entry"),
        pytest.param("UPDATE sittings_seat SET failed_attempts = 1", id="a seat changes"),
        pytest.param("DELETE FROM sittings_proctor", id="an assignment may go"),
    ],
)
def test_what_may_change_is_not_refused(published: World, statement: str) -> None:
    with database.reading() as session:
        assert session.connection().execute(sa.text(statement)).rowcount > 0


def test_a_result_moves_until_it_is_published(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        marking.hand_in_overdue(session, now=worlds.AFTER)

    with database.writing() as session:
        moved = session.connection().execute(sa.text("UPDATE results_result SET verdict = 'passed'"))
        assert moved.rowcount == len(world.seats)
