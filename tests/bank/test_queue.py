"""What waits for a reviewer: found by one read, before any turn to write, and kept out of files until answered."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace

import pytest
import sqlalchemy as sa

from service.access.rules.policy import Duty
from service.bank import queries
from service.bank.actions import exporting, reading, uploads
from service.bank.actions.exporting import Format
from service.bank.queries import queue
from service.bank.rules.exchange.drafts import Field
from service.bank.rules.narrowing import Narrowing
from service.kernel import database
from tests.bank.test_reviewing import LATER, SUCCESSOR, TEXT, second_account, submit
from tests.conftest import Browser
from tests.world import World


@contextmanager
def counted() -> Iterator[list[tuple[str, bool]]]:
    """Every statement that anybody sends meanwhile, and whether in a turn to write."""
    sent: list[tuple[str, bool]] = []

    def note(connection: sa.Connection, _cursor: object, statement: str, *_: object) -> None:
        sent.append((statement, bool(connection.get_execution_options().get("writes"))))

    sa.event.listen(database.engine(), "before_cursor_execute", note)
    try:
        yield sent
    finally:
        sa.event.remove(database.engine(), "before_cursor_execute", note)


def test_own_items_are_passed_over_by_one_read_however_many_there_are(staffed: World, browser: Browser) -> None:
    asked, reviewer = {}, browser.of("reviewer")
    with database.writing() as session:
        second_account(session, staffed, "reviewer", "reviewer_too", Duty.AUTHOR)
    for number in (3, 60):
        with database.writing() as session:
            texts = [
                replace(TEXT, code=f"CMS-{one:03d}", stem=f"第{one}题：井下可以检修。") for one in range(1, number)
            ]
            submit(session, staffed, *texts, by="reviewer_too")
            submit(session, staffed, replace(TEXT, code="CMS-900"))
        with counted() as sent:
            page = reviewer.get("/bank/review")
        assert "CMS-900" in page.text and f"还有 {number} 题待审" in page.text
        asked[number] = len(sent)

    assert asked[60] == asked[3]


def test_going_on_behind_an_item_passes_over_it_and_what_comes_before(staffed: World) -> None:
    with database.writing() as session:
        submit(
            session, staffed, *(replace(TEXT, code=f"CMS-{one:03d}", stem=f"第{one}题：井下。") for one in (1, 2, 3))
        )
        reviewer, author = (staffed.actor(session, name).person_id for name in ("reviewer", "author"))

        first = queue.queued(session, reviewer)
        second = queue.queued(session, reviewer, after=first.next)
        third = queue.queued(session, reviewer, after=second.next)
        last = queue.queued(session, reviewer, after=third.next)

        assert (first.waiting, first.theirs, last.next) == (3, 3, None)
        assert len({first.next, second.next, third.next}) == 3
        assert queue.queued(session, author) == queue.Queued(3, 0, None)


def test_the_queue_is_read_before_the_turn_to_write(staffed: World, browser: Browser) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT)
    reviewer = browser.of("reviewer")

    with counted() as sent:
        reviewer.get("/bank/review")

    queues = [writes for statement, writes in sent if "EXISTS (SELECT access_deed" in " ".join(statement.split())]
    assert queues and not any(queues)


@pytest.mark.parametrize("form", list(Format))
def test_no_file_tells_a_reviewer_a_key_before_they_answered(staffed: World, browser: Browser, form: Format) -> None:
    with database.writing() as session:
        submit(session, staffed, TEXT, SUCCESSOR)
        first, _ = queries.awaiting_review(session)
        reading.answer_item(session, staffed.actor(session, "reviewer"), first, ["F"], now=LATER)

    told = {
        by: browser.of(by).get(f"/api/v1/bank/exports?format={form}").headers["X-Items-Left-Out"]
        for by in ("reviewer", "author")
    }
    with database.reading() as session:
        made = {by: exporting.make(session, staffed.actor(session, by), form, Narrowing()) for by in told}

    assert told == {"reviewer": "1", "author": "0"}
    assert {by: one.items for by, one in made.items()} == {"reviewer": 1, "author": 2}
    codes = {by: [draft.word(Field.CODE) for draft in uploads.sheaf_of(one.content).drafts] for by, one in made.items()}
    assert codes == {"reviewer": [TEXT.code], "author": [TEXT.code, SUCCESSOR.code]}
    assert "1 道待审的题须由您先作答" in browser.of("reviewer").get("/bank").text
    assert "道待审的题须由您先作答" not in browser.of("author").get("/bank").text
