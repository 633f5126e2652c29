"""The proctor's board: every seat as it stands, counts that agree with the answers, and the one next thing to do."""

import itertools
import json
from datetime import timedelta
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import given
from hypothesis import strategies as st

from service.kernel import database
from service.results.actions import marking
from service.sittings.actions import checking_in, granting, sitting_exam
from service.sittings.queries import rooms
from service.sittings.rules import board as rules
from service.sittings.rules import presence
from service.sittings.rules.board import Glance, NextAction
from service.sittings.rules.granting import Grants
from service.sittings.rules.lockdown import Machine
from service.sittings.rules.presence import Connection, Silence
from service.sittings.rules.seats import RefusalReason, SeatState
from service.sittings.tables import Gap, Presence, Seat, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import CHECK_IN_AT, ENDS_AT, PREPARED_AT, STARTS_AT, WORKING_AT, World

STATES = ("state", "answered", "handed_in_by", "refusal", "locked")


def test_the_board_shows_every_seat_as_it_stands(world: World, browser: Browser, clock: Clock) -> None:
    done, working, admitted, refused, locked, missing = world.seats
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=1)
        proctor = world.actor(session, "proctor1")
        checking_in.turn_away(session, proctor, refused, RefusalReason.NO_DOCUMENT, "", now=CHECK_IN_AT)
        for _ in range(5):
            sitting_exam.sign_in_seat(session, world.tickets[locked], "000000", Machine(""), now=WORKING_AT)
        for seat_id, choices in ((done, ["A", "B", "C"]), (working, ["A", "", "D", "B", ""])):
            worlds.start(session, seat_id, now=STARTS_AT)
            for position, choice in enumerate(choices, start=1):
                worlds.save(session, seat_id, position, choice)
        worlds.hand_in(session, done, now=WORKING_AT)
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


# --- the one next thing to do ---

WORKING = SeatState.WORKING


@pytest.mark.parametrize(
    ("seat", "action"),
    [
        pytest.param(Glance(SeatState.EXPECTED, entry_open=True), "check_in", id="expected, the door is open"),
        pytest.param(Glance(SeatState.EXPECTED), "none", id="expected, the door is closed"),
        pytest.param(Glance(SeatState.REFUSED, entry_open=True), "none", id="refused"),
        pytest.param(Glance(SeatState.ADMITTED), "wait", id="admitted"),
        pytest.param(Glance(SeatState.ADMITTED, locked=True), "release", id="admitted, locked out"),
        pytest.param(Glance(WORKING, Connection.ALIVE), "none", id="working"),
        pytest.param(Glance(WORKING, Connection.LATE), "none", id="working, a late sign of life"),
        pytest.param(Glance(WORKING, locked=True, recheck_due=True), "release", id="working, locked out of a machine"),
        pytest.param(Glance(WORKING, Connection.LOST, recheck_due=True, proposed=60), "look", id="machine lost"),
        pytest.param(Glance(WORKING, Connection.LOST, room_cut=True), "wait", id="machine lost with its room"),
        pytest.param(Glance(WORKING, Connection.ALIVE, room_cut=True), "none", id="heard in a room that is cut off"),
        pytest.param(
            Glance(WORKING, Connection.LOST, room_cut=True, locked=True), "release", id="locked in such a room"
        ),
        pytest.param(Glance(WORKING, recheck_due=True, proposed=60), "recheck", id="second look due"),
        pytest.param(Glance(WORKING, Connection.ALIVE, proposed=60), "compensate", id="back after a silence"),
        pytest.param(Glance(SeatState.PAUSED), "resume", id="stands still"),
        pytest.param(Glance(SeatState.PAUSED, room_paused=True), "wait", id="stands still with its room"),
        pytest.param(Glance(SeatState.HANDED_IN, proposed=60), "none", id="handed in"),
        pytest.param(Glance(SeatState.HANDED_IN, reopening=True), "confirm_reopening", id="to be opened again"),
        pytest.param(Glance(WORKING, Connection.LOST, to_sign_in=True), "sign_in_again", id="opened again"),
        pytest.param(Glance(WORKING, to_sign_in=True, locked=True), "release", id="opened again, locked out"),
        pytest.param(Glance(SeatState.TERMINATED, reopening=True), "none", id="ended"),
        pytest.param(Glance(SeatState.ABSENT), "none", id="absent"),
    ],
)
def test_a_seat_has_one_next_action(seat: Glance, action: str) -> None:
    assert rules.next_action(seat) == action


