"""Marks are planted where the secrets are, and looked for wherever anybody can look: who sees which mark, and when.

Every kind of account asks every route that looks, whether it may or not, during the exam, after the marking and after
publication; the whole reply counts, headers and words of refusal included. It is compared for equality with the tables
beneath, so that whoever should see something is shown to see it. Texts inside of a PDF are set in glyphs and cannot be
read here; what goes into them is what the pages beside them show.
"""

import logging
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest
import sqlalchemy as sa
from fastapi import FastAPI
from fastapi.testclient import TestClient
from sqlmodel import Session

from service import schema
from service.bank import queries as bank
from service.kernel import database
from service.results.actions import marking, publishing
from service.sittings.actions import granting, minding
from service.sittings.rules.granting import Grants
from service.sittings.rules.room import Cause, IncidentKind
from tests import world as worlds
from tests.architecture import walking
from tests.conftest import Browser, Clock, Databases, application, using
from tests.papers.test_sealing import columns_holding
from tests.results import essays
from tests.security.fuzzing import KINDS
from tests.sittings import leaks
from tests.world import World

pytestmark = pytest.mark.more

REVIEWER, INCIDENT, HEALTH, PHONE, POINTS = "REVIEWERMARK", "INCIDENTMARK", "HEALTHMARK", "19900000000", 61
PEOPLE = [kind for kind in KINDS if kind != "program"]
PATTERNS = {
    "a stem": re.compile(r"STEM\w+MARK"),
    "an explanation": re.compile(r"WHY\w+MARK"),
    "a reviewer's name": re.compile(REVIEWER),
    "an incident": re.compile(INCIDENT),
    "a reason of health": re.compile(HEALTH),
    "a phone number": re.compile(PHONE),
    "a citizen id": re.compile(worlds.citizen_id(0)),
    "an accepted text or a rubric": re.compile(r"ANS\w+MARK"),
    "a free text": re.compile("TEXTMARK"),
    "what a marker gave": re.compile(r'\b5 \+ 2\b|"given": ?\[5, ?2\]|"points": ?7, ?"most": ?10\b'),
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
    leaks.mark_texts(session, world)
    session.execute(
        sa.text("UPDATE results_result SET points = :points WHERE trainee_id = :trainee"),
        {"points": POINTS, "trainee": world.trainees[0]},
    )
    worlds.sign_record(session, world)
    publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)


class Search:
    """Everybody's clients, and what each was shown."""

    def __init__(self, world: World) -> None:
        self.world, self.browser = world, Browser(application())
        with database.reading() as session:
            self.seat = walking.seat_of(session, world.trainees[0], world)
            self.at = essays.written_at(session, world.sitting_id)
            # An item with something in the place of a key that can be seen.
            self.ids = {"version_id": bank.newest_versions(session)[leaks.typed()[0].code][1].id}
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

    def write(self) -> None:
        """The candidate writes a text."""
        body = {"choice": leaks.TEXT, "seq": 1}
        assert self.client("candidate").put(f"/api/v1/exam/answers/{self.at}", json=body).status_code == 200

    def seen(self) -> dict[str, set[str]]:
        """Who was shown which mark by whatever they asked for."""
        with database.reading() as session:
            ids = walking.real_ids(session, self.world) | self.ids
        found: dict[str, set[str]] = {name: set() for name in PATTERNS}
        app: FastAPI = self.browser.app  # type: ignore[assignment]
        looking = [one for one in walking.gets(app) if not one.path.endswith("/board/events")]
        for kind in PEOPLE:
            for route in looking:
                reply = self.client(kind).get(walking.filled(route.path, ids))
                text = f"{reply.headers}\n{reply.content.decode(errors='replace')}"
                for name, pattern in PATTERNS.items():
                    if pattern.search(text):
                        found[name].add(kind)
        return found


