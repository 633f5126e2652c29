"""No key, no explanation and no other item leaves the server: looked for in every byte that a candidate can be sent.

The bank is full of marks. Every route that a candidate's session or a stranger may use is asked before, during and
after the exam, and so is every other one, for a refusal could leak too.
"""

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
from fastapi.testclient import TestClient

from service.access.rules.policy import ANONYMOUS, holds
from service.bank import queries as bank
from service.bank.rules.items import TYPED
from service.kernel import database
from service.results.actions import marking
from tests import world as worlds
from tests.architecture import walking
from tests.architecture.walking import Route
from tests.conftest import Browser, Clock, Databases, using
from tests.results import exams
from tests.sittings import leaks
from tests.sittings.leaks import Bank
from tests.world import World

EXAM, RECEIPT = "/api/v1/exam", "/api/v1/exam/receipt"
KNOWN = {("GET", EXAM), ("POST", f"{EXAM}/start"), ("GET", "/exam/paper"), ("GET", "/exam"), ("GET", RECEIPT)}


@pytest.fixture
def planted(databases: Databases, tmp_path: Path) -> Iterator[World]:
    with databases.copy("planted", leaks.build) as (url, world), using(url, tmp_path / "clock"):
        yield world


@pytest.fixture
def marks() -> Bank:
    return Bank({one.code: one for one in leaks.planted()})


class Walk:
    """One candidate's machine that asks for everything, and keeps each reply as it came over the wire."""

    def __init__(self, browser: Browser, world: World) -> None:
        with database.reading() as session:
            seat_id = walking.seat_of(session, world.trainees[0], world)
            actor = world.candidate(session, seat_id)
            self.ids = walking.real_ids(session, world)
        self.client, self.stranger = browser.candidate(world, seat_id, world.trainees[0]), browser.stranger()
        every = [one for one in walking.routes(browser.app) if (one.method, one.path) not in walking.FAREWELLS]  # type: ignore[arg-type]
        self.open = [one for one in every if holds(actor, one.right) or holds(ANONYMOUS, one.right)]
        self.shut = [one for one in every if one not in self.open]

    def replies(self, *, shut: bool = False) -> dict[str, str]:
        """Everything there is, asked by the candidate and by a stranger: head and body by address."""
        found: dict[str, str] = {}
        for route in self.shut if shut else self.open:
            for who, client in (("candidate", self.client), ("stranger", self.stranger)):
                found[f"{who}: {route.method} {route.path}"] = self._ask(client, route)
        return found

    def _ask(self, client: TestClient, route: Route) -> str:
        body = None if route.method == "GET" else {}
        reply = client.request(route.method, walking.filled(route.path, self.ids), json=body)
        return f"{reply.headers}\n\n{reply.content.decode('utf-8', 'replace')}"


def bodies(found: dict[str, str]) -> Iterator[tuple[str, str]]:
    """Without heads; and without the documentation of the API, which names the fields of authors and holds no item."""
    return ((where, text.partition("\n\n")[2]) for where, text in found.items() if "openapi.json" not in where)


@pytest.mark.more
def test_every_route_of_a_candidate_gives_away_nothing(
    planted: World, marks: Bank, browser: Browser, clock: Clock
) -> None:
    clock.set(worlds.OPENING_AT)
    with database.writing() as session:
        worlds.begin_exam(session, planted)
    walk = Walk(browser, planted)
    assert {(one.method, one.path) for one in walk.open} >= KNOWN
    assert len(walk.shut) > 50

    before = walk.replies() | walk.replies(shut=True)
    assert {where: marks.stems_in(text) for where, text in before.items() if marks.stems_in(text)} == {}

    clock.set(worlds.WORKING_AT)
    exam = walk.client.post(f"{EXAM}/start").json()
    key = key_of(exam, marks)
    during = answer_wrongly(walk.client, exam, key) | walk.replies() | walk.replies(shut=True)
    receipt = walk.client.post(f"{EXAM}/hand-in")
    handed_in = walk.replies() | {"candidate: POST hand-in": f"{receipt.headers}\n\n{receipt.text}"}
    clock.set(worlds.AFTER)
    publish(planted)
    after = walk.replies() | walk.replies(shut=True)

    # The search finds the paper's own stems, so it would have found others.
    paper = marks.stems_in(during[f"candidate: GET {EXAM}"])
    assert len(paper) == len(key) == 47
    typed = {code for code in paper if marks.items[code].kind in TYPED}
    assert len(typed) == 2 and leaks.TEXT in during[f"candidate: GET {EXAM}"]
    for found in (before, during, handed_in, after):
        assert {where: marks.hidden_in(text) for where, text in found.items() if marks.hidden_in(text)} == {}
        others = {where: marks.stems_in(text) - paper for where, text in found.items()}
        assert {where: codes for where, codes in others.items() if codes} == {}
        shapes = {where: leaks.key_shapes(text, key) for where, text in bodies(found)}
        assert {where: shape for where, shape in shapes.items() if shape} == {}


