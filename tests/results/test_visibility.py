"""Nobody outside the bureau's two people sees a result before its publication, by any way there is.

The routes are taken from the application itself, so that a route added tomorrow is asked too.
"""

import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient

from service.kernel import database
from service.kernel.guards import declared_rights
from service.results import queries
from service.results.actions import publishing
from service.sittings import queries as sittings
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.results.exams import Fate, answers_losing, publish, sit, write
from tests.world import AFTER, ENDS_AT, STARTS_AT, WORKING_AT, World

# Two unlikely scores, so that finding them in a reply means something.
TELLTALE = re.compile(r'"points": ?9[67]\b|\b9[67] ?分|>\s*9[67]\s*<')
OUTSIDERS = ("institution", "enterprise", "supervisor", "statistician", "auditor", "arranger")


def paths_of(app: Any, world: World) -> list[str]:
    """Every GET route of the application with ids of this world in its path."""
    ids = {
        "class_id": world.class_id,
        "seat_id": world.seats[0],
        "sitting_id": world.sitting_id,
        "paper_id": world.paper_id,
    }
    fill = lambda match: str(ids.get(match[1].partition(":")[0], 1))  # noqa: E731
    return sorted(re.sub(r"\{([^}]+)\}", fill, path) for method, path in declared_rights(app) if method == "GET")


def telling(client: TestClient, paths: list[str]) -> list[str]:
    """The paths under which this client finds a score."""
    return list(told(client, paths))


def told(client: TestClient, paths: list[str]) -> dict[str, list[str]]:
    """What looks like a score under each path where anything does; other tables count, too."""
    found = {path: TELLTALE.findall(client.get(path).text) for path in paths}
    return {path: matches for path, matches in found.items() if matches}


@pytest.mark.more
def test_an_unpublished_result_is_nowhere_to_be_found_and_a_published_one_is(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(AFTER)
    paths = paths_of(browser.app, world)
    # A blueprint's page counts items of the bank; nobody has sat anything yet.
    before = {username: told(browser.of(username), paths) for username in OUTSIDERS}
    assert {path for found in before.values() for path in found} <= {"/papers/blueprints/1"}
    with database.writing() as session:
        sit(session, world, dict.fromkeys(world.seats, Fate.PASSED), ("proctor1", "proctor2"))
    api = f"/api/v1/results/classes/{world.class_id}"
    assert {f"{api}/draft", api, "/api/v1/statistics/pass-rates", "/api/v1/journal"} <= set(paths)
    with database.writing() as session:
        worlds.sign_record(session, world)
        publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=AFTER)
    # The search finds what there is: those who confirm and publish see every score.
    assert f"{api}/draft" in telling(browser.of("confirmer"), paths)
    assert f"{api}/draft" in telling(browser.of("publisher"), paths)

    assert {username: told(browser.of(username), paths) for username in OUTSIDERS} == before
    assert telling(browser.stranger(), paths) == []
    assert browser.of("institution").get(api).json() == []
    assert browser.of("enterprise").get(f"{api}/draft").status_code == 403

    with database.writing() as session:
        publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=AFTER)

    seen = {username: telling(browser.of(username), [api]) == [api] for username in OUTSIDERS}
    assert seen == dict.fromkeys(OUTSIDERS, True) | {"arranger": False}
    assert telling(browser.stranger(), [api]) == []


def test_a_candidate_finds_no_score_of_anybody(world: World, browser: Browser, clock: Clock) -> None:
    working, done = world.seats[:2]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        write(session, world, done, answers_losing(session, world.sitting_id, 4), STARTS_AT)
        worlds.hand_in(session, done, now=WORKING_AT)
        result = queries.result_of_seat(session, done)
        assert result is not None and result.points == 96
        trainee = sittings.seat(session, working).trainee_id  # type: ignore[union-attr]
    clock.set(WORKING_AT)
    candidate, paths = browser.candidate(world, working, trainee), paths_of(browser.app, world)
    assert f"/api/v1/results/classes/{world.class_id}/draft" in telling(browser.of("confirmer"), paths)

    assert telling(candidate, paths) == []


def test_pass_rates_count_nothing_before_publication(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        sit(session, world, dict.fromkeys(world.seats, Fate.PASSED), ("proctor1", "proctor2"))
    clock.set(AFTER)
    path = "/api/v1/statistics/pass-rates"

    before = browser.of("statistician").get(path).json()
    with database.writing() as session:
        publish(session, world, AFTER)
    after = browser.of("statistician").get(path).json()

    assert (before["groups"], before["total"]["passed"]) == ([], 0)
    assert after["total"] | {"name": ""} == {
        "key": "total",
        "name": "",
        "enrolled": 6,
        "present": 6,
        "handed_in": 6,
        "passed": 6,
        "void": 0,
        "merged": 0,
        "pass_rate": 100.0,
        "from_elsewhere": dict.fromkeys(("enrolled", "present", "handed_in", "passed", "void"), 0),
    }


def test_everybody_sees_the_published_results_of_their_own_people_and_of_nobody_else(
    world: World, browser: Browser, clock: Clock
) -> None:
    with database.writing() as session:
        sit(session, world, dict.fromkeys(world.seats, Fate.PASSED), ("proctor1", "proctor2"))
        publish(session, world, ENDS_AT + timedelta(minutes=1))
    clock.set(AFTER)
    path = f"/api/v1/results/classes/{world.class_id}"

    def seen(username: str) -> list[tuple[str, int]]:
        rows = browser.of(username).get(path).json()
        enterprises = [row["enterprise"] for row in rows]
        return sorted((name, enterprises.count(name)) for name in set(enterprises))

    everybody, one_mine = [("北山煤矿", 3), ("青松煤矿", 3)], [("青松煤矿", 3)]
    assert {
        username: seen(username) for username in ("planner", "auditor", "institution", "enterprise", "supervisor")
    } == {
        "planner": everybody,
        "auditor": everybody,
        "institution": everybody,
        "enterprise": one_mine,
        "supervisor": one_mine,
    }
    rows = browser.of("enterprise").get(path).json()
    assert not any(re.search(r"\d{17}", str(row)) for row in rows), "citizen ids stay masked"
