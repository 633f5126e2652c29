"""Thirty people in a room, one of whom copies: who is named, and what the bank is told of the items."""

import random

import pytest
from sqlmodel import Session, select

from service.bank import queries as bank
from service.bank.rules.items import LETTERS, TRUTHS
from service.bank.tables import ItemCalibration
from service.journal import queries as journal
from service.journal.rules import Event
from service.kernel import database, errors
from service.results.actions import calibrating, comparing
from service.sittings.actions import checking_in, saving
from service.sittings.actions.saving import Change
from tests import world as worlds
from tests.conftest import Browser, Clock
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


def hold(session: Session, world: World) -> World:
    """The exam of a class of thirty, handed in and signed."""
    worlds.fill_bank(session, world)
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
def exam(staffed: World, clock: Clock) -> World:
    clock.set(AFTER)
    with database.writing() as session:
        return hold(session, staffed)


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
