"""Thirty people in a room, one of whom copies: who is named, and what the bank is told of the items."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session, select

from service.bank import queries as bank
from service.bank.rules.items import LETTERS, TRUTHS
from service.bank.tables import ItemCalibration
from service.journal import queries as journal
from service.journal.rules import Event
from service.kernel import database, errors
from service.results.actions import calibrating, cases, comparing
from service.results.tables import Result
from service.sittings.actions import checking_in, saving
from service.sittings.actions.saving import Change
from tests import world as worlds
from tests.conftest import Browser, Clock, Databases, using
from tests.growing import upon
from tests.results import exams
from tests.results.exams import keys_of
from tests.world import AFTER, STARTS_AT, WORKING_AT, World

PEOPLE = 30
PROCTORS = ("proctor1", "proctor2")


def wrong(draw: random.Random, key: str) -> str:
    return draw.choice([one for one in (TRUTHS if key in TRUTHS else LETTERS) if one != key])


def sheets_of(keys: dict[int, tuple[str, int]]) -> list[dict[int, str]]:
    """Everybody answers everything, the later the better; the second one has copied from the first."""
    draw = random.Random(5)
    found = [
        {position: key if draw.random() < 0.55 + who / 80 else wrong(draw, key) for position, (key, _) in keys.items()}
        for who in range(PEOPLE)
    ]
    return [found[0], dict(found[0]), *found[2:]]


@upon(worlds.banked)
def held(session: Session, world: World) -> World:
    """The exam of a class of thirty, handed in and signed."""
    worlds.open_class(session, world, people=PEOPLE)
    world = exams.plan(session, world, STARTS_AT, "比较用考试点", PROCTORS)
    for seat_id in world.seats:
        checking_in.admit(session, world.actor(session, "proctor1"), seat_id, now=worlds.CHECK_IN_AT)
    for proctor in PROCTORS:
        worlds.open_paper(session, world.actor(session, proctor), world.sitting_id)
    for seat_id, sheet in zip(world.seats, sheets_of(keys_of(session, world.sitting_id)), strict=True):
        worlds.start(session, seat_id)
        machine = worlds.machine(session, seat_id)
        saving.save(session, [Change(machine, at, choice, False, 1) for at, choice in sheet.items()], now=WORKING_AT)
        worlds.hand_in(session, seat_id)
    return world


@pytest.fixture
def exam(databases: Databases, clock: Clock, tmp_path: Path) -> Iterator[World]:
    with databases.copy("compared", held) as (url, world), using(url, tmp_path / "clock"):
        clock.set(AFTER)
        yield world


def test_only_the_two_are_named_and_the_bank_learns_after_publication(exam: World, browser: Browser) -> None:
    place = f"results/statistics/{exam.class_id}"

    # --- who agrees ---
    with database.reading() as session:
        (form,) = comparing.compare(session, exam.actor(session, "confirmer"), exam.class_id, now=AFTER)
    two = sorted(exam.seats[:2])
    assert (form.sheets, form.pairs, [case.pair.seats for case in form.cases]) == (30, 435, [tuple(two)])
    (case,) = form.cases
    assert case.pair.same == len(keys_now(exam)) and case.pair.same_wrong > 10
    (told,) = browser.of("publisher").get(f"/api/v1/{place}/similarity").json()
    assert [one["seats"] for one in told["cases"]] == [two]
    page = browser.of("publisher").get(f"/{place}/similarity").text
    assert all(sitter.name in page and sitter.ticket_number in page for sitter in case.sitters)
    for path in (f"/{place}/similarity", f"/api/v1/{place}/similarity"):
        assert {browser.of(who).get(path).status_code for who in ("institution", "author", "auditor")} == {403}

    # --- nothing goes to the bank before publication, nor by a stranger ---
    calibration = f"/api/v1/{place}/calibration"
    assert browser.of("publisher").post(calibration).json()["code"] == "not_published"
    assert browser.of("confirmer").post(calibration).status_code == 403

    with database.writing() as session:
        exams.publish(session, exam, AFTER)
    reply = browser.of("publisher").post(calibration)

    assert reply.status_code == 201
    handed = reply.json()
    assert (handed["sheets"], handed["model"]) == (PEOPLE, "1pl")
    assert len(handed["items"]) + handed["left_out"] == len(keys_now(exam))
    assert len(handed["items"]) > 30
    with database.reading() as session:
        known = bank.calibrations(session)
        assert {code: one.difficulty_milli for code, one in known.items()} == {
            one["code"]: one["difficulty_milli"] for one in handed["items"]
        }
        assert {row.answers for row in session.exec(select(ItemCalibration))} == {PEOPLE}
        assert len(session.execute(journal.entries(event=Event.ITEM_CALIBRATED)).all()) == len(known)
        with pytest.raises(errors.Refused):
            calibrating.measure(session, exam.actor(session, "confirmer"), exam.class_id)


def keys_now(exam: World) -> dict[int, tuple[str, int]]:
    with database.reading() as session:
        return keys_of(session, exam.sitting_id)


def test_few_sheets_calibrate_nothing(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(AFTER)
    with database.writing() as session:
        exams.sit(session, world, dict.fromkeys(world.seats, exams.Fate.PASSED), PROCTORS)
        exams.publish(session, world, AFTER)
    place = f"/api/v1/results/statistics/{world.class_id}"

    reply = browser.of("publisher").post(f"{place}/calibration")

    assert (reply.status_code, reply.json()["code"]) == (409, "too_few_answers")
    (form,) = browser.of("publisher").get(f"{place}/similarity").json()
    assert (form["compared"], form["why"], form["cases"]) == (False, "too_few_to_compare", [])
    assert browser.of("publisher").post("/api/v1/results/statistics/99999/calibration").status_code == 404
    assert "disabled" in browser.of("publisher").get(f"/results/statistics/{world.class_id}").text


# --- cases ---


def test_a_pair_that_is_named_becomes_a_case_that_one_opens_and_another_closes(exam: World, browser: Browser) -> None:
    confirmer, publisher = browser.of("confirmer"), browser.of("publisher")
    place, page = f"/api/v1/results/statistics/{exam.class_id}/similarity/cases", f"/results/statistics/{exam.class_id}"
    two, reason = sorted(exam.seats[:2]), "两人前后座，错题相同"
    body = {"seat": two[1], "other": two[0], "reason": reason}

    # --- opening: only what the screen names, by whoever confirms, once ---
    assert confirmer.get(place).json() == []
    assert "立案核查…" in confirmer.get(f"{page}/similarity").text
    assert "立案核查…" not in publisher.get(f"{page}/similarity").text
    unnamed = confirmer.post(place, json=body | {"seat": exam.seats[2]})
    assert (unnamed.status_code, unnamed.json()["code"]) == (409, "pair_not_named")
    assert confirmer.post(place, json=body | {"reason": ""}).status_code == 422
    assert confirmer.post(place.replace(f"/{exam.class_id}/", "/99999/"), json=body).status_code == 404
    opened = confirmer.post(place, json=body)
    assert opened.status_code == 201
    assert confirmer.post(place, json=body).json()["code"] == "case_waiting"

    (told,) = publisher.get(place).json()
    assert (told["seats"], told["reason"], told["finding"], told["closed_by"]) == (two, reason, None, "")
    assert told["same"] == len(keys_now(exam)) and told["chance"] < 1e-6

    # --- closing: another person, once, and no result changes ---
    closing = f"/api/v1/results/statistics/cases/{opened.json()['case_id']}/closing"
    answer = {"finding": "explained", "answer": "监考记录显示座位相隔两排"}
    assert "核查结论" in publisher.get(f"{page}/similarity").text
    assert confirmer.post(closing, json=answer).status_code == 403
    assert publisher.post(closing, json=answer | {"finding": "guilty"}).status_code == 422
    assert publisher.post(closing.replace(closing.split("/")[-2], "9999"), json=answer).status_code == 404
    before = results_now(exam)
    assert publisher.post(closing, json=answer).json() == {"finding": "explained"}
    assert publisher.post(closing, json=answer).json()["code"] == "case_closed"
    assert results_now(exam) == before
    shown = publisher.get(f"{page}/similarity").text
    assert answer["answer"] in shown and "可以解释，不再追究" in shown

    # --- strangers, the record, and a second case after the first ---
    for who in ("institution", "author", "auditor", "statistician"):
        client = browser.of(who)
        assert [client.get(place).status_code, client.post(place, json=body).status_code] == [403, 403]
        assert client.post(closing, json=answer).status_code == 403
    with database.reading() as session:
        entries = [one for one in journal.about(session, f"class:{exam.class_id}") if "SIMILARITY" in one.event]
        assert [one.event for one in entries] == ["SIMILARITY_CASE_OPENED", "SIMILARITY_CASE_CLOSED"]
        assert reason not in entries[0].data and answer["answer"] not in entries[1].data
    assert confirmer.post(place, json=body).status_code == 201
    assert len(publisher.get(place).json()) == 2


def results_now(exam: World) -> list[tuple[int, str, int]]:
    with database.reading() as session:
        return [(one.seat_id, one.verdict, one.points) for one in session.exec(select(Result).order_by(Result.seat_id))]


def test_the_database_too_keeps_opener_and_closer_apart(exam: World) -> None:
    with database.writing() as session:
        actor = exam.actor(session, "confirmer")
        pair = cases.find(session, actor, exam.class_id, (exam.seats[0], exam.seats[1]), now=AFTER)
        cases.open_case(session, actor, exam.class_id, pair, "理由写明", now=AFTER)

    own = "closed_at = opened_at, closed_by = opened_by, finding = 'explained', answer = 'ok'"
    with pytest.raises(IntegrityError, match="two_people"), database.writing() as session:
        session.execute(sa.text(f"UPDATE results_similarity_case SET {own}"))
