"""Sitting down: one machine to a seat, five guesses, and a proctor's leave to move."""

import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session

from service.access.actions import ending
from service.journal import queries as journal
from service.kernel import database
from service.results.actions import marking
from service.sittings import queries
from service.sittings.actions import checking_in, proctoring, sitting_exam
from service.sittings.actions.binding import Browser as Shown
from service.sittings.actions.enrolling import id_tail_index
from service.sittings.rules.lockdown import Machine
from service.sittings.tables import Room
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import CHECK_IN_AT, ENDS_AT, WORKING_AT, World


def tail_of(session: Session, world: World, seat_id: int) -> str:
    seat = queries.seat(session, seat_id)
    assert seat is not None
    return world.citizen_ids[seat.trainee_id][-6:]


def sign_in(session: Session, world: World, seat_id: int, tail: str = "") -> str:
    """The code of the refusal, or that a machine is bound now."""
    entrance = sitting_exam.sign_in_seat(
        session, world.tickets[seat_id], tail or tail_of(session, world, seat_id), Machine(""), now=CHECK_IN_AT
    )
    return entrance.refusal.code if entrance.refusal else "bound"


def wrong(tail: str) -> str:
    return f"{(int(tail[:5]) + 1) % 100_000:05d}{tail[5]}"


def test_only_whoever_was_admitted_sits_down(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        assert sign_in(session, world, seat_id) == "not_admitted"
        checking_in.admit(session, world.actor(session, "proctor1"), seat_id, now=CHECK_IN_AT)
        assert sign_in(session, world, seat_id) == "bound"
        unknown = sitting_exam.sign_in_seat(session, "269999999", "000000", Machine(""), now=CHECK_IN_AT)
        assert unknown.refusal is not None and unknown.refusal.code == "wrong_ticket"


def test_a_small_x_is_the_same_as_a_large_one(world: World) -> None:
    with database.writing() as session:
        seat = queries.seat(session, world.seats[0])
        assert seat is not None
        seat.id_tail_index = id_tail_index(seat.person_id, "12345X")
        checking_in.admit(session, world.actor(session, "proctor1"), world.seats[0], now=CHECK_IN_AT)

        assert sign_in(session, world, world.seats[0], "12345x") == "bound"


def test_five_wrong_guesses_lock_the_seat_until_a_proctor_unlocks_it(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        checking_in.admit(session, proctor, seat_id, now=CHECK_IN_AT)
        right = tail_of(session, world, seat_id)

        guesses = [sign_in(session, world, seat_id, wrong(right)) for _ in range(6)]

        assert guesses == ["wrong_ticket"] * 5 + ["seat_locked"]
        assert sign_in(session, world, seat_id, right) == "seat_locked", "not even the right one any more"
        assert len(list(session.exec(journal.entries(event="SIGN_IN_FAILED")))) == 5
        proctoring.release_seat(session, proctor, seat_id, "本人记错号码", now=CHECK_IN_AT)
        assert sign_in(session, world, seat_id, right) == "bound"


def at(session: Session, world: World, seat_id: int, tail: str, address: str, now: datetime = CHECK_IN_AT) -> str:
    """The same from a machine at some address."""
    machine = Machine("", address)
    entrance = sitting_exam.sign_in_seat(session, world.tickets[seat_id], tail, machine, now=now)
    return entrance.refusal.code if entrance.refusal else "bound"


def test_whoever_guesses_elsewhere_holds_up_himself_and_not_the_candidate(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        right = tail_of(session, world, seat_id)
        before = [at(session, world, seat_id, wrong(right), "203.0.113.7") for _ in range(30)]
        checking_in.admit(session, proctor, seat_id, now=CHECK_IN_AT)
        guesses = [at(session, world, seat_id, wrong(right), "203.0.113.7") for _ in range(6)]

        assert before == ["not_admitted"] * 30, "nobody is told of a citizen id before the door, and nothing counts"
        assert guesses == ["wrong_ticket"] * 5 + ["seat_locked"]
        assert at(session, world, seat_id, right, "198.51.100.1") == "bound"


def test_who_guessed_too_often_waits_for_minutes_and_not_for_good(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        checking_in.admit(session, world.actor(session, "proctor1"), seat_id, now=CHECK_IN_AT)
        right = tail_of(session, world, seat_id)
        for _ in range(5):
            at(session, world, seat_id, wrong(right), "198.51.100.1")

        later = [CHECK_IN_AT + timedelta(seconds=seconds) for seconds in (59, 60)]
        assert [at(session, world, seat_id, right, "198.51.100.1", now) for now in later] == ["seat_locked", "bound"]


def test_guesses_at_a_seat_at_work_count_for_nothing_and_leave_its_machine_alone(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        checking_in.admit(session, proctor, seat_id, now=CHECK_IN_AT)
        right = tail_of(session, world, seat_id)
        assert sign_in(session, world, seat_id) == "bound"

        guesses = {at(session, world, seat_id, tail, "203.0.113.7") for tail in [right, *[wrong(right)] * 9]}

        seat = queries.seat(session, seat_id)
        assert seat is not None and (guesses, seat.failed_attempts) == ({"seat_taken"}, 0)
        # As one may have been left by an older version.
        seat.failed_attempts = 5
        proctoring.release_seat(session, proctor, seat_id, "解锁", now=CHECK_IN_AT)
        assert (seat.failed_attempts, sign_in(session, world, seat_id)) == (0, "seat_taken")
        proctoring.release_seat(session, proctor, seat_id, "换机", now=CHECK_IN_AT)
        assert sign_in(session, world, seat_id) == "bound"


def test_what_is_refused_anyhow_takes_no_turn_to_write(
    world: World, browser: Browser, monkeypatch: pytest.MonkeyPatch, clock: Clock
) -> None:
    clock.set(CHECK_IN_AT)
    seat_id, turns, writing = world.seats[0], [], database.writing
    with database.reading() as session:
        body = {"ticket_number": world.tickets[seat_id], "id_tail": tail_of(session, world, seat_id)}

    def counted() -> Any:
        turns.append("write")
        return writing()

    monkeypatch.setattr(database, "writing", counted)
    stranger = browser.stranger()

    def asked(ticket: str) -> tuple[int, str]:
        reply = stranger.post("/api/v1/exam/session", json=body | {"ticket_number": ticket})
        return reply.status_code, reply.json()["code"]

    assert asked("269999999") == (401, "wrong_ticket")
    assert asked(body["ticket_number"]) == (403, "not_admitted")
    entry = {"position": 1, "choice": "A", "seq": 1, "made_at": "2026-11-20T01:00:00.000Z"}
    late = {"ticket_number": body["ticket_number"], "entries": [entry]}
    assert stranger.post("/api/v1/exam/late-answers", json=late).status_code == 401
    assert turns == []

    with writing() as session:
        checking_in.admit(session, world.actor(session, "proctor1"), seat_id, now=CHECK_IN_AT)
    assert stranger.post("/api/v1/exam/session", json=body).status_code == 200
    assert turns == ["write"]


def test_a_stranger_elsewhere_locks_nobodys_seat(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        checking_in.admit(session, world.actor(session, "proctor1"), seat_id, now=CHECK_IN_AT)
        right = tail_of(session, world, seat_id)
        sitting = queries.sitting(session, world.sitting_id)
        assert sitting is not None
        session.get_one(Room, sitting.room_id).address_ranges = "10.1.0.0/16"

        def knock(address: str, tail: str) -> str:
            entrance = sitting_exam.sign_in_seat(
                session, world.tickets[seat_id], tail, Machine("", address), now=CHECK_IN_AT
            )
            return entrance.refusal.code if entrance.refusal else "bound"

        assert [knock("192.0.2.1", wrong(right)) for _ in range(6)] == ["wrong_machine"] * 6
        assert knock("10.1.0.5", wrong(right)) == "wrong_ticket", "in the room a guess counts"
        seat = queries.seat(session, seat_id)
        assert seat is not None and seat.failed_attempts == 1
        assert knock("10.1.0.5", right) == "bound"


def test_four_wrong_guesses_are_forgiven_by_the_right_one(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        checking_in.admit(session, proctor, seat_id, now=CHECK_IN_AT)
        right = tail_of(session, world, seat_id)
        for _ in range(2):
            assert [sign_in(session, world, seat_id, wrong(right)) for _ in range(4)] == ["wrong_ticket"] * 4
            assert sign_in(session, world, seat_id, right) == "bound"
            ending.confined_to(session, f"seat:{seat_id}", now=CHECK_IN_AT)


def together(world: World, seat_id: int, tails: list[str]) -> list[str]:
    """Several machines at the same moment."""
    ready = threading.Barrier(len(tails))

    def machine(tail: str) -> str:
        ready.wait()
        with database.writing() as session:
            return sign_in(session, world, seat_id, tail)

    with ThreadPoolExecutor(len(tails)) as pool:
        return sorted(pool.map(machine, tails))


def test_of_machines_that_sign_in_at_the_same_moment_one_is_bound(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        checking_in.admit(session, world.actor(session, "proctor1"), seat_id, now=CHECK_IN_AT)
        right = tail_of(session, world, seat_id)

    assert together(world, seat_id, [right] * 4) == ["bound", "seat_taken", "seat_taken", "seat_taken"]


def test_guesses_at_the_same_moment_are_counted_one_by_one(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        checking_in.admit(session, world.actor(session, "proctor1"), seat_id, now=CHECK_IN_AT)
        right = tail_of(session, world, seat_id)

    assert together(world, seat_id, [wrong(right)] * 8) == ["seat_locked"] * 3 + ["wrong_ticket"] * 5


def test_a_candidate_moves_to_another_machine_by_a_proctors_leave_and_finds_every_answer(
    world: World, browser: Browser, clock: Clock
) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        body = {"ticket_number": world.tickets[seat_id], "id_tail": tail_of(session, world, seat_id)}
    clock.set(WORKING_AT)

    def sit_down() -> tuple[TestClient, int, str]:
        machine = browser.stranger()
        reply = machine.post("/api/v1/exam/session", json=body)
        return machine, reply.status_code, reply.json().get("code", "")

    first, status, _ = sit_down()
    assert (status, first.post("/api/v1/exam/start").status_code) == (200, 200)
    for position, choice in ((1, "A"), (2, "B"), (50, "T")):
        assert (
            first.put(f"/api/v1/exam/answers/{position}", json={"choice": choice, "seq": position}).status_code == 200
        )

    second, status, code = sit_down()
    assert (status, code) == (403, "seat_taken")
    assert second.get("/api/v1/exam").status_code == 401
    assert first.get("/api/v1/exam").status_code == 200
    release = browser.of("proctor2").post(f"/api/v1/sittings/seats/{seat_id}/release", json={"reason": "电脑死机"})
    assert release.status_code == 200

    third, status, _ = sit_down()

    assert status == 200
    assert first.get("/api/v1/exam").status_code == 401, "the first machine is out at once"
    assert first.put("/api/v1/exam/answers/1", json={"choice": "D", "seq": 99}).status_code == 401
    resumed = third.get("/api/v1/exam").json()
    assert resumed["state"] == "working"
    assert {one["position"]: one["choice"] for one in resumed["answers"]} == {1: "A", 2: "B", 50: "T"}
    with database.reading() as session:
        events = [entry.event for entry in journal.about(session, f"seat:{seat_id}")]
    assert events == ["CANDIDATE_ADMITTED", "SEAT_SIGNED_IN", "SEAT_STARTED", "SEAT_RELEASED", "SEAT_SIGNED_IN"]


DEVICE, OTHER = "3f0c9a52-lot-of-this-browser", "b7d1e684-lot-of-another-one"


def test_a_browser_whose_reply_was_lost_comes_in_again_and_no_other_machine_does(
    world: World, browser: Browser, clock: Clock
) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        body = {"ticket_number": world.tickets[seat_id], "id_tail": tail_of(session, world, seat_id)}
    clock.set(WORKING_AT)

    def ask(device: str, **other: str) -> tuple[TestClient, str]:
        machine = browser.stranger()
        reply = machine.post("/api/v1/exam/session", json=body | {"device_key": device} | other)
        return machine, "bound" if reply.status_code == 200 else str(reply.json()["code"])

    unheard, first = ask(DEVICE)
    again, second = ask(DEVICE)

    assert (first, second) == ("bound", "bound")
    assert again.post("/api/v1/exam/start").status_code == 200
    assert unheard.get("/api/v1/exam").status_code == 401, "one machine at a time: the unheard session is over"
    others = [ask(OTHER)[1], ask("")[1], ask(DEVICE, id_tail=wrong(body["id_tail"]))[1]]
    assert others == ["seat_taken", "seat_taken", "wrong_ticket"]
    assert again.get("/api/v1/exam").status_code == 200, "whoever was refused has put nobody out"
    with database.reading() as session:
        found = [one.data for one in journal.about(session, f"seat:{seat_id}") if one.event == "SEAT_SIGNED_IN"]
    assert [json.loads(data) for data in found] == [{}, {"again": 1}]


def test_a_browser_that_a_proctor_has_put_out_does_not_come_back_over_the_new_machine(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        checking_in.admit(session, proctor, seat_id, now=CHECK_IN_AT)

        def ask(device: str) -> str:
            given = world.tickets[seat_id], tail_of(session, world, seat_id), Machine(""), Shown("", device)
            entrance = sitting_exam.sign_in_seat(session, *given, now=CHECK_IN_AT)
            return entrance.refusal.code if entrance.refusal else "bound"

        assert ask(DEVICE) == "bound"
        proctoring.release_seat(session, proctor, seat_id, "电脑死机", now=CHECK_IN_AT)

        assert [ask(OTHER), ask(DEVICE), ask(OTHER)] == ["bound", "seat_taken", "bound"]


def test_a_device_key_that_could_be_guessed_is_refused(world: World, browser: Browser) -> None:
    body = {"ticket_number": world.tickets[world.seats[0]], "id_tail": "000000", "device_key": "1"}

    assert browser.stranger().post("/api/v1/exam/session", json=body).status_code == 422


def test_a_candidates_session_reaches_one_seat_and_ends_with_the_exam(
    world: World, browser: Browser, clock: Clock
) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        trainee = queries.seat(session, seat_id).trainee_id  # type: ignore[union-attr]
    clock.set(WORKING_AT)
    candidate = browser.candidate(world, seat_id, trainee)
    closed = [
        "/api/v1/sittings",
        f"/api/v1/sittings/{world.sitting_id}/board",
        "/api/v1/bank/versions",
        "/api/v1/papers",
        f"/api/v1/results/classes/{world.class_id}",
        "/api/v1/statistics/pass-rates",
        "/api/v1/journal",
    ]
    assert candidate.get("/api/v1/exam").status_code == 200

    assert {path: candidate.get(path).status_code for path in closed} == dict.fromkeys(closed, 403)

    clock.set(ENDS_AT)
    over = candidate.get("/api/v1/exam").json()
    assert (over["state"], over["questions"]) == ("handed_in", [])
    with database.writing() as session:
        assert marking.hand_in_overdue(session, now=ENDS_AT) == len(world.seats)
    assert candidate.get("/api/v1/exam").status_code == 401
