"""The matrix: whoever's reach ends somewhere, at every route, with the things of their own class and of another.

``test_wall`` sends every kind of account through every door, and leaves open whose room lies behind it. Here the same
accounts, and those of the other institution, enterprise and county, ask for the things of two classes, before and after
publication. What may be reached is computed from the table of rights; whatever may not has to read exactly like a thing
that does not exist, and leaves nothing behind but, on a right of the exam, the attempt on record.
"""

import json
import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import col, select

from service.access.actions import using as using_rights
from service.access.rules import attesting
from service.access.rules.policy import ANONYMOUS, RIGHTS, Actor, Reach, holds, touches
from service.journal import queries as journal
from service.journal.tables import JournalEntry
from service.kernel import build, database
from service.kernel.guards import declared_rights
from service.results.actions import marking, publishing
from tests import world as worlds
from tests.architecture import walking
from tests.architecture.walking import Route
from tests.conftest import Browser, Databases, application, using
from tests.security import two_classes
from tests.security.bodies import body_of
from tests.security.two_classes import Side
from tests.world import World

pytestmark = pytest.mark.more

KINDS = [*worlds.STAFF, *two_classes.OTHERS, "administrator", "security", "candidate", "stranger"]
NOWHERE = 999_999
# The world has no such thing on either side: a case at the door, a tablet.
UNMADE = {"case_id", "tablet_id"}
# Rooms and their machines are no secret: a reach by assignment would tell proctors before the day where they are to be.
NO_SECRET = "/rooms/{room_id}/"


@dataclass
class Scene:
    """The two sides, at one time."""

    world: World
    sides: dict[str, Side]
    browser: Browser
    actors: dict[str, Actor]
    candidate: TestClient

    def client(self, kind: str) -> TestClient:
        match kind:
            case "stranger":
                return self.browser.stranger()
            case "candidate":
                return self.candidate
            case _:
                return self.browser.of(kind)


@pytest.fixture(scope="module", params=["before publication", "after"])
def scene(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Scene]:
    clock, published = tmp_path_factory.mktemp("matrix") / "clock", request.param == "after"
    clock.write_text(str((worlds.WORKING_AT - datetime.now(UTC)).total_seconds()))
    with databases.copy("world", worlds.build) as (url, world), using(url, clock):
        with database.writing() as session:
            two_classes.open_others(session, world)
            sides = {"first": two_classes.first_side(session, world), "second": two_classes.second_side(session, world)}
            worlds.begin_exam(session, world)
            actors = {kind: world.actor(session, kind) for kind in KINDS if kind not in ("candidate", "stranger")}
            seat = walking.seat_of(session, world.trainees[0], world)
            actors |= {"candidate": world.candidate(session, seat), "stranger": ANONYMOUS}
        browser = Browser(application())
        scene = Scene(world, sides, browser, actors, browser.candidate(world, seat, world.trainees[0]))
        if published:
            with database.writing() as session:
                marking.hand_in_overdue(session, now=worlds.AFTER)
                worlds.sign_record(session, world)
                confirmer, publisher = world.actor(session, "confirmer"), world.actor(session, "publisher")
                publishing.confirm_results(session, confirmer, world.class_id, now=worlds.AFTER)
                publishing.publish_results(session, publisher, world.class_id, now=worlds.AFTER)
            # The session of a seat ends with its exam.
            actors["candidate"] = ANONYMOUS
        yield scene


def narrow() -> list[Route]:
    """The routes to things of a class that some duty reaches only in part."""
    found = []
    for route in walking.routes(application()):
        names = set(re.findall(r"\{(\w+)", route.path))
        if set(RIGHTS[route.right].to.values()) - {Reach.ALL, Reach.OWN} and names:
            found.append(route)
    return found


def filled(route: Route, ids: dict[str, object]) -> str:
    return re.sub(r"\{(\w+)(?::\w+)?\}", lambda name: str(ids.get(name[1], NOWHERE)), route.path)


def outcome(client: TestClient, route: Route, ids: dict[str, object], body: dict[str, Any]) -> tuple[int, str]:
    """The status and the words, without the address that was asked for."""
    path = filled(route, ids)
    reply = client.request(route.method, path, **body)
    text = reply.text.replace(path, "…")
    return reply.status_code, "sign in" if reply.status_code in (303, 401) else text


