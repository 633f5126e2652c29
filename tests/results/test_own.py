"""A candidate's own result: from publication on, to whoever knows ticket number and citizen id, and to nobody else."""

import json
import re
from datetime import timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from service.access.rules.lockout import Tries
from service.bank import queries as bank
from service.bank.rules.items import Kind
from service.journal import queries as journal
from service.kernel import database, errors
from service.results.actions import guessing
from service.results.rules import Scored, own
from service.results.rules.own import Part, Place
from service.sittings import queries as sittings
from tests import world as worlds
from tests.conftest import Browser, Clock, Staged
from tests.results.exams import Fate, keys_of, publish, sit
from tests.world import AFTER, STARTS_AT, World

UNKNOWN = (404, "own_result_unknown")


def key_of(session: Session, world: World, seat_id: int) -> dict[str, str]:
    seat = sittings.seat(session, seat_id)
    assert seat is not None
    return {"ticket_number": seat.ticket_number, "id_tail": world.citizen_ids[seat.trainee_id][-6:]}


@pytest.fixture
def world(staged: Staged) -> World:
    """The first passed with 96, the second failed, the last never came."""
    return staged(sat, AFTER)


def sat(session: Session, world: World) -> World:
    fates = dict(zip(world.seats, [Fate.PASSED, Fate.FAILED, *[Fate.PASSED] * 3, Fate.ABSENT], strict=True))
    sit(session, world, fates, ("proctor1", "proctor2"))
    return world


@pytest.fixture
def keys(world: World) -> list[dict[str, str]]:
    """What each candidate would type in."""
    with database.reading() as session:
        return [key_of(session, world, seat_id) for seat_id in world.seats]


def asked(client: TestClient, body: dict[str, str]) -> tuple[int, str]:
    reply = client.post("/api/v1/results/own", json=body)
    return reply.status_code, reply.json().get("code", "")


# --- the rules ---


@pytest.mark.parametrize(
    ("here", "everywhere", "minutes"),
    [
        pytest.param(Tries(), 0, None, id="never tried"),
        pytest.param(Tries(4, STARTS_AT), 4, None, id="four times"),
        pytest.param(Tries(5, STARTS_AT, STARTS_AT + timedelta(seconds=90)), 5, 2, id="five times: minutes are begun"),
        pytest.param(Tries(5, STARTS_AT, STARTS_AT), 5, None, id="five times, a while ago"),
        pytest.param(Tries(), 7, None, id="by others, not yet by many"),
        pytest.param(Tries(), 8, 60, id="by many"),
    ],
)
def test_how_long_a_ticket_number_waits(here: Tries, everywhere: int, minutes: int | None) -> None:
    refusal = own.refuses(here, everywhere, STARTS_AT)

    assert (refusal.values if refusal else None) == ({"minutes": minutes} if minutes else None)


def test_one_place_alone_never_shuts_a_ticket_number_for_others(monkeypatch: pytest.MonkeyPatch) -> None:
    kept = guessing.Book()
    monkeypatch.setattr(guessing, "_book", lambda _: kept)
    tried = 0
    for minutes in range(60):
        try:
            guessing.count("26001", "203.0.113.7", STARTS_AT + timedelta(minutes=minutes))
            tried += 1
        except errors.TooOften:
            continue

    assert tried > own.EVERYWHERE
    assert len(kept.everywhere["26001"]) == own.OF_ONE_PLACE <= own.EVERYWHERE / 4
    guessing.count("26001", "198.51.100.1", STARTS_AT + timedelta(minutes=59))


def test_parts_are_by_kind_and_by_subject_in_the_order_of_the_syllabus() -> None:
    single, multiple = Kind.SINGLE, Kind.MULTIPLE
    marks = {1: Scored("A", 1, 1), 2: Scored("B", 0, 1), 3: Scored("AB", 2, 2), 4: Scored("", 0, 2)}
    places = {1: Place(single, "b"), 2: Place(single, "a"), 3: Place(multiple, "b"), 4: Place(multiple, "")}

    assert own.sections(marks, places) == [Part("single", 2, 1, 1, 2), Part("multiple", 2, 1, 2, 4)]
    assert own.subjects(marks, places, ["a", "b"]) == [
        Part("a", 1, 0, 0, 1),
        Part("b", 2, 2, 3, 3),
        Part("", 1, 0, 0, 2),
    ]


