"""Handing in and marking are one act, whoever hands in, and the record can prove what was handed in."""

import hashlib
import json
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, col, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.results import queries
from service.results.actions import marking
from service.results.rules import Verdict
from service.results.tables import Result, SheetMarks
from service.sittings import queries as sittings
from service.sittings.actions import checking_in
from service.sittings.tables import Answer, Seat
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.results.exams import answers_losing, keys_of, write
from tests.world import CHECK_IN_AT, ENDS_AT, STARTS_AT, WORKING_AT, World

HANDED_IN_AT = WORKING_AT + timedelta(minutes=20)


def seat_of(session: Session, seat_id: int) -> Seat:
    seat = sittings.seat(session, seat_id)
    assert seat is not None
    return seat


def result_of(session: Session, seat_id: int) -> Result:
    result = queries.result_of_seat(session, seat_id)
    assert result is not None
    return result


def hand_in(session: Session, world: World, seat_id: int, now: datetime = HANDED_IN_AT) -> Result:
    worlds.hand_in(session, seat_id, now=now)
    return result_of(session, seat_id)


def recomputed_digest(session: Session, seat_id: int) -> str:
    """SHA-256 over the given answers by position, as text, from the stored answers alone."""
    given = session.exec(select(Answer).where(Answer.seat_id == seat_id).order_by(col(Answer.position)))
    text = ",".join(f'"{one.position}":"{one.choice}"' for one in given if one.choice)
    return hashlib.sha256(f"{{{text}}}".encode()).hexdigest()


def recorded(session: Session, seat_id: int, event: str) -> dict[str, object]:
    (entry,) = [one for one in journal.about(session, f"seat:{seat_id}") if one.event == event]
    return dict(json.loads(entry.data))


SHEETS = {
    "everything right": (0, 100, Verdict.PASSED),
    "exactly the pass mark": (20, 80, Verdict.PASSED),
    "one point short": (21, 79, Verdict.FAILED),
    "a blank sheet": (100, 0, Verdict.FAILED),
}


