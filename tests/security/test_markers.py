"""Marks are planted where the secrets are, and looked for wherever anybody can look: who sees which mark, and when.

Every kind of account asks every route that looks, whether it may or not, during the exam, after the marking and after
publication; the whole reply counts, headers and words of refusal included. Compared is equality with the table below, so
that whoever should see something is shown to see it. Texts inside of a PDF are set in glyphs and cannot be read here; what
goes into them is what the pages beside them show.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi.testclient import TestClient
from sqlmodel import Session

from service import schema
from service.kernel import database
from service.main import create_app
from service.results.actions import marking, publishing
from service.sittings.actions import granting, minding
from service.sittings.rules.granting import Grants
from service.sittings.rules.room import Cause, IncidentKind
from tests import world as worlds
from tests.architecture import walking
from tests.conftest import Browser, Clock, Databases, using
from tests.papers.test_sealing import columns_holding
from tests.security.fuzzing import KINDS
from tests.sittings import leaks
from tests.world import World

REVIEWER, INCIDENT, HEALTH, PHONE, POINTS = "REVIEWERMARK", "INCIDENTMARK", "HEALTHMARK", "19900000000", 61
PEOPLE = [kind for kind in KINDS if kind != "program"]
EVERYBODY = frozenset(PEOPLE)
PATTERNS = {
    "a stem": re.compile(r"STEM\w+MARK"),
    "an explanation": re.compile(r"WHY\w+MARK"),
    "a reviewer's name": re.compile(REVIEWER),
    "an incident": re.compile(INCIDENT),
    "a reason of health": re.compile(HEALTH),
    "a phone number": re.compile(PHONE),
    "a citizen id": re.compile(worlds.citizen_id(0)),
    "points": re.compile(rf'"points": ?{POINTS}\b|>\s*{POINTS}\s*<'),
}


@pytest.fixture
def planted(databases: Databases, tmp_path: Path) -> Iterator[World]:
    with databases.copy("planted", leaks.build) as (url, world), using(url, tmp_path / "clock"):
        yield world


def plant(session: Session, world: World) -> None:
    """Marks where a person's hand would put a secret."""
    session.execute(sa.text("UPDATE access_person SET name = :mark WHERE name = 'reviewer'"), {"mark": REVIEWER})
    proctor, arranger = world.actor(session, "proctor1"), world.actor(session, "arranger")
    minding.report_incident(
        session,
        proctor,
        world.sitting_id,
        None,
        IncidentKind.OTHER,
        INCIDENT,
        cause=Cause.TECHNICAL,
        now=worlds.WORKING_AT,
    )
    granting.propose(
        session, arranger, world.class_id, world.trainees[1], Grants(large_type=True), HEALTH, now=worlds.PREPARED_AT
    )


def mark(session: Session, world: World) -> None:
    """Everybody's sheet is marked; one result has points that nothing else has."""
    marking.hand_in_overdue(session, now=worlds.AFTER)
    session.execute(
        sa.text("UPDATE results_result SET points = :points WHERE trainee_id = :trainee"),
        {"points": POINTS, "trainee": world.trainees[0]},
    )
    worlds.sign_record(session, world)
    publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)


class Search:
    """Everybody's clients, and what each was shown."""

    def __init__(self, world: World) -> None:
        self.world, self.browser = world, Browser(create_app())
        with database.reading() as session:
            self.seat = walking.seat_of(session, world.trainees[0], world)
        self.clients: dict[str, TestClient] = {}

    def client(self, kind: str) -> TestClient:
        if kind not in self.clients:
            match kind:
                case "stranger":
                    self.clients[kind] = self.browser.stranger()
                case "candidate":
                    self.clients[kind] = self.browser.candidate(self.world, self.seat, self.world.trainees[0])
                    self.clients[kind].post("/api/v1/exam/start", json={})
                case _:
                    self.clients[kind] = self.browser.of(kind)
        return self.clients[kind]

    def seen(self) -> dict[str, set[str]]:
        """Who was shown which mark by whatever they asked for."""
        with database.reading() as session:
            ids = walking.real_ids(session, self.world)
        found: dict[str, set[str]] = {name: set() for name in PATTERNS}
        looking = [one for one in walking.gets(self.browser.app) if not one.path.endswith("/events")]  # type: ignore[arg-type]
        for kind in PEOPLE:
            for route in looking:
                reply = self.client(kind).get(walking.filled(route.path, ids))
                text = f"{reply.headers}\n{reply.content.decode(errors='replace')}"
                for name, pattern in PATTERNS.items():
                    if pattern.search(text):
                        found[name].add(kind)
        return found


