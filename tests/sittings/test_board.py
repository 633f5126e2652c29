"""The proctor's board: every seat as it stands, and counts that agree with the answers."""

from service.kernel import database
from service.results.actions import marking
from service.sittings.actions import checking_in, sitting_exam
from service.sittings.rules.seats import RefusalReason
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import CHECK_IN_AT, ENDS_AT, STARTS_AT, WORKING_AT, World

STATES = ("state", "answered", "handed_in_by", "refusal", "locked")


def test_the_board_shows_every_seat_as_it_stands(world: World, browser: Browser, clock: Clock) -> None:
    done, working, admitted, refused, locked, missing = world.seats
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=1)
        proctor = world.actor(session, "proctor1")
        checking_in.turn_away(session, proctor, refused, RefusalReason.NO_DOCUMENT, "", now=CHECK_IN_AT)
        for _ in range(5):
            sitting_exam.sign_in_seat(session, world.tickets[locked], "000000", now=WORKING_AT)
        for seat_id, choices in ((done, ["A", "B", "C"]), (working, ["A", "", "D", "B", ""])):
            actor = world.candidate(session, seat_id)
            sitting_exam.start(session, actor, now=STARTS_AT)
            for position, choice in enumerate(choices, start=1):
                sitting_exam.save_answer(session, actor, position, choice, False, 1, now=WORKING_AT)
        marking.hand_in_own(session, world.candidate(session, done), now=WORKING_AT)
    path = f"/api/v1/sittings/{world.sitting_id}/board"

    clock.set(WORKING_AT)
    shown = browser.of("proctor2").get(path).json()

    seats = {seat["seat_id"]: tuple(seat[field] for field in STATES) for seat in shown["seats"]}
    assert seats == {
        done: ("handed_in", 3, "candidate", None, False),
        working: ("working", 3, None, None, False),
        admitted: ("admitted", 0, None, None, False),
        refused: ("refused", 0, None, "no_document", False),
        locked: ("admitted", 0, None, None, True),
        missing: ("expected", 0, None, None, False),
    }
    assert [seat["number"] for seat in shown["seats"]] == [1, 2, 3, 4, 5, 6]
    assert {seat["items"] for seat in shown["seats"]} == {50}
    assert (shown["hands"], shown["sitting"]["phase"], shown["sitting"]["opened"]) == (2, "running", True)
    assert shown["sitting"]["proctors"] == ["proctor1", "proctor2"]
    clock.set(ENDS_AT)
    over = {seat["seat_id"]: seat["state"] for seat in browser.of("proctor2").get(path).json()["seats"]}
    assert over == {
        done: "handed_in",
        working: "handed_in",
        admitted: "handed_in",
        refused: "refused",
        locked: "handed_in",
        missing: "absent",
    }


def test_incidents_stand_on_the_board_newest_first_and_only_for_seats_of_the_room(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(WORKING_AT)
    proctor, path = browser.of("proctor1"), f"/api/v1/sittings/{world.sitting_id}/incidents"

    assert proctor.post(path, json={"text": "走廊有噪音"}).status_code == 201
    assert proctor.post(path, json={"text": "考生交谈", "seat_id": world.seats[0]}).status_code == 201
    assert proctor.post(path, json={"text": "别场考生", "seat_id": 9999}).status_code == 404

    board = proctor.get(f"/api/v1/sittings/{world.sitting_id}/board").json()
    number = next(seat["number"] for seat in board["seats"] if seat["seat_id"] == world.seats[0])
    assert [(one["seat"], one["text"]) for one in board["incidents"]] == [(number, "考生交谈"), (None, "走廊有噪音")]


def test_everybody_sees_the_sittings_that_concern_them(world: World, browser: Browser) -> None:
    seen = {
        username: [one["id"] for one in browser.of(username).get("/api/v1/sittings").json()]
        for username in ("proctor1", "proctor_elsewhere", "arranger", "auditor")
    }

    assert seen == {
        "proctor1": [world.sitting_id],
        "proctor_elsewhere": [],
        "arranger": [world.sitting_id],
        "auditor": [world.sitting_id],
    }
    for username in ("institution", "enterprise", "administrator", "statistician"):
        assert browser.of(username).get("/api/v1/sittings").status_code == 403