# --- before and after publication ---


def test_there_is_nothing_before_publication_and_everything_after(
    world: World, browser: Browser, keys: list[dict[str, str]]
) -> None:
    stranger = browser.stranger()
    assert asked(stranger, keys[0]) == UNKNOWN
    with database.writing() as session:
        publish(session, world, AFTER)

    shown: dict[str, Any] = stranger.post("/api/v1/results/own", json=keys[0]).json()

    assert {name: shown[name] for name in ("verdict", "points", "pass_points", "class_code")} == {
        "verdict": "passed",
        "points": 96,
        "pass_points": 80,
        "class_code": "2024-TL-01",
    }
    for parts in (shown["sections"], shown["subjects"]):
        assert (sum(one["points"] for one in parts), sum(one["of"] for one in parts)) == (96, 100)
    assert [one["version"] for one in shown["versions"]] == [1]
    assert re.fullmatch("[2-9A-Z]{12}", shown["certificate"])


def test_subjects_are_those_of_the_items_that_were_asked(
    world: World, browser: Browser, keys: list[dict[str, str]]
) -> None:
    with database.writing() as session:
        publish(session, world, AFTER)
        number = len(keys_of(session, world.sitting_id))
        known = set(bank.subjects(session)) | {""}

    shown = browser.stranger().post("/api/v1/results/own", json=keys[1]).json()

    assert sum(one["asked"] for one in shown["subjects"]) == number
    assert {one["name"] for one in shown["subjects"]} <= known
    assert shown["verdict"] == "failed" and sum(one["right"] for one in shown["subjects"]) < number


def test_who_never_came_reads_so_and_has_no_parts(world: World, browser: Browser, keys: list[dict[str, str]]) -> None:
    with database.writing() as session:
        publish(session, world, AFTER)

    shown = browser.stranger().post("/api/v1/results/own", json=keys[-1]).json()

    assert (shown["verdict"], shown["sections"], shown["certificate"]) == ("absent", [], "")


# --- guessing ---


def test_the_answer_is_the_same_whatever_is_wrong(world: World, browser: Browser, keys: list[dict[str, str]]) -> None:
    with database.writing() as session:
        publish(session, world, AFTER)
    stranger = browser.stranger()
    wrong_tail = {**keys[0], "id_tail": keys[1]["id_tail"]}
    wrong_ticket = {**keys[0], "ticket_number": "999999999999"}

    told = [stranger.post("/api/v1/results/own", json=body) for body in (wrong_tail, wrong_ticket)]

    assert told[0].json() == told[1].json() and [one.status_code for one in told] == [404, 404]
    assert asked(stranger, keys[0]) == (200, "")


def at(browser: Browser, address: str) -> TestClient:
    return TestClient(browser.app, client=(address, 50000))  # type: ignore[arg-type]


@pytest.mark.parametrize("there", [True, False], ids=["a ticket that exists", "a ticket that does not"])
def test_a_rival_who_guesses_shuts_out_himself_and_nobody_else(
    world: World, browser: Browser, clock: Clock, keys: list[dict[str, str]], there: bool
) -> None:
    with database.writing() as session:
        publish(session, world, AFTER)
    rival, home, right = at(browser, "203.0.113.7"), at(browser, "198.51.100.1"), keys[0]
    wrong = {"ticket_number": right["ticket_number"] if there else "999999999999", "id_tail": "000000"}

    assert [asked(rival, wrong) for _ in range(7)] == [UNKNOWN] * 5 + [(429, "own_result_shut")] * 2

    assert asked(rival, right) == ((429, "own_result_shut") if there else (200, ""))
    assert asked(home, right) == (200, "")
    assert asked(rival, keys[1]) == (200, "")
    clock.set(AFTER + timedelta(minutes=1, seconds=9))
    assert asked(rival, right) == (200, "")


