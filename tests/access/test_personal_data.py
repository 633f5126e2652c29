"""Citizen ids: sealed in the database, masked on every page and in every reply, read in full only on record."""

import json
import re
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlmodel import Session, select

from service import schema
from service.access.rules.policy import Right, holds
from service.access.tables import Person
from service.journal import queries as journal
from service.kernel import database, sealing
from service.papers.actions import keys
from service.results.actions import marking, publishing
from service.sittings import queries as sittings
from service.sittings.tables import Answer
from tests import world as worlds
from tests.architecture import walking
from tests.conftest import Browser, Databases, application, using
from tests.world import World

# Eighteen characters by themselves: digests are longer, and ticket codes have letters around them.
FULL = re.compile(r"(?<![0-9A-Za-z])\d{17}[0-9Xx](?![0-9A-Za-z])")
STAFF = [*worlds.STAFF, "administrator", "security"]
EVERYBODY = {
    worlds.citizen_id(number)
    for number in [*range(6), 899, 900, *range(901, 901 + len(worlds.STAFF)), *range(950, 953)]
}


def answer_everything(session: Session, world: World, seat_id: int) -> None:
    """A perfect sheet, so that there is a certificate."""
    form_id = sittings.sitting(session, world.sitting_id).form_id  # type: ignore[union-attr]
    key = keys.use_key(session, form_id, "system", f"seat:{seat_id}", now=worlds.WORKING_AT)
    session.add_all(
        Answer(
            sitting_id=world.sitting_id,
            seat_id=seat_id,
            position=position,
            choice=entry.key,
            seq=1,
            saved_at=worlds.WORKING_AT,
        )
        for position, entry in key.items()
    )
    session.flush()


@pytest.fixture(scope="module")
def published(databases: Databases, tmp_path_factory: pytest.TempPathFactory) -> Iterator[World]:
    """After the exam: everything that can be shown of anybody is there."""
    clock = tmp_path_factory.mktemp("published") / "clock"
    with databases.copy("world", worlds.build) as (url, world), using(url, clock):
        with database.writing() as session:
            worlds.begin_exam(session, world, absent=1)
            answer_everything(session, world, walking.seat_of(session, world.trainees[0], world))
            marking.hand_in_overdue(session, now=worlds.AFTER)
            worlds.sign_record(session, world)
            publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)
            publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=worlds.AFTER)
        yield world


@pytest.fixture(scope="module")
def door(published: World) -> Browser:
    return Browser(application())


def first_person(world: World) -> int:
    """The natural person behind the first trainee."""
    with database.reading() as session:
        return int(str(walking.real_ids(session, world)["person_id"]))


def read_in_full(door: Browser, person_id: int, username: str = "planner", reason: str = "核对学员身份") -> Any:
    return door.of(username).post(f"/api/v1/people/{person_id}/citizen-id/readings", json={"reason": reason})


# --- the deliberate reading ---


def test_reading_an_id_in_full_is_on_record_with_its_reason(published: World, door: Browser) -> None:
    person = first_person(published)

    reply = read_in_full(door, person)

    assert (reply.status_code, reply.json()) == (200, {"citizen_id": published.citizen_ids[published.trainees[0]]})
    with database.reading() as session:
        entry = session.exec(journal.entries().limit(1)).one()
    assert (entry.event, entry.actor, entry.subject, json.loads(entry.data)) == (
        "CITIZEN_ID_READ",
        f"account:{published.accounts['planner']}",
        f"person:{person}",
        {"reason": "核对学员身份"},
    )


def test_without_a_reason_without_the_right_or_without_a_person_nothing_is_read(
    published: World, door: Browser
) -> None:
    person = first_person(published)
    with database.reading() as session:
        before = len(session.exec(journal.entries(event="CITIZEN_ID_READ")).all())

    assert read_in_full(door, person, reason="无").status_code == 422
    assert read_in_full(door, 9999).status_code == 404
    refused = {who: read_in_full(door, person, who) for who in STAFF if who != "planner"}

    assert {who: reply.json()["code"] for who, reply in refused.items()} == dict.fromkeys(refused, "right_missing")
    with database.reading() as session:
        assert len(session.exec(journal.entries(event="CITIZEN_ID_READ")).all()) == before


# --- everything else ---


def ids_in(text: str) -> set[str]:
    return set(FULL.findall(text)) | {one for one in EVERYBODY if one in text}


def test_the_search_finds_an_id_where_there_is_one(published: World, door: Browser) -> None:
    reply = read_in_full(door, first_person(published))

    assert ids_in(reply.text) == {published.citizen_ids[published.trainees[0]]}
    assert ids_in("sha256 of 990000197001010011abcdef and seed 123456789012345") == set()


# Where people are told apart by a masked id; the pages beside these routes do the same.
MASKED = {
    "/api/v1/accounts",
    "/api/v1/programme/classes/{class_id}/roster",
    "/api/v1/sittings/{sitting_id}/board",
    "/api/v1/results/classes/{class_id}",
    "/api/v1/results/classes/{class_id}/draft",
    "/api/v1/certificates/{code}",
}


def asked_by(username: str) -> set[Right]:
    """Which routes somebody is sent to: what is public looks the same to all, so one person will do."""
    return set(Right) if username == "planner" else set(Right) - {Right.PUBLIC}


def test_no_reply_and_no_page_shows_anybody_an_id_in_full(published: World, door: Browser) -> None:
    with database.reading() as session:
        ids = walking.real_ids(session, published)
        actors = {username: published.actor(session, username) for username in STAFF}
    looking = list(walking.gets(door.app))  # type: ignore[arg-type]

    shown, masked = {}, set()
    for username in STAFF:
        client, actor = door.of(username), actors[username]
        for route in (one for one in looking if one.right in asked_by(username) and holds(actor, one.right)):
            reply = client.get(walking.filled(route.path, ids))
            if reply.headers.get("content-type", "").startswith(("application/", "text/")):
                shown[username, route.path] = ids_in(reply.text)
                if re.search(r"\d{3}\*{14}[\dX]", reply.text):
                    masked.add(route.path)

    assert {at: found for at, found in shown.items() if found} == {}
    assert masked >= MASKED


def test_no_column_of_the_database_holds_an_id_in_clear(published: World) -> None:
    with database.reading() as session:
        rows = [row for table in schema.metadata.sorted_tables for row in session.execute(sa.select(table))]
    text = "\n".join(cell.decode("latin-1") if isinstance(cell, bytes) else str(cell) for row in rows for cell in row)

    assert ids_in(text) == set()
    assert "statistician" in text and "990**************" in text


def test_the_sealed_ids_are_the_ones_people_came_with(published: World) -> None:
    with database.reading() as session:
        people = list(session.exec(select(Person)))

    opened = [
        sealing.decrypt_personal(one.citizen_id_sealed, bound_to=f"access_person:{one.citizen_id_index}")
        for one in people
    ]
    assert set(opened) == EVERYBODY
    assert [one.citizen_id_index for one in people] == [
        sealing.blind_index(one, purpose="citizen-id") for one in opened
    ]


def test_a_known_id_under_another_name_is_refused(published: World, door: Browser) -> None:
    body = {
        "organisation_id": published.organisations["hr"],
        "name": "另一个人",
        "citizen_id": worlds.citizen_id(901),
        "username": "another",
    }
    reply = door.of("administrator").post("/api/v1/accounts", json=body)

    assert (reply.status_code, reply.json()["code"]) == (403, "name_differs")
    assert ids_in(reply.text) == set()