def key_of(exam: dict[str, object], marks: Bank) -> dict[int, str]:
    """The right answers by position, which nothing that was sent tells: only the stored key and the bank know them."""
    key = {}
    for question in exam["questions"]:  # type: ignore[attr-defined]
        (code,) = marks.stems_in(question["stem"])
        key[question["position"]] = marks.items[code].key
    return key


def answer_wrongly(client: TestClient, exam: dict[str, object], key: dict[int, str]) -> dict[str, str]:
    """Every item, so that whatever is right in a reply cannot be the candidate's own answer; and a sign of life."""
    found = {}
    for question in exam["questions"]:  # type: ignore[attr-defined]
        position = question["position"]
        body = {"choice": leaks.wrong(question["kind"], key[position]), "seq": 1}
        reply = client.put(f"{EXAM}/answers/{position}", json=body)
        assert reply.status_code == 200
        found[f"saved {position}"] = f"{reply.headers}\n\n{reply.text}"
    beat = client.post(f"{EXAM}/heartbeat", json={"made_at": worlds.WORKING_AT.isoformat(), "left": []})
    assert beat.status_code == 200
    return found | {"beat": f"{beat.headers}\n\n{beat.text}", "started": f"\n\n{json.dumps(exam)}"}


def publish(world: World) -> None:
    """Everybody's result is out: what was asked and what was right is still nobody's business."""
    with database.writing() as session:
        marking.hand_in_overdue(session, now=worlds.AFTER)
        leaks.mark_texts(session, world)
        exams.publish(session, world, worlds.AFTER)


def test_the_author_is_shown_what_the_search_looks_for(
    planted: World, marks: Bank, browser: Browser, clock: Clock
) -> None:
    clock.set(worlds.PREPARED_AT)
    author = browser.of("author")
    with database.reading() as session:
        versions = {item.code: version.id for item, version in bank.newest_versions(session).values()}
    typed = {one.code: leaks.answer_mark(one.code) for one in leaks.typed()}
    for code in [*sorted(marks.items)[:20], *typed]:
        shown = author.get(f"/api/v1/bank/versions/{versions[code]}").text
        hidden = {code, leaks.hidden_mark(code), *([typed[code]] if code in typed else [])}
        assert (marks.stems_in(shown), marks.hidden_in(shown)) == ({code}, hidden)
        assert {"a field 'key'", "a field 'explanation'"} <= set(leaks.key_shapes(shown, {1: marks.items[code].key}))


KEY = {1: "A", 2: "BC", 3: "T", 4: "D", 5: "F", 6: "B"}
LEAKS = {
    "an object by position": {"x": [{"1": "A", "2": "BC", "3": "T", "4": "D", "5": "F"}]},
    "with lists and truths": {"1": ["A"], "2": ["B", "C"], "3": True, "4": "D", "5": False},
    "fields of a list": [{"position": place, "expects": right} for place, right in KEY.items()],
    "numbered by another name": {"deep": {"er": [{"n": place, "c": right} for place, right in KEY.items()]}},
    "a list in order": {"all": [KEY[place] for place in sorted(KEY)]},
    "in a row": {"digest": "".join(KEY.values())},
    "a field by its name": {"questions": [{"position": 1, "correct": "?"}]},
    "a rubric": {"questions": [{"position": 1, "criteria": [{"words": "?", "points": 2}]}]},
}
WRAPPINGS = {
    "a reply": "{}",
    "an event": "event: board\ndata: {}\n\n",
    "a page": '<script type="application/json">{}</script>',
}


@pytest.mark.parametrize("leak", LEAKS.values(), ids=LEAKS)
@pytest.mark.parametrize(
    "wrapping", ["{}", "event: board\ndata: {}\n\n", '<script type="application/json">{}</script>']
)
def test_a_key_would_be_found(leak: object, wrapping: str) -> None:
    assert leaks.key_shapes(wrapping.replace("{}", json.dumps(leak)), KEY) != []


def test_wrong_answers_and_bare_positions_are_no_key() -> None:
    wrong = [{"position": place, "choice": "AB", "seq": place, "flagged": False} for place in KEY]
    assert leaks.key_shapes(json.dumps({"answers": wrong, "1": "A", "2": "x", "positions": sorted(KEY)}), KEY) == []
