"""The short code of a head: printed on the list of results, and looked up by whoever holds the paper."""

import re

import pytest
from sqlmodel import Session
from typer.testing import CliRunner

from service.cli import app
from service.journal.actions.heads import seal_head
from service.journal.queries import tree
from service.journal.rules import heads
from service.kernel import database
from service.results.actions import marking, publishing
from tests import world as worlds
from tests.conftest import Browser, Clock, Staged
from tests.journal.merkle import append
from tests.world import World


@pytest.fixture
def published(staged: Staged) -> World:
    """The results are published, and much has happened since."""
    return staged(sat_and_published, worlds.AFTER)


def sat_and_published(session: Session, world: World) -> World:
    worlds.begin_exam(session, world)
    marking.hand_in_overdue(session, now=worlds.AFTER)
    worlds.sign_record(session, world)
    publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)
    publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=worlds.AFTER)
    return world


def newest_code() -> str:
    with database.reading() as session:
        head = tree.newest(session)
        assert head is not None
        return heads.grouped(head.code)


def test_the_list_of_results_carries_the_code_of_its_publication(published: World, browser: Browser) -> None:
    code = newest_code()
    with database.writing() as session:
        append(session, 3)
        seal_head(session, now=worlds.AFTER)
    assert newest_code() != code

    for username in ("publisher", "enterprise"):
        page = browser.of(username).get(f"/results/classes/{published.class_id}").text
        assert re.findall(r"\b[0-9A-Z]{4}(?:-[0-9A-Z]{4}){3}\b", page) == [code]


def test_before_publication_there_is_no_code(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(worlds.PREPARED_AT)
    page = browser.of("publisher").get(f"/results/classes/{world.class_id}").text

    assert "journal/code" not in page


def test_anybody_looks_a_code_up(published: World, browser: Browser) -> None:
    code = newest_code()
    with database.reading() as session:
        head = tree.newest(session)
        assert head is not None

    form = browser.stranger().get("/journal/code")
    found = browser.stranger().get(f"/journal/code?code={code.lower()}")
    unknown = browser.stranger().get("/journal/code?code=0000-0000-0000-0000")

    assert (form.status_code, found.status_code, unknown.status_code) == (200, 200, 404)
    assert head.root in found.text and head.root not in form.text and head.root not in unknown.text
    assert "0000-0000-0000-0000" in unknown.text


def test_the_journal_page_shows_the_newest_head(published: World, browser: Browser) -> None:
    assert newest_code() in browser.of("auditor").get("/journal").text


def test_the_command_looks_a_code_up_too(published: World) -> None:
    with database.reading() as session:
        head = tree.newest(session)
        assert head is not None

    found = CliRunner().invoke(app, ["which-head", newest_code()])
    unknown = CliRunner().invoke(app, ["which-head", "0000000000000000"])

    assert (found.exit_code, unknown.exit_code) == (0, 1)
    assert found.output == (
        f"entries    {head.size}\nroot       {head.root}\nsigned at  {head.at}\nkey        {head.key_id}\n"
    )