def test_every_state_has_its_next_action_and_every_action_is_some_states() -> None:
    everything = [
        Glance(state, connection, entry, paused, cut, locked, due, proposed, reopening=again, to_sign_in=again)
        for state in SeatState
        for connection in Connection
        for entry in (False, True)
        for paused in (False, True)
        for cut in (False, True)
        for locked in (False, True)
        for due in (False, True)
        for proposed in (0, 60)
        for again in (False, True)
    ]

    assert {rules.next_action(seat) for seat in everything} == set(NextAction)


def test_a_silent_machine_is_never_a_reason_to_collect() -> None:
    """The page goes on without a network; a collected sheet takes the rest of the time away for good."""
    assert "collect" not in set(NextAction)


# Seats that work and are silent, seats that work and are heard, whether the room stands still, and what is told.
CUTS = {
    "one machine": (1, 9, False, 0),
    "two machines": (2, 0, False, 0),
    "three of nine": (3, 6, False, 3),
    "three of ten": (3, 7, False, 0),
    "all of them": (30, 0, False, 30),
    "the clock was stopped": (30, 0, True, 0),
    "nobody works": (0, 0, False, 0),
}


@pytest.mark.parametrize(("silent", "heard", "paused", "told"), CUTS.values(), ids=CUTS)
def test_many_silent_machines_at_once_are_one_cut(silent: int, heard: int, paused: bool, told: int) -> None:
    seats = [(WORKING, Connection.LOST)] * silent + [(WORKING, Connection.LATE)] * heard
    others = [(SeatState.ADMITTED, Connection.LOST), (SeatState.HANDED_IN, Connection.NONE)] * 20
    assert rules.silent_at_once([*others, *seats], room_paused=paused) == told