def expected(actor: Actor, route: Route, subject: Any) -> str:
    if not holds(actor, route.right):
        return "not signed in" if actor is ANONYMOUS else "right missing"
    return "reached" if touches(actor, route.right, subject) else "not there"


def told(got: tuple[int, str], nowhere: tuple[int, str]) -> str:
    status, text = got
    if text == "sign in":
        return "not signed in"
    if status == 403 and "right_missing" in text:
        return "right missing"
    if got == nowhere and status == 404:
        return "not there"
    return "reached" if status < 500 else f"failed {status}"


def cell(scene: Scene, kind: str, route: Route, name: str, body: dict[str, Any]) -> tuple[str, str] | None:
    """What was to be and what was; nothing for a change that may be made, which the wall sends with its own body."""
    side, actor, client = scene.sides[name], scene.actors[kind], scene.client(kind)
    wanted = expected(actor, route, side.subject)
    if wanted == "reached" and route.method != "GET":
        return None
    nowhere = outcome(client, route, {}, body) if wanted in ("not there", "reached") else (0, "")
    return wanted, told(outcome(client, route, side.ids, body), nowhere)


def test_every_reach_ends_where_the_table_says(scene: Scene) -> None:
    description = scene.browser.app.openapi()  # type: ignore[attr-defined]
    routes, wrong, cells = narrow(), {}, 0
    with database.reading() as session:
        before = journal.head(session).seq
    for kind in KINDS:
        for route in routes:
            if set(re.findall(r"\{(\w+)", route.path)) & UNMADE or NO_SECRET in f"{route.path}/":
                continue
            for name in scene.sides:
                found = cell(scene, kind, route, name, body_of(description, route.method, route.path))
                cells += found is not None
                if found is not None and found[0] != found[1]:
                    wrong[kind, route.method, route.path, name] = found
    report(cells, len(wrong))

    assert wrong == {}
    assert len(routes) > 40 and cells > 1_500
    with database.reading() as session:
        later = session.exec(select(JournalEntry.event).where(col(JournalEntry.seq) > before))
        assert set(later) <= {
            *("ACCESS_REFUSED", "SIGNED_IN", "PACK_ISSUED", "PAPER_OPENING_ATTEMPTED", "DOCUMENT_PRINTED")
        }


def test_the_two_sides_are_strangers_to_each_other(scene: Scene) -> None:
    """An end of reach can only be shown where somebody stands within and somebody without."""
    within = {
        kind: [name for name, side in scene.sides.items() if _reaches(scene.actors[kind], side)]
        for kind in (
            "institution",
            "institution_elsewhere",
            "enterprise",
            "supervisor",
            "proctor1",
            "proctor_elsewhere",
        )
    }

    assert within == {
        "institution": ["first"],
        "institution_elsewhere": ["second"],
        "enterprise": ["first"],
        "supervisor": ["first"],
        "proctor1": ["first"],
        "proctor_elsewhere": ["second"],
    }


def test_a_forgotten_check_of_reach_is_seen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the check taken out of one place, exactly that place of the other class stands open."""
    (route,) = [one for one in narrow() if one.path == "/api/v1/results/classes/{class_id}"]
    assert cell(scene, "institution", route, "second", {}) == ("not there", "not there")
    monkeypatch.setattr(using_rights, "require_reach", lambda actor, right, subject: None)

    assert cell(scene, "institution", route, "second", {}) == ("not there", "reached")


def _reaches(actor: Actor, side: Side) -> bool:
    return any(touches(actor, right, side.subject) for right in RIGHTS if right != "public")


def report(cells: int, failures: int) -> None:
    """Leave the run where the attestation finds it, if somebody named a place; runs of one build add up."""
    place = os.environ.get("PEIKAO_MATRIX_REPORT")
    if not place:
        return
    routes = [(method, path, str(right)) for (method, path), right in declared_rights(application()).items()]
    digests = {"policy": attesting.policy_digest(), "routes": attesting.routes_digest(routes)}
    before = json.loads(Path(place).read_text(encoding="utf-8")) if Path(place).is_file() else {}
    if {name: before.get(name) for name in digests} != digests:
        before = {}
    told = {"at": datetime.now(UTC).isoformat(), "cells": cells + before.get("cells", 0), "build": build.described()}
    told["failures"] = failures + before.get("failures", 0)
    Path(place).write_text(json.dumps(told | digests), encoding="utf-8")
