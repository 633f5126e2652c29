"""How far those outside the bureau see: institutions their own classes, enterprises and counties their own people."""

from datetime import date
from typing import Any

import pytest
from sqlmodel import Session

from service.access.rules.people import ROLE_NAMES, TraineeRole, masked
from service.kernel import database
from service.programme.actions import enrolling, planning
from service.programme.rules.classes import ClassDraft
from service.programme.rules.institutions import Profile, Teacher
from service.results.actions import marking, publishing
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import World

ROLE = TraineeRole.TEAM_LEADER
OUTSIDE = ["institution", "enterprise", "supervisor"]
EVERYBODY = [f"学员{number}" for number in range(6)]
# The world seats its trainees in two enterprises by turns; the first one, and its county, have these.
THEIRS = ["学员0", "学员2", "学员4"]


def class_of_the_other_institution(session: Session, world: World) -> int:
    """A class of another institution with two people of another enterprise in another county."""
    planner, institution = world.actor(session, "planner"), world.organisations["institution2"]
    planning.profile_institution(session, planner, institution, Profile(2, True, True), now=worlds.PREPARED_AT)
    lecturers = tuple(
        planning.add_lecturer(
            session,
            planner,
            institution,
            name=f"另一位教师{number}",
            citizen_id=worlds.citizen_id(970 + number),
            title="",
            teacher=Teacher(True, True, 10, True),
            now=worlds.PREPARED_AT,
        ).id
        or 0
        for number in range(3)
    )
    draft = ClassDraft(
        "2024-TL-02", "另一班", ROLE, 2024, institution, date(2026, 11, 1), date(2026, 11, 15), lecturers
    )
    other = planning.open_class(session, planner, draft, now=worlds.PREPARED_AT).id or 0
    rows = [(f"外人{n}", worlds.citizen_id(20 + n), "北山煤矿", ROLE_NAMES[ROLE], f"1980000000{n}") for n in range(2)]
    enrolling.import_roster(session, planner, other, worlds.roster(rows), keep_good=False, now=worlds.PREPARED_AT)
    return other


@pytest.fixture
def other(world: World, clock: Clock) -> int:
    """The id of the other institution's class; the world's own class stands before its exam."""
    clock.set(worlds.PREPARED_AT)
    with database.writing() as session:
        return class_of_the_other_institution(session, world)


def seen(browser: Browser, username: str, path: str) -> Any:
    reply = browser.of(username).get(f"/api/v1/{path}")
    return reply.json() if reply.status_code == 200 else reply.status_code


def names(rows: Any) -> Any:
    return [row["name"] for row in rows] if isinstance(rows, list) else rows


def test_each_sees_the_classes_that_concern_them(world: World, other: int, browser: Browser) -> None:
    def classes(username: str) -> list[int]:
        return sorted(row["id"] for row in seen(browser, username, "programme/classes"))

    assert classes("planner") == [world.class_id, other]
    assert {who: classes(who) for who in OUTSIDE} == dict.fromkeys(OUTSIDE, [world.class_id])  # noqa: RUF024


@pytest.mark.parametrize("path", ["programme/classes/{}", "programme/classes/{}/roster", "results/classes/{}"])
def test_the_class_of_another_reads_like_one_that_is_not_there(
    world: World, other: int, browser: Browser, path: str
) -> None:
    def answers(username: str, class_id: int) -> tuple[int, str]:
        reply = browser.of(username).get(f"/api/v1/{path.format(class_id)}")
        return reply.status_code, reply.text.replace(f"/{class_id}", "/…")

    for username in OUTSIDE:
        assert answers(username, world.class_id)[0] == 200
        assert answers(username, other) == answers(username, 9999)
        assert answers(username, other)[0] == 404
    assert answers("planner", other)[0] == 200


@pytest.mark.parametrize("username", ["planner", "auditor", "confirmer", *OUTSIDE])
def test_results_of_a_class_that_is_not_there_are_not_there_for_anybody(
    world: World, browser: Browser, username: str
) -> None:
    def asked(class_id: int) -> list[int]:
        place, client = f"/api/v1/results/classes/{class_id}", browser.of(username)
        return [client.get(f"{place}{more}").status_code for more in ("", "/editions")]

    assert (asked(world.class_id), asked(9999)) == ([200, 200], [404, 404])


def test_an_institution_records_nothing_for_the_class_of_another(world: World, other: int, browser: Browser) -> None:
    line = {"trainee_id": world.trainees[0], "day": "2026-11-10", "mode": "online", "hours": 1}

    def record(class_id: int) -> int:
        place = f"/api/v1/programme/classes/{class_id}/attendance"
        return browser.of("institution").post(place, json={"entries": [line]}).status_code

    assert (record(world.class_id), record(other)) == (200, 404)


def test_each_sees_their_own_people_on_a_roster_and_ids_masked(world: World, browser: Browser) -> None:
    ids = {f"学员{number}": masked(worlds.citizen_id(number)) for number in range(6)}
    shown = {
        who: {
            row["name"]: row["citizen_id_masked"]
            for row in seen(browser, who, f"programme/classes/{world.class_id}/roster")
        }
        for who in ["planner", *OUTSIDE]
    }

    assert shown["planner"] == shown["institution"] == ids
    assert shown["enterprise"] == shown["supervisor"] == {name: ids[name] for name in THEIRS}


def test_results_are_there_after_publication_and_not_before(world: World, clock: Clock, browser: Browser) -> None:
    place = f"results/classes/{world.class_id}"

    def shown() -> dict[str, Any]:
        return {who: names(seen(browser, who, place)) for who in ["planner", *OUTSIDE]}

    nothing: dict[str, Any] = {who: [] for who in ["planner", *OUTSIDE]}
    assert shown() == nothing
    with database.writing() as session:
        worlds.begin_exam(session, world)
        marking.hand_in_overdue(session, now=worlds.AFTER)
    clock.set(worlds.AFTER)
    assert shown() == nothing
    assert names(seen(browser, "confirmer", f"{place}/draft")) == EVERYBODY
    with database.writing() as session:
        worlds.sign_record(session, world)
        publishing.confirm_results(session, world.actor(session, "confirmer"), world.class_id, now=worlds.AFTER)
    assert shown() == nothing
    with database.writing() as session:
        publishing.publish_results(session, world.actor(session, "publisher"), world.class_id, now=worlds.AFTER)

    assert shown() == {"planner": EVERYBODY, "institution": EVERYBODY, "enterprise": THEIRS, "supervisor": THEIRS}
    assert {who: seen(browser, who, f"{place}/draft") for who in OUTSIDE} == dict.fromkeys(OUTSIDE, 403)


def test_a_proctor_sees_the_sittings_they_are_assigned_to(world: World, browser: Browser) -> None:
    def sittings(username: str) -> list[int]:
        return [row["id"] for row in seen(browser, username, "sittings")]

    def board(username: str) -> Any:
        found = seen(browser, username, f"sittings/{world.sitting_id}/board")
        return len(found["seats"]) if isinstance(found, dict) else found

    assert {who: (sittings(who), board(who)) for who in ("proctor1", "proctor2", "proctor_elsewhere")} == {
        "proctor1": ([world.sitting_id], 6),
        "proctor2": ([world.sitting_id], 6),
        "proctor_elsewhere": ([], 404),
    }
    assert (sittings("arranger"), board("arranger")) == ([world.sitting_id], 403)
