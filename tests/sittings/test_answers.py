"""Answering: what was acknowledged is stored, the newest change wins, and nothing is taken outside the exam."""

import random
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from service.kernel import database, errors
from service.sittings import queries
from service.sittings.actions import asking, checking_in
from service.sittings.rules.seats import RefusalReason
from service.sittings.tables import Answer
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import CHECK_IN_AT, ENDS_AT, STARTS_AT, WORKING_AT, World

KINDS = {1: "single", 30: "multiple", 50: "true_false"}
TICK = timedelta(microseconds=1)


def begin(session: Session, world: World, *seats: int) -> None:
    """Everybody is admitted, the paper is open, and these seats have begun to work."""
    worlds.begin_exam(session, world)
    for seat_id in seats or world.seats[:1]:
        worlds.start(session, seat_id, now=STARTS_AT)


def save(
    session: Session,
    world: World,
    position: int,
    choice: str,
    seq: int,
    *,
    flagged: bool = False,
    seat: int = 0,
    now: datetime = WORKING_AT,
) -> int:
    return worlds.save(session, world.seats[seat], position, choice, flagged, seq, now=now)


def stored(session: Session, world: World, seat: int = 0) -> dict[int, tuple[str, bool, int]]:
    row = queries.seat(session, world.seats[seat])
    assert row is not None
    return {one.position: (one.choice, one.flagged, one.seq) for one in queries.answers(session, row)}


def test_the_positions_of_the_worlds_paper_have_these_kinds(world: World) -> None:
    with database.writing() as session:
        begin(session, world)
        seat, sitting = queries.seat(session, world.seats[0]), queries.sitting(session, world.sitting_id)
        assert seat is not None and sitting is not None

        kinds = {one.position: one.kind for one in asking.questions(session, sitting.form_id, seat.id or 0)}

        assert {position: kinds[position] for position in KINDS} == KINDS


# --- the newest change wins ---


RACES = {
    "one": ([("A", 1)], ("A", 1)),
    "a newer one": ([("A", 1), ("B", 2)], ("B", 2)),
    "a stale one comes late": ([("B", 2), ("A", 1)], ("B", 2)),
    "a retry": ([("A", 3), ("A", 3)], ("A", 3)),
    "taken back": ([("A", 1), ("", 2)], ("", 2)),
    "a gap and a straggler": ([("A", 1), ("", 2), ("D", 9), ("C", 5)], ("D", 9)),
    "the largest number": ([("A", 2**31 - 1), ("B", 1)], ("A", 2**31 - 1)),
}


def test_of_several_changes_the_one_with_the_highest_number_is_kept(world: World) -> None:
    with database.writing() as session:
        begin(session, world)
    for position, (changes, (choice, seq)) in enumerate(RACES.values(), start=1):
        for place, (change, number) in enumerate(changes):
            with database.writing() as session:
                acknowledged = save(session, world, position, change, number, flagged=change == choice)
            assert acknowledged == max(number for _, number in changes[: place + 1])
        with database.reading() as session:
            assert stored(session, world)[position] == (choice, True, seq)


def test_another_window_that_counts_for_itself_is_not_told_that_its_answer_is_stored(world: World) -> None:
    with database.writing() as session:
        begin(session, world)
        assert save(session, world, 1, "A", 3) == 3
        assert save(session, world, 1, "A", 3) == 3, "a retry of the same change is harmless"
        for choice, flagged in (("B", False), ("A", True)):
            with pytest.raises(errors.WrongState, match=r"^answer_from_two_windows:"):
                save(session, world, 1, choice, 3, flagged=flagged)
        assert stored(session, world) == {1: ("A", False, 3)}


def test_whatever_the_order_of_arrival_every_position_ends_with_its_newest_answer(world: World) -> None:
    changes = [(position, seq) for position in (1, 2, 3) for seq in range(1, 13)]
    random.Random(20261120).shuffle(changes)
    with database.writing() as session:
        begin(session, world)
        for position, seq in changes:
            save(session, world, position, "ABCD"[seq % 4], seq)

        assert stored(session, world) == dict.fromkeys((1, 2, 3), ("ABCD"[12 % 4], False, 12))


