"""The matrix: whoever's reach ends somewhere, at every route, with the things of their own class and of five others.

``test_wall`` sends every kind of account through every door, and leaves open whose room lies behind it. Here the same
accounts, and those of the other institution, enterprises and county, ask for the things of classes that differ in one
thing at a time (:mod:`tests.security.sides`), before and after publication. What may be reached is computed from the
table of rights; whatever may not has to read exactly like a thing that does not exist, and leaves nothing behind but,
on a right of the exam, the attempt on record.
"""

import itertools
import json
import os
import sys
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
from anyio.from_thread import start_blocking_portal
from fastapi.testclient import TestClient
from sqlmodel import Session, col, select

from service.access.actions import programs
from service.access.actions import using as using_rights
from service.access.rules import attesting
from service.access.rules.policy import ANONYMOUS, RIGHTS, Actor, Right, Subject, touches
from service.journal import queries as journal
from service.journal.tables import JournalEntry
from service.kernel import build, database
from service.kernel.guards import declared_rights
from service.programme.queries import classes as programme
from service.results.actions import marking
from service.sittings import queries as sittings
from tests import world as worlds
from tests.architecture import walking
from tests.conftest import Browser, Databases, application, using
from tests.security import asking, sides
from tests.security.asking import MISSING, NOT_THERE, REACHED, SIGNED_OUT, Cell, Scene, expected, found
from tests.security.sides import OWN, PLANS, Side
from tests.world import World

pytestmark = pytest.mark.more

KINDS = [*worlds.STAFF, *sides.OTHERS, "administrator", "security", "candidate", "program", "stranger"]
NO_STAFF = {"candidate", "program", "stranger"}
# A tablet that is shut out ends the sessions of its owner, so it comes last.
SHUTS_OUT = "/revocation"


@pytest.fixture(scope="module", params=["before publication", "after publication"])
def scene(
    databases: Databases, tmp_path_factory: pytest.TempPathFactory, request: pytest.FixtureRequest
) -> Iterator[Scene]:
    clock, published = tmp_path_factory.mktemp("matrix") / "clock", request.param == "after publication"
    clock.write_text(str((worlds.WORKING_AT - datetime.now(UTC)).total_seconds()))
    with databases.copy("world", worlds.build) as (url, world), using(url, clock):
        with database.writing() as session:
            built = sides.build(session, world)
            worlds.begin_exam(session, world)
            actors = {kind: world.actor(session, kind) for kind in KINDS if kind not in NO_STAFF}
            seat = walking.seat_of(session, world.trainees[0], world)
            actors |= {"candidate": world.candidate(session, seat), "stranger": ANONYMOUS}
        browser = Browser(application())
        clients = {"candidate": browser.candidate(world, seat, world.trainees[0]), "program": program(browser, world)}
        with database.reading() as session:
            bearer = clients["program"].headers["authorization"].removeprefix("Bearer ")
            actors["program"] = programs.actor_of_bearer(session, bearer, now=worlds.WORKING_AT)
        if published:
            with database.writing() as session:
                marking.hand_in_overdue(session, now=worlds.AFTER)
                for side in built.values():
                    sides.publish(session, side)
            # The session of a seat ends with its exam.
            actors["candidate"] = ANONYMOUS
        description = browser.app.openapi()  # type: ignore[attr-defined]
        with start_blocking_portal() as portal:
            yield Scene(
                request.param, world, built, browser, actors, clients, portal, {}, description, databases.backend
            )


def program(browser: Browser, world: World) -> TestClient:
    """The client of a program of the HR bureau, with an access token."""
    body = {"organisation_id": world.organisations["hr"], "client_id": "hr-system"}
    secret = browser.of("security").post("/api/v1/clients", json=body).json()["client_secret"]
    form = {"grant_type": "client_credentials", "client_id": "hr-system", "client_secret": secret}
    client = browser.stranger()
    client.headers["authorization"] = f"Bearer {client.post('/oauth2/token', data=form).json()['access_token']}"
    return client


def wanted_of(scene: Scene, cell: Cell) -> str:
    return expected(scene.actors[cell.kind], cell.route, scene.sides[cell.side])