def test_guessing_from_everywhere_is_slow(
    world: World, browser: Browser, clock: Clock, keys: list[dict[str, str]]
) -> None:
    with database.writing() as session:
        publish(session, world, AFTER)
    wrong = {**keys[0], "id_tail": "000000"}
    home = at(browser, "198.51.100.200")
    assert asked(home, keys[0]) == (200, "")
    for number in range(4):
        assert [asked(at(browser, f"198.51.100.{number}"), wrong) for _ in range(2)] == [UNKNOWN] * 2

    reply = at(browser, "192.0.2.1").post("/api/v1/results/own", json=keys[0])
    assert (reply.status_code, reply.json()["code"]) == (429, "own_result_shut")
    assert "请60分钟后再试" in reply.json()["detail"] and "到市应急管理局" in reply.json()["detail"]
    assert asked(home, keys[0]) == (200, ""), "where it was right before, strangers shut out nobody"
    clock.set(AFTER + timedelta(minutes=61))
    assert asked(at(browser, "192.0.2.1"), keys[0]) == (200, "")


def test_right_tries_leave_no_count_behind(world: World, browser: Browser, keys: list[dict[str, str]]) -> None:
    with database.writing() as session:
        publish(session, world, AFTER)
    stranger = browser.stranger()
    asked(stranger, {**keys[0], "id_tail": "000000"})
    assert len(guessing.book().here) == 1

    assert [asked(stranger, keys[0])[0] for _ in range(8)] == [200] * 8

    assert guessing.book().here == {} and [len(one) for one in guessing.book().everywhere.values()] == [1]


def test_a_wrong_guess_takes_no_turn_to_write(
    world: World, browser: Browser, keys: list[dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    with database.writing() as session:
        publish(session, world, AFTER)
    turns: list[str] = []
    writing = database.writing

    def counted() -> Any:
        turns.append("write")
        return writing()

    monkeypatch.setattr(database, "writing", counted)
    stranger, wrong = browser.stranger(), {**keys[0], "id_tail": "000000"}
    for path in ("/api/v1/results/own", "/api/v1/results/own/appeal"):
        assert stranger.post(path, json=wrong | {"reason": "请复核第三题"}).status_code == 404
    assert stranger.post("/my-result", data=wrong).status_code == 404
    assert turns == []

    assert asked(stranger, keys[0]) == (200, "") and turns == ["write"]


def test_no_more_is_remembered_than_fits(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(guessing, "MOST", 3)
    monkeypatch.setattr(guessing, "_book", lambda _: kept)
    kept = guessing.Book()

    for number in range(5):
        guessing.count(str(number), "here", STARTS_AT)

    assert list(kept.everywhere) == ["2", "3", "4"] and len(kept.here) == 3


@pytest.mark.parametrize("field", [{"ticket_number": "12a456"}, {"id_tail": "12345"}, {"ticket_number": "1" * 13}])
def test_what_cannot_be_either_is_malformed(
    browser: Browser, keys: list[dict[str, str]], field: dict[str, str]
) -> None:
    assert asked(browser.stranger(), keys[0] | field) == (422, "malformed")


def test_looking_is_on_record_and_the_record_names_nobody(
    world: World, browser: Browser, keys: list[dict[str, str]]
) -> None:
    with database.writing() as session:
        publish(session, world, AFTER)
    browser.stranger().post("/api/v1/results/own", json=keys[0])

    with database.reading() as session:
        last = journal.about(session, f"seat:{world.seats[0]}")[-1]
        assert (last.event, last.actor, json.loads(last.data)) == ("OWN_RESULT_READ", "anonymous", {})


# --- the page ---


def test_the_page_shows_the_same_and_no_item(world: World, browser: Browser, keys: list[dict[str, str]]) -> None:
    stranger = browser.stranger()
    assert "准考证号" in stranger.get("/my-result").text
    before = stranger.post("/my-result", data=keys[0])
    assert before.status_code == 404 and "没有查到已发布的成绩" in before.text
    with database.writing() as session:
        publish(session, world, AFTER)
        stems = {one.stem for one in worlds_questions(session, world)}

    page = stranger.post("/my-result", data=keys[0])

    assert page.status_code == 200 and ">96</strong>" in page.text
    assert [stem for stem in stems if stem in page.text] == []
    assert stranger.post("/my-result", data={"ticket_number": "不是号码", "id_tail": ""}).status_code == 404


def worlds_questions(session: Session, world: World) -> list[Any]:
    from service.papers.actions import opening

    sitting = sittings.sitting(session, world.sitting_id)
    assert sitting is not None and worlds.STARTS_AT
    return opening.read_opened(session, sitting.form_id or 0)