# Who sees what during the exam; what changes afterwards is said beneath.
DURING: Mapping[str, set[str]] = {name: set() for name in PATTERNS}
AFTER_MARKING: Mapping[str, set[str]] = {}
AFTER_PUBLICATION: Mapping[str, set[str]] = {}


def test_everybody_sees_what_is_theirs_and_nothing_else(planted: World, clock: Clock) -> None:
    clock.set(worlds.WORKING_AT)
    with database.writing() as session:
        worlds.begin_exam(session, planted)
        plant(session, planted)
    search = Search(planted)
    during = search.seen()
    clock.set(worlds.AFTER)
    with database.writing() as session:
        mark(session, planted)
    marked = search.seen()
    with database.writing() as session:
        publishing.publish_results(session, planted.actor(session, "publisher"), planted.class_id, now=worlds.AFTER)
    published = search.seen()

    assert during == DURING
    assert marked == {**DURING, **AFTER_MARKING}
    assert published == {**DURING, **AFTER_MARKING, **AFTER_PUBLICATION}


# What lies in the clear in a copy of the database, and where: nothing in the record, nothing of a sealed paper.
IN_CLEAR: Mapping[str, set[str]] = {}


def test_a_copy_of_the_database_tells_what_it_must_and_no_more(planted: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, planted)
        plant(session, planted)
        mark(session, planted)
    stem = leaks.stem_mark(leaks.planted()[0].code)
    why = leaks.hidden_mark(leaks.planted()[0].code)
    marks = {"a stem": stem, "an explanation": why, "a reviewer's name": REVIEWER, "an incident": INCIDENT}
    marks |= {"a reason of health": HEALTH, "a phone number": PHONE, "a citizen id": worlds.citizen_id(0)}
    marks["a password"] = worlds.PASSWORD

    with database.reading() as session:
        assert {name: columns_holding(session, text, "") for name, text in marks.items()} == IN_CLEAR
    assert {place.split(".")[0] for places in IN_CLEAR.values() for place in places} <= set(schema.metadata.tables)


def test_no_log_says_what_it_must_not(planted: World, clock: Clock, caplog: pytest.LogCaptureFixture) -> None:
    """Everything that any part of the program logs, in all its words, while everybody looks and much is refused."""
    clock.set(worlds.WORKING_AT)
    with database.writing() as session:
        worlds.begin_exam(session, planted)
        plant(session, planted)
    with caplog.at_level(logging.DEBUG, logger="peikao"), caplog.at_level(logging.INFO):
        search = Search(planted)
        search.seen()
        body = {"kind": "hr", "name": "市人社局", "county": INCIDENT}
        assert search.client("administrator").post("/api/v1/organisations", json=body).status_code == 409
        wrong = {"username": "planner", "password": HEALTH}
        assert search.browser.stranger().post("/api/v1/session", json=wrong).status_code == 401
    said = "\n".join(
        f"{one.getMessage()} {one.exc_text or ''}" for one in caplog.records if not one.name.startswith("httpx")
    )

    assert "constraint refused POST /api/v1/organisations" in said
    assert {name for name, pattern in PATTERNS.items() if pattern.search(said)} == set()
    assert worlds.PASSWORD not in said and not re.search(r"peikao=[A-Za-z0-9_-]{20}", said)