def events_after(seq: int) -> set[str]:
    with database.reading() as session:
        return set(session.exec(select(JournalEntry.event).where(col(JournalEntry.seq) > seq)))


def left_out_of(scene: Scene, cell: Cell, wanted: str) -> str:
    """Why a cell is left out; nothing where it is not."""
    everywhere = (scene.backend, scene.time) == ("sqlite", "before publication")
    if not everywhere and wanted in (MISSING, SIGNED_OUT) and cell.side not in (OWN, "all other"):
        return "refused before any thing is looked up, and asked for every side on SQLite before publication"
    return ""


def test_every_reach_ends_where_the_table_says(scene: Scene, capsys: pytest.CaptureFixture[str]) -> None:
    every = {cell: wanted_of(scene, cell) for cell in asking.cells(KINDS, scene.sides)}
    left_out = {cell: why for cell, answer in every.items() if (why := left_out_of(scene, cell, answer))}
    wanted = {cell: answer for cell, answer in every.items() if cell not in left_out}
    with database.reading() as session:
        before = journal.head(session).seq

    # First what must leave nothing behind, then what the service does; a tablet's owner is signed out with it.
    got = {cell: found(scene, cell) for cell, answer in wanted.items() if answer != REACHED}
    left_behind = events_after(before)
    for cell in sorted(wanted.keys() - got.keys(), key=lambda cell: SHUTS_OUT in cell.route.path):
        got[cell] = found(scene, cell)
        if got[cell] == SIGNED_OUT:
            scene.browser.clients.pop(cell.kind)
            got[cell] = found(scene, cell)
    wrong = {cell.named: (wanted[cell], got[cell]) for cell in wanted if wanted[cell] != got[cell]}
    report(scene, wanted, len(wrong), left_out)
    tell(capsys, left_out)

    assert wrong == {}
    assert got.keys() | left_out.keys() == every.keys() and len(got) > 3_000
    assert left_behind <= {"ACCESS_REFUSED", "SIGNED_IN"}


def test_where_reach_has_no_end_whoever_has_the_right_reaches_every_side(
    scene: Scene, capsys: pytest.CaptureFixture[str]
) -> None:
    """The wall sends these doors the things of one class; here it is another's, for the others, and everybody's."""
    if scene.backend == "postgresql":
        pytest.skip("no reach is looked up, so no other database answers otherwise")
    wanted, left_out = {}, {}
    for kind, route in itertools.product(KINDS, asking.whole(scene.sides)):
        answer = expected(scene.actors[kind], route, scene.sides[OWN])
        for side in PLANS if answer == REACHED else ["all other"]:
            cell = Cell(kind, route, side)
            if answer == REACHED and route.method != "GET":
                left_out[cell] = "a change that no reach bounds, which the wall sends with a thing of its own"
            else:
                wanted[cell] = answer
    got = {cell: asking.let_in(scene, cell) for cell in wanted}
    wrong = {cell.named: (wanted[cell], got[cell]) for cell in wanted if wanted[cell] != got[cell]}
    report(scene, wanted, len(wrong), left_out)
    tell(capsys, left_out)

    assert wrong == {}
    assert set(wanted.values()) == {REACHED, MISSING, SIGNED_OUT}


# --- what the sides are good for ---

# Whose reach ends somewhere, and what lies within it: by institution, by enterprise, by county, by assignment.
WITHIN = {
    "institution": {OWN, "other class", "other enterprise", "other county"},
    "institution_elsewhere": {"other institution", "all other"},
    "enterprise": {OWN, "other class", "other institution"},
    "enterprise_elsewhere": {OWN, "other county", "all other"},
    "enterprise_beside": {"other enterprise"},
    "supervisor": {OWN, "other class", "other enterprise", "other institution"},
    "supervisor_elsewhere": {OWN, "other county", "all other"},
    "proctor1": {OWN, "other county"},
    "proctor2": {OWN},
    "proctor_beside": {"other class", "other enterprise"},
    "proctor_elsewhere": {"other institution", "all other"},
}