def test_a_sheet_is_marked_point_for_point_the_moment_it_is_handed_in(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        for seat_id, (lost, points, verdict) in zip(world.seats, SHEETS.values(), strict=False):
            sheet = answers_losing(session, world.sitting_id, lost)
            write(session, world, seat_id, sheet, STARTS_AT)

            result = hand_in(session, world, seat_id)

            assert (result.points, result.verdict, result.pass_points, result.marked_at) == (
                points,
                verdict,
                80,
                HANDED_IN_AT,
            )
            marks = {at: (one.choice, one.points, one.of) for at, one in queries.marks(session, result.id or 0).items()}
            assert marks == {
                position: (sheet.get(position, ""), of if position in sheet else 0, of)
                for position, (_, of) in keys_of(session, world.sitting_id).items()
            }
            seat = seat_of(session, seat_id)
            assert (seat.handed_in_at, seat.handed_in_by) == (HANDED_IN_AT, "candidate")
            handed_in = recorded(session, seat_id, "SEAT_HANDED_IN")
            assert handed_in["sheet"] == recomputed_digest(session, seat_id) == seat.sheet_digest
            assert handed_in["answered"] == len(sheet)


def test_wrong_answers_and_answers_taken_back_bring_nothing(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        write(session, world, seat_id, answers_losing(session, world.sitting_id, 0), STARTS_AT)
        keys = keys_of(session, world.sitting_id)
        wrong = {
            1: next(letter for letter in "AB" if letter != keys[1][0]),
            2: "",
            50: "FT"["FT".index(keys[50][0]) - 1],
        }
        for position, choice in wrong.items():
            worlds.save(session, seat_id, position, choice, seq=2)

        assert hand_in(session, world, seat_id).points == 100 - sum(keys[position][1] for position in wrong)
        assert recorded(session, seat_id, "SEAT_HANDED_IN")["sheet"] == recomputed_digest(session, seat_id)
        assert recorded(session, seat_id, "SEAT_HANDED_IN")["answered"] == 49


def test_the_digest_of_another_sheet_is_another(world: World) -> None:
    first, second = world.seats[:2]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        for seat_id, choice in ((first, "A"), (second, "B")):
            write(session, world, seat_id, {1: choice, 2: "C", 10: "D"}, STARTS_AT)
            hand_in(session, world, seat_id)

        digests = [recorded(session, seat_id, "SEAT_HANDED_IN")["sheet"] for seat_id in (first, second)]
        assert digests == [recomputed_digest(session, first), recomputed_digest(session, second)]
        assert len(set(digests)) == 2


def test_a_proctor_collects_and_the_clock_collects_and_each_is_marked_at_once(world: World) -> None:
    working, admitted, left, absent = world.seats[0], world.seats[1], world.seats[2], world.seats[5]
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=1)
        sheet = answers_losing(session, world.sitting_id, 20)
        for seat_id in (working, left):
            write(session, world, seat_id, sheet, STARTS_AT)
        proctor = world.actor(session, "proctor1")

        for seat_id in (working, admitted):
            marking.collect(session, proctor, seat_id, now=HANDED_IN_AT)
        with pytest.raises(errors.WrongState, match=r"^seat_not_working:"):
            marking.collect(session, proctor, absent, now=HANDED_IN_AT)
        with pytest.raises(errors.NotFound):
            marking.collect(session, world.actor(session, "proctor_elsewhere"), left, now=HANDED_IN_AT)
        assert marking.hand_in_overdue(session, now=ENDS_AT - timedelta(microseconds=1)) == 0
        noticed = ENDS_AT + timedelta(hours=3)
        assert marking.hand_in_overdue(session, now=noticed) == 3
        assert marking.hand_in_overdue(session, now=noticed) == 0

        found = {seat_id: seat_of(session, seat_id) for seat_id in (working, admitted, left)}
        assert {seat_id: (seat.handed_in_by, seat.handed_in_at) for seat_id, seat in found.items()} == {
            working: ("proctor", HANDED_IN_AT),
            admitted: ("proctor", HANDED_IN_AT),
            # However late the clock is noticed, the sheet is in at the end of the sitting.
            left: ("clock", ENDS_AT),
        }
        assert {seat_id: result_of(session, seat_id).points for seat_id in found} == {
            working: 80,
            admitted: 0,
            left: 80,
        }
        assert recorded(session, left, "SEAT_HANDED_IN")["at"] == ENDS_AT.isoformat()
        assert recorded(session, left, "SEAT_HANDED_IN")["sheet"] == recomputed_digest(session, left)
        assert queries.result_of_seat(session, absent) is None


def test_whoever_was_admitted_to_a_paper_that_never_opened_has_failed_nothing(world: World) -> None:
    with database.writing() as session:
        checking_in.admit(session, world.actor(session, "proctor1"), world.seats[0], now=CHECK_IN_AT)

        assert marking.hand_in_overdue(session, now=ENDS_AT) == 1

        result = result_of(session, world.seats[0])
        assert (result.points, result.verdict) == (0, Verdict.VOID)
        assert queries.marks(session, result.id or 0) == {}
        assert list(session.exec(journal.entries(event="KEY_USED"))) == []


def test_a_retry_of_the_hand_in_is_refused_and_changes_nothing(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        write(session, world, seat_id, answers_losing(session, world.sitting_id, 20), STARTS_AT)
        hand_in(session, world, seat_id)
        before = (
            result_of(session, seat_id).model_dump(),
            seat_of(session, seat_id).model_dump(),
            journal.head(session).seq,
        )

        with pytest.raises(errors.WrongState, match=r"^already_handed_in:"):
            hand_in(session, world, seat_id, HANDED_IN_AT + timedelta(seconds=1))
        with pytest.raises(errors.WrongState, match=r"^already_handed_in:"):
            marking.collect(session, world.actor(session, "proctor1"), seat_id, now=HANDED_IN_AT)
        marking.hand_in_overdue(session, now=ENDS_AT)

        after = (result_of(session, seat_id).model_dump(), seat_of(session, seat_id).model_dump())
        assert after == before[:2]
        assert len([one for one in journal.about(session, f"seat:{seat_id}") if one.event == "SEAT_HANDED_IN"]) == 1


def test_candidate_proctor_and_clock_at_the_same_moment_hand_in_one_sheet(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world, absent=5)
        write(session, world, seat_id, answers_losing(session, world.sitting_id, 0), STARTS_AT)
    ready = threading.Barrier(4)

    def attempt(way: str) -> str:
        ready.wait()
        try:
            with database.writing() as session:
                if way == "proctor":
                    marking.collect(session, world.actor(session, "proctor1"), seat_id, now=HANDED_IN_AT)
                else:
                    hand_in(session, world, seat_id)
        except errors.WrongState as refusal:
            return refusal.code
        return "handed in"

    with ThreadPoolExecutor(4) as pool:
        outcomes = sorted(pool.map(attempt, ("candidate", "candidate", "proctor", "proctor")))

    assert outcomes == ["already_handed_in"] * 3 + ["handed in"]
    with database.reading() as session:
        assert [result.points for result in session.exec(select(Result))] == [100]
        assert [len(json.loads(sheet.entries)) for sheet in session.exec(select(SheetMarks))] == [50]


def test_over_http_the_candidate_learns_that_it_is_in_and_not_what_it_is_worth(
    world: World, browser: Browser, clock: Clock
) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        worlds.begin_exam(session, world)
        trainee = seat_of(session, seat_id).trainee_id
    clock.set(WORKING_AT)
    candidate = browser.candidate(world, seat_id, trainee)
    assert candidate.post("/api/v1/exam/hand-in").json()["code"] == "seat_not_working", "before the first question"
    candidate.post("/api/v1/exam/start")
    candidate.put("/api/v1/exam/answers/1", json={"choice": "A", "seq": 1})

    reply = candidate.post("/api/v1/exam/hand-in")

    assert (reply.status_code, set(reply.json())) == (200, {"handed_in_at", "receipt"})
    assert set(reply.json()["receipt"]) == {"code", "paper_code", "answered", "items", "digest", "at", "by"}
    assert candidate.get("/api/v1/exam").status_code == 401
    assert candidate.post("/api/v1/exam/hand-in").status_code == 401
    with database.reading() as session:
        marked = recorded(session, seat_id, "SEAT_MARKED")
        assert result_of(session, seat_id).state == "marked"
        # The record binds the marks without telling them: whoever has both can compare.
        row = session.get_one(SheetMarks, result_of(session, seat_id).id)
        digest = hashlib.sha256(row.entries.encode()).hexdigest()
        assert (len(json.loads(row.entries)), marked) == (
            50,
            {"sheet": recomputed_digest(session, seat_id), "marks": digest},
        )
