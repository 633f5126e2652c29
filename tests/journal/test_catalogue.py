"""The catalogue of events: every kind has its fields, and an entry without them is a mistake but never a lost act."""

import json

import pytest
from sqlmodel import select

from service.journal.actions import MISSING, record
from service.journal.rules import Event, catalogue
from service.journal.tables import JournalEntry
from service.kernel import database, settings
from service.kernel.settings import Environment
from tests import world as worlds
from tests.conftest import Browser
from tests.world import World

NOW = worlds.PREPARED_AT


def test_every_event_is_in_the_catalogue() -> None:
    assert set(catalogue.REQUIRED) == set(Event)
    assert set(Event) > catalogue.READINGS > {Event.PAPER_READ, Event.CITIZEN_ID_READ}


def test_the_acts_of_a_whole_preparation_say_what_they_must(world: World) -> None:
    with database.reading() as session:
        rows = session.exec(select(JournalEntry)).all()

    lacking = {row.seq for row in rows if catalogue.missing(Event(row.event), json.loads(row.data))}
    assert lacking == set()
    assert len({row.event for row in rows}) > 20


def test_an_entry_that_lacks_a_field_is_refused_where_it_can_be_mended(empty_url: str) -> None:
    with database.writing() as session, pytest.raises(ValueError, match=r"^DUTY_GRANTED must say duty, person$"):
        record(session, Event.DUTY_GRANTED, "account:1", "account:2", now=NOW, data={"more": 1})


def test_in_production_it_is_kept_and_says_what_it_lacks(empty_url: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(settings.current(), "environment", Environment.PRODUCTION)

    with database.writing() as session:
        entry = record(session, Event.DUTY_GRANTED, "account:1", "account:2", now=NOW, data={"duty": "audit"})

    assert json.loads(entry.data) == {"duty": "audit", MISSING: ["person"]}


def test_auditors_read_the_catalogue(staffed: World, browser: Browser) -> None:
    page = browser.of("auditor").get("/journal/events")

    assert page.status_code == 200
    assert "PAPER_OPENED" in page.text and "form · hands · outcome" in page.text
    assert browser.of("publisher").get("/journal/events").status_code == 403