def test_two_tabs_racing_on_one_position_keep_the_highest_number(world: World) -> None:
    with database.writing() as session:
        begin(session, world)
    ready = threading.Barrier(2)

    def tab(numbers: range) -> list[int]:
        ready.wait()
        acknowledged = []
        for seq in numbers:
            with database.writing() as session:
                acknowledged.append(save(session, world, 1, "ABCD"[seq % 4], seq))
        return acknowledged

    with ThreadPoolExecutor(2) as pool:
        odd, even = pool.map(tab, (range(1, 30, 2), range(2, 31, 2)))

    # Each reply names what was stored then: one's own change, or a newer one.
    assert all(
        reply >= seq
        for seq, reply in [*zip(range(1, 30, 2), odd, strict=True), *zip(range(2, 31, 2), even, strict=True)]
    )
    with database.reading() as session:
        assert stored(session, world) == {1: ("ABCD"[30 % 4], False, 30)}


def test_answers_of_neighbours_and_other_positions_stay_apart(world: World) -> None:
    with database.writing() as session:
        begin(session, world, *world.seats[:2])
        save(session, world, 1, "A", 1)
        save(session, world, 2, "B", 1)
        save(session, world, 1, "C", 7, seat=1)

        assert stored(session, world) == {1: ("A", False, 1), 2: ("B", False, 1)}
        assert stored(session, world, seat=1) == {1: ("C", False, 7)}


# --- what is not taken ---


def test_a_choice_that_the_item_cannot_have_is_refused_and_changes_nothing(world: World) -> None:
    with database.writing() as session:
        begin(session, world)
        for position, choice in (
            (1, "AB"),
            (1, "E"),
            (30, "BA"),
            (30, "T"),
            (50, "A"),
            (50, "TF"),
            (0, "A"),
            (51, "A"),
        ):
            with pytest.raises(errors.Malformed, match=r"^answer_malformed:"):
                save(session, world, position, choice, 1)
        assert stored(session, world) == {}
        for position, choice in ((1, "D"), (30, "ABD"), (50, "F")):
            assert save(session, world, position, choice, 1) == 1
        assert stored(session, world) == {1: ("D", False, 1), 30: ("ABD", False, 1), 50: ("F", False, 1)}


def test_no_answer_is_taken_before_the_start_after_the_hand_in_or_after_the_end(world: World) -> None:
    expected, working, handed_in, turned_away = range(4)
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=1)
        with pytest.raises(errors.WrongState, match=r"^not_started:"):
            worlds.start(session, world.seats[working], now=STARTS_AT - TICK)
        for seat in (working, handed_in):
            with pytest.raises(errors.WrongState, match=r"^seat_not_working:"):
                save(session, world, 1, "A", 1, seat=seat)
            worlds.start(session, world.seats[seat], now=STARTS_AT)
        proctor = world.actor(session, "proctor1")
        checking_in.turn_away(session, proctor, world.seats[turned_away], RefusalReason.OTHER, "", now=CHECK_IN_AT)
        save(session, world, 1, "A", 1, seat=handed_in)
        worlds.hand_in(session, world.seats[handed_in], now=WORKING_AT)

        for seat, now, code in (
            (expected, WORKING_AT, "seat_not_working"),
            (turned_away, WORKING_AT, "seat_not_working"),
            (len(world.seats) - 1, WORKING_AT, "seat_not_working"),
            (handed_in, WORKING_AT, "already_handed_in"),
            (working, ENDS_AT, "already_handed_in"),
        ):
            with pytest.raises(errors.WrongState, match=rf"^{code}:"):
                save(session, world, 1, "B", 2, seat=seat, now=now)
        assert stored(session, world, seat=handed_in) == {1: ("A", False, 1)}
        assert save(session, world, 1, "B", 2, seat=working, now=ENDS_AT - TICK) == 2