def test_every_route_to_a_thing_of_a_class_is_in_the_matrix(scene: Scene) -> None:
    """What is one's own has no number in any path: the session alone says which seat it is."""
    things, routes = set(scene.sides[OWN].ids), walking.routes(application())
    bounded, unbounded = asking.narrow(), asking.whole(scene.sides)
    named = [route for route in routes if asking.names_in(route.path) & things]

    assert [route for route in named if route not in bounded and route not in unbounded] == []
    assert [route for route in bounded if not asking.names_in(route.path) <= things] == [], "nothing is left unmade"
    assert len(bounded) > 40 and len(unbounded) > 40


def test_whose_reach_ends_finds_sides_within_and_without(scene: Scene) -> None:
    reached = {
        kind: {name for name, side in scene.sides.items() if _reaches(actor, side)}
        for kind, actor in scene.actors.items()
        if kind not in NO_STAFF
    }

    assert {kind: found for kind, found in reached.items() if 0 < len(found) < len(PLANS)} == WITHIN


def _reaches(actor: Actor, side: Side) -> bool:
    return any(touches(actor, right, side.subject) for right in RIGHTS if right != Right.PUBLIC)


@pytest.mark.parametrize(
    ("one", "other", "apart_in"),
    [
        ("other class", "other institution", {"institution", "proctors"}),
        ("other enterprise", "other class", {"enterprise"}),
        ("other county", "other enterprise", {"enterprise", "county", "proctors"}),
        ("other institution", "all other", {"enterprise", "county"}),
        (OWN, "other class", {"enterprise", "county", "proctors"}),
        ("other county", "all other", {"institution", "proctors"}),
    ],
)
def test_sides_differ_in_one_thing_at_a_time(one: str, other: str, apart_in: set[str]) -> None:
    """A county has enterprises of its own, so another county is another enterprise; proctors are each sitting's own."""
    assert PLANS[one].apart_from(PLANS[other]) == apart_in


def test_no_side_is_known_by_the_number_of_another_thing(scene: Scene) -> None:
    """Whoever looks up a sitting by the number of its class finds the sitting of a stranger."""
    for side in scene.sides.values():
        if side.plan is not PLANS[OWN]:
            numbers = [side.ids[name] for name in ("class_id", "sitting_id", "incident_id", "photo_id")]
            assert len(set(numbers)) == len(numbers), side.ids


# --- the matrix finds a guard that goes by the wrong thing ---

RESULTS, CASES = "/api/v1/results/classes/{class_id}", "/api/v1/sittings/{sitting_id}/cases"


@pytest.mark.parametrize(
    ("kind", "goes_by", "home", "path", "opened", "closed"),
    [
        ("institution", "county", "other class", RESULTS, {"other institution"}, {"other county"}),
        (
            *("institution", "enterprise", "other class", RESULTS),
            *({"other institution"}, {"other county", "other enterprise"}),
        ),
        ("enterprise", "county", "other class", RESULTS, {"other enterprise"}, set()),
        (
            *("enterprise", "institution", "other class", RESULTS),
            *({"other enterprise", "other county"}, {"other institution"}),
        ),
        ("supervisor", "institution", "other class", RESULTS, {"other county"}, {"other institution"}),
        ("supervisor", "enterprise", "other class", RESULTS, set(), {"other enterprise"}),
        ("proctor_beside", "county", "other class", CASES, {OWN, "other institution"}, set()),
        ("proctor_beside", "institution", "other class", CASES, {OWN, "other county"}, set()),
        ("proctor_beside", "enterprise", "other class", CASES, {OWN, "other institution"}, {"other enterprise"}),
        ("proctor2", "institution", OWN, CASES, {"other class", "other enterprise", "other county"}, set()),
    ],
)
def test_a_guard_that_goes_by_the_wrong_thing_is_seen(
    scene: Scene,
    monkeypatch: pytest.MonkeyPatch,
    kind: str,
    goes_by: str,
    home: str,
    path: str,
    opened: set[str],
    closed: set[str],
) -> None:
    """Found where the two things part, and by no class that has nothing in common with the account's own."""
    (route,) = [one for one in asking.narrow() if (one.method, one.path) == ("GET", path)]
    row = [Cell(kind, route, name) for name in PLANS]
    assert {cell.side for cell in row if found(scene, cell) != wanted_of(scene, cell)} == set()
    monkeypatch.setattr(programme, "class_subject", _measured(scene, kind, goes_by, home, "class_id"))
    monkeypatch.setattr(sittings, "subject", _measured(scene, kind, goes_by, home, "sitting_id"))

    wrong = {cell.side: (wanted_of(scene, cell), found(scene, cell)) for cell in row}
    assert {name for name, pair in wrong.items() if pair == (NOT_THERE, REACHED)} == opened
    assert {name for name, pair in wrong.items() if pair == (REACHED, NOT_THERE)} == closed
    assert "all other" not in opened | closed