PROCTORS = {"proctor1", "proctor2"}
# Who sees what during the exam. Names of reviewers are on the list of accounts, in the record of who did what, and
# where ties of others are declared; a reviewer reads the own name. Nobody is shown a phone number or a whole id.
DURING: Mapping[str, set[str]] = {
    "a stem": {"author", "reviewer", "candidate"},
    "an explanation": {"author", "reviewer"},
    "an accepted text or a rubric": {"author", "reviewer"},
    "a free text": {"candidate"},
    "what a marker gave": set(),
    "a reviewer's name": {"administrator", "security", "auditor", "planner", "reviewer"},
    "an incident": {*PROCTORS, "arranger", "auditor", "confirmer", "publisher"},
    "a reason of health": {"arranger", "approver"},
    "a phone number": set(),
    "a citizen id": set(),
    "points": set(),
}
# The candidate's paper goes with the exam; the marks are those two people's who decide on them. What somebody gave a
# text is the marker's own, and for who decides and who audits; the text itself is handed to markers one by one.
AFTER_MARKING: Mapping[str, set[str]] = {
    "a stem": {"author", "reviewer"},
    "a free text": set(),
    "what a marker gave": {"marker", "confirmer", "publisher", "auditor"},
    "points": {"confirmer", "publisher"},
}
# Results are then as far as the right to read published ones reaches.
AFTER_PUBLICATION: Mapping[str, set[str]] = {
    "points": {
        "confirmer", "publisher", "planner", "auditor", "statistician", "institution", "enterprise", "supervisor",
    }
}  # fmt: skip


def test_everybody_sees_what_is_theirs_and_nothing_else(planted: World, clock: Clock) -> None:
    clock.set(worlds.WORKING_AT)
    with database.writing() as session:
        worlds.begin_exam(session, planted)
        plant(session, planted)
    search = Search(planted)
    search.write()
    during = search.seen()
    clock.set(worlds.AFTER)
    with database.writing() as session:
        mark(session, planted)
    marked = search.seen()
    with database.writing() as session:
        publishing.publish_results(session, planted.actor(session, "publisher"), planted.class_id, now=worlds.AFTER)
    published = search.seen()

    # What nobody is shown could have been found: on the roster as it came in, and where it is read in full.
    roster = f"{PHONE} {worlds.citizen_id(0)}"
    assert PATTERNS["a phone number"].search(roster) and PATTERNS["a citizen id"].search(read_in_full(search))
    assert during == DURING
    assert marked == {**DURING, **AFTER_MARKING}
    assert published == {**DURING, **AFTER_MARKING, **AFTER_PUBLICATION}


def read_in_full(search: Search) -> str:
    """A citizen id, by whoever may and says why."""
    with database.reading() as session:
        person = walking.real_ids(session, search.world)["person_id"]
    body = {"reason": "核对学员身份"}
    return search.client("planner").post(f"/api/v1/people/{person}/citizen-id/readings", json=body).text


# What lies in the clear in a copy of the database, and where: nothing in the record, nothing of a sealed paper.
IN_CLEAR: Mapping[str, set[str]] = {
    "a stem": {"bank_item_version.stem"},
    "an explanation": {"bank_item_version.explanation"},
    "an accepted text": {"bank_item_version.key"},
    "a rubric": {"bank_item_version.key"},
    "a free text": {"sittings_answer.choice", "results_sheet_marks.entries", "results_script.answer"},
    "a reviewer's name": {"access_person.name"},
    "an incident": {"sittings_incident.text"},
    "a reason of health": {"sittings_arrangement.reason"},
    "a phone number": set(),
    "a citizen id": set(),
    "a password": set(),
}


def test_a_copy_of_the_database_tells_what_it_must_and_no_more(planted: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, planted)
        plant(session, planted)
        worlds.start(session, planted.seats[0])
        at = essays.written_at(session, planted.sitting_id)
        worlds.save(session, planted.seats[0], at, leaks.TEXT)
        mark(session, planted)
    stem = leaks.stem_mark(leaks.planted()[0].code)
    why = leaks.hidden_mark(leaks.planted()[0].code)
    marks = {"a stem": stem, "an explanation": why, "a reviewer's name": REVIEWER, "an incident": INCIDENT}
    marks |= {"a reason of health": HEALTH, "a phone number": PHONE, "a citizen id": worlds.citizen_id(0)}
    marks["a password"] = worlds.PASSWORD
    accepted, written = (leaks.answer_mark(one.code) for one in leaks.typed()[1:3])
    marks |= {"an accepted text": accepted, "a rubric": written, "a free text": "TEXTMARK"}

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
        search.write()
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