def test_nobody_starts_before_the_paper_is_open_and_a_second_start_changes_nothing(world: World) -> None:
    first, second = world.seats[:2]
    with database.writing() as session:
        proctor = world.actor(session, "proctor1")
        for seat_id in (first, second):
            checking_in.admit(session, proctor, seat_id, now=CHECK_IN_AT)
        with pytest.raises(errors.WrongState, match=r"^paper_not_opened:"):
            worlds.start(session, first, now=STARTS_AT)
    with database.writing() as session:
        for username in ("proctor1", "proctor2"):
            worlds.open_paper(session, world.actor(session, username), world.sitting_id, now=STARTS_AT)
        for now in (STARTS_AT, WORKING_AT):
            worlds.start(session, first, now=now)
            seat = queries.seat(session, first)
            assert seat is not None and seat.started_at == STARTS_AT


# --- over HTTP ---


def test_a_candidate_answers_and_the_acknowledged_answer_is_in_the_database(
    world: World, browser: Browser, clock: Clock
) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        trainee = queries.seat(session, world.seats[0]).trainee_id  # type: ignore[union-attr]
    clock.set(WORKING_AT)
    candidate = browser.candidate(world, world.seats[0], trainee)
    waiting = candidate.get("/api/v1/exam").json()
    assert (waiting["state"], waiting["questions"]) == ("admitted", [])

    shown = candidate.post("/api/v1/exam/start").json()
    assert len(shown["questions"]) == 50
    assert {field for one in shown["questions"] for field in one} == {
        "position", "kind", "stem", "options", "pictures", "points", "case",
    }  # fmt: skip
    reply = candidate.put("/api/v1/exam/answers/1", json={"choice": "C", "flagged": True, "seq": 4})

    assert (reply.status_code, reply.json()["seq"]) == (200, 4)
    with database.reading() as session:
        row = session.get(Answer, (world.sitting_id, world.seats[0], 1))
        assert row is not None and (row.choice, row.flagged, row.seq) == ("C", True, 4)
        assert abs(row.saved_at - WORKING_AT) < timedelta(minutes=1)
    again = candidate.get("/api/v1/exam").json()
    assert again["answers"] == [{"position": 1, "choice": "C", "flagged": True, "seq": 4}]
    assert [one["position"] for one in again["questions"]] == [one["position"] for one in shown["questions"]]
    for body in ({"choice": "A", "seq": 0}, {"choice": "A", "seq": 2**31}, {"choice": "A" * 9, "seq": 5}, {"seq": "x"}):
        assert candidate.put("/api/v1/exam/answers/1", json=body).status_code == 422
    assert browser.of("proctor1").put("/api/v1/exam/answers/1", json={"choice": "A", "seq": 9}).status_code == 403
    assert browser.stranger().put("/api/v1/exam/answers/1", json={"choice": "A", "seq": 9}).status_code == 401


def test_an_answer_and_a_hand_in_at_the_same_moment_agree_on_what_was_handed_in(world: World) -> None:
    """Either the answer came first and is on the sheet, or the sheet came first and the answer was refused."""
    with database.writing() as session:
        begin(session, world, *world.seats)
    outcomes = []
    for seat, seat_id in enumerate(world.seats):
        ready = threading.Barrier(2)

        def answer(seat: int = seat, ready: threading.Barrier = ready) -> bool:
            ready.wait()
            try:
                with database.writing() as session:
                    return save(session, world, 1, "A", 1, seat=seat) == 1
            except errors.WrongState:
                return False

        def hand_in(seat_id: int = seat_id, ready: threading.Barrier = ready) -> dict[int, str]:
            ready.wait()
            with database.writing() as session:
                worlds.hand_in(session, seat_id, now=WORKING_AT)
                row = queries.seat(session, seat_id)
                assert row is not None
                return {one.position: one.choice for one in queries.answers(session, row)}

        with ThreadPoolExecutor(2) as pool:
            saved, sheet = pool.submit(answer), pool.submit(hand_in)
            outcomes.append((saved.result(), sheet.result()))

    assert all(sheet == ({1: "A"} if saved else {}) for saved, sheet in outcomes), outcomes