def _measured(scene: Scene, kind: str, goes_by: str, home: str, name: str) -> Callable[[Session, int], Subject]:
    """Lays everything within the account's reach that shares this with its home, and nothing else."""
    actor, sides_by_number = scene.actors[kind], {side.ids[name]: side for side in scene.sides.values()}

    def subject(session: Session, number: int) -> Subject:
        side = sides_by_number.get(number)
        if side is None or not side.plan.has_of(PLANS[home], goes_by):
            return Subject()
        bodies, people = frozenset({actor.organisation_id or 0}), frozenset({actor.person_id or 0})
        return Subject(counties=frozenset({actor.county}), organisation_ids=bodies, assigned=people)

    return subject


def test_a_forgotten_check_of_reach_is_seen(scene: Scene, monkeypatch: pytest.MonkeyPatch) -> None:
    """With the check taken out of one place, exactly that place of the other institution stands open."""
    (route,) = [one for one in asking.narrow() if one.path == RESULTS]
    cell = Cell("institution", route, "other institution")
    assert (wanted_of(scene, cell), found(scene, cell)) == (NOT_THERE, NOT_THERE)
    monkeypatch.setattr(using_rights, "require_reach", lambda actor, right, subject: None)

    assert found(scene, cell) == REACHED


# --- lists show what lies within reach, and nothing else ---

# Of the others some name no class, and some only what is under way.
LISTS = {
    *("/api/v1/programme/classes", "/classes", "/results"),
    *("/api/v1/sittings", "/sittings", "/sittings/switches"),
}


def test_lists_show_the_classes_within_reach_and_no_other(scene: Scene) -> None:
    looked, wrong = 0, []
    for (kind, actor), route in itertools.product(scene.actors.items(), asking.lists()):
        reply = scene.client(kind).get(route.path)
        shown = scene.shown_in(reply.text)
        within = {name for name, side in scene.sides.items() if touches(actor, route.right, side.subject)}
        looked += reply.status_code == 200
        if shown - within or (route.path in LISTS and shown != within):
            wrong.append((kind, route.path, shown, within))

    assert wrong == []
    assert looked > 100


def tell(capsys: pytest.CaptureFixture[str], left_out: Mapping[Cell, str]) -> None:
    """Say which cells were not tried, and why: also where the run is all right."""
    with capsys.disabled():
        for why, cells in Counter(left_out.values()).items():
            sys.stdout.write(f"\n{cells} cells left out: {why}\n")


def report(scene: Scene, wanted: Mapping[Cell, str], failures: int, left_out: Mapping[Cell, str]) -> None:
    """Leave the run where the attestation finds it, if somebody named a place; runs of one build add up."""
    place = os.environ.get("PEIKAO_MATRIX_REPORT")
    if not place:
        return
    routes = [(method, path, str(right)) for (method, path), right in declared_rights(application()).items()]
    digests = {"policy": attesting.policy_digest(), "routes": attesting.routes_digest(routes)}
    before = json.loads(Path(place).read_text(encoding="utf-8")) if Path(place).is_file() else {}
    if {name: before.get(name) for name in digests} != digests:
        before = {}
    counts = {
        "sides": Counter(cell.side for cell in wanted),
        "answers": Counter(wanted.values()),
        "times": Counter({scene.time: len(wanted)}),
        "left_out": Counter(left_out.values()),
    }
    told: dict[str, Any] = {"at": datetime.now(UTC).isoformat(), "build": build.described()}
    told["cells"] = len(wanted) + before.get("cells", 0)
    told["failures"] = failures + before.get("failures", 0)
    told |= {name: counted + Counter(before.get(name, {})) for name, counted in counts.items()}
    Path(place).write_text(json.dumps(told | digests), encoding="utf-8")