def test_a_room_that_is_cut_off_asks_for_one_act_and_not_for_thirty(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(WORKING_AT)
    with database.writing() as session:
        worlds.begin_exam(session, world)
        for seat_id in world.seats[:4]:
            worlds.start(session, seat_id)
            seen = WORKING_AT - timedelta(seconds=10 if seat_id == world.seats[3] else 46)
            session.add(Presence(sitting_id=world.sitting_id, seat_id=seat_id, seen_at=seen))
    shown = board_of(browser, world)
    assert (shown["cut"], {one["next"] for one in shown["seats"] if one["connection"] == "lost"}) == (3, {"wait"})

    path = f"/api/v1/sittings/{world.sitting_id}/pause"
    assert browser.of("proctor1").post(path, json={"reason": "停电"}).status_code < 300
    shown = board_of(browser, world)
    assert (shown["cut"], shown["paused_at"] is not None) == (0, True)


@given(st.lists(st.tuples(st.integers(0, 500), st.integers(0, 100)), max_size=8))
def test_stretches_without_overlaps_cover_the_same_seconds(found: list[tuple[int, int]]) -> None:
    spans = [
        Silence(STARTS_AT + timedelta(seconds=begin), STARTS_AT + timedelta(seconds=begin + length))
        for begin, length in found
    ]
    joined = presence.disjoint(spans)

    covered = {second for begin, length in found for second in range(begin, begin + length)}
    assert sum((one.until_at - one.from_at).total_seconds() for one in joined) == len(covered)
    assert all(one.until_at < other.from_at for one, other in itertools.pairwise(joined))


# --- what the board tells beyond the states ---


def board_of(browser: Browser, world: World, username: str = "proctor1") -> dict[str, Any]:
    found: dict[str, Any] = browser.of(username).get(f"/api/v1/sittings/{world.sitting_id}/board").json()
    return found


def test_the_board_tells_of_machines_minutes_and_what_is_granted(world: World, browser: Browser, clock: Clock) -> None:
    alive, lost, late, silent = world.seats[:4]
    ages = {alive: 1, lost: 46, late: 31}
    with database.writing() as session:
        arranger, approver = world.actor(session, "arranger"), world.actor(session, "approver")
        trainee = session.get_one(Seat, silent).trainee_id
        wanted = granting.propose(
            session, arranger, world.class_id, trainee, Grants(15, large_type=True), "视力障碍", now=PREPARED_AT
        )
        granting.decide(session, approver, wanted.id or 0, approve=True, reason="情况属实", now=PREPARED_AT)
        worlds.begin_exam(session, world)
        for seat_id in world.seats[:3]:
            worlds.start(session, seat_id)
        for seat_id, age in ages.items():
            seen = WORKING_AT - timedelta(seconds=age)
            session.add(
                Presence(sitting_id=world.sitting_id, seat_id=seat_id, seen_at=seen, leavings=age, waiting=age % 5)
            )
        silence = {"from_at": WORKING_AT - timedelta(minutes=9), "until_at": WORKING_AT - timedelta(minutes=7)}
        session.add(Gap(sitting_id=world.sitting_id, seat_id=alive, **silence))
    clock.set(WORKING_AT)

    shown = {seat["seat_id"]: seat for seat in board_of(browser, world)["seats"]}

    fields = ("connection", "leavings", "waiting", "lost_seconds", "proposed_seconds")
    assert tuple(shown[alive][name] for name in fields) == ("alive", 1, 1, 120, 120)
    # What lasts has begun at the last sign of life.
    assert tuple(shown[lost][name] for name in fields[:3]) == ("lost", 46, 1)
    assert shown[lost]["lost_seconds"] >= 46
    assert tuple(shown[late][name] for name in fields) == ("late", 31, 1, 0, 0)
    assert tuple(shown[silent][name] for name in fields) == ("none", 0, 0, 0, 0)
    assert {seat: shown[seat]["next"] for seat in (alive, lost, late, silent)} == {
        alive: "compensate",
        lost: "look",
        late: "none",
        silent: "wait",
    }
    assert (shown[silent]["arrangements"], shown[silent]["extra_minutes"]) == (["延长15分钟", "大字显示"], 15)
    assert shown[silent]["ends_at"] == "2026-11-20T02:45:00Z"
    browser.of("proctor1").cookies.set("peikao_language", "en")
    english = {seat["seat_id"]: seat["arrangements"] for seat in board_of(browser, world)["seats"]}
    assert english[silent] == ["15 more minutes", "Large type"]


def test_the_board_says_when_the_room_began_late_or_is_a_rehearsal(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(WORKING_AT)
    fields = ("rehearsal", "began_at", "paused_at", "pause_reason", "extra_minutes")
    assert tuple(board_of(browser, world)[name] for name in fields) == (False, None, None, "", 0)
    with database.writing() as session:
        sitting = session.get_one(Sitting, world.sitting_id)
        sitting.began_at, sitting.rehearsal, sitting.form_id = STARTS_AT + timedelta(minutes=7), True, None

    shown = board_of(browser, world)

    assert (shown["rehearsal"], shown["began_at"]) == (True, "2026-11-20T01:07:00Z")
    assert shown["sitting"]["ends_at"] == "2026-11-20T02:37:00Z"
    # Practice questions; nothing has to be opened.
    assert ({seat["items"] for seat in shown["seats"]}, shown["sitting"]["opened"]) == ({5}, True)


def statements_of(world: World) -> int:
    """How many statements reading the board takes."""
    counted: list[object] = []

    def count(*one: object) -> None:
        counted.append(one)

    sa.event.listen(database.engine(), "before_cursor_execute", count)
    try:
        with database.reading() as session:
            assert rooms.room_view(session, world.sitting_id, WORKING_AT) is not None
    finally:
        sa.event.remove(database.engine(), "before_cursor_execute", count)
    return len(counted)


def test_a_board_takes_as_many_queries_however_many_sit_there(world: World) -> None:
    with database.writing() as session:
        others = world.seats[2:]
        session.execute(sa.delete(Seat).where(Seat.id.in_(others)))  # type: ignore[union-attr]
    few = statements_of(world)
    with database.writing() as session:
        first = session.get_one(Seat, world.seats[0]).model_dump()
        trainees = [session.get_one(Seat, one).trainee_id for one in world.seats[:2]]
        free = [one for one in world.trainees if one not in trainees]
        for number, trainee in enumerate(free, start=40):
            row = {**first, "id": None, "number": number, "trainee_id": trainee, "ticket_number": f"99{number}"}
            session.add(Seat(**row))
    assert (few, statements_of(world)) == (few, few)
    assert 0 < few <= 20


def test_whoever_asks_plainly_for_the_stream_gets_one_event_and_its_end(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(WORKING_AT)
    path = f"/api/v1/sittings/{world.sitting_id}/board/events"

    reply = browser.of("proctor1").get(path)

    assert reply.headers["content-type"].startswith("text/event-stream")
    name, data = reply.text.strip().split("\n")
    assert (name, data[:6]) == ("event: board", "data: ")
    pushed, asked = json.loads(data[6:]), board_of(browser, world)
    assert {**pushed, "now": None} == {**asked, "now": None}
    assert browser.of("proctor_elsewhere").get(path).status_code == 404
    assert browser.of("arranger").get(path).status_code == 403
    assert browser.stranger().get(path).status_code == 401
    with database.writing() as session:
        marking.hand_in_overdue(session, now=ENDS_AT)
    clock.set(ENDS_AT + timedelta(minutes=59))
    assert browser.of("proctor1").get(path).status_code == 200
    clock.set(ENDS_AT + timedelta(minutes=61))
    assert browser.of("proctor1").get(path).status_code == 204
