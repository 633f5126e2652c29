"""Rehearsals: planned from this minute on, entered with the end of the ticket number, and counting for nothing."""

import json
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.results.tables import Result
from service.sittings import queries
from service.sittings.actions import arranging, checking_in, enrolling, places, rehearsing, ticketing
from service.sittings.rules import phases, practice
from service.sittings.rules import rehearsing as rules
from service.sittings.rules.scheduling import Booking
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Seat, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.world import COUNTIES, ENDS_AT, PREPARED_AT, STARTS_AT, World

MINUTE = timedelta(minutes=1)
THIRTY = 30 * MINUTE


def plan(
    session: Session, world: World, starts_at: datetime = PREPARED_AT, minutes: int = 30, room_id: int | None = None
) -> Sitting:
    arranger = world.actor(session, "arranger")
    return rehearsing.plan_rehearsal(
        session, arranger, world.class_id, room_id or world.room_id, starts_at, minutes, now=PREPARED_AT
    )


def enrolled(session: Session, world: World, sitting: Sitting) -> list[Seat]:
    enrolling.enrol_class(session, world.actor(session, "arranger"), sitting.id or 0, now=PREPARED_AT)
    return queries.seats_of(session, sitting.id or 0)


def elsewhere(session: Session, world: World, capacity: int = 30) -> int:
    arranger = world.actor(session, "arranger")
    (room,) = places.add_exam_point(session, arranger, "另一点", COUNTIES[0], "", {"一": capacity}, now=PREPARED_AT)
    return room.id or 0


# --- planning ---


def test_a_rehearsal_needs_no_paper_and_may_begin_at_once(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        sitting = plan(session, other)

        assert (sitting.rehearsal, sitting.form_id, sitting.duration_minutes, sitting.late_minutes) == (
            True,
            None,
            30,
            30,
        )
        assert phases.phase(queries.times_of(sitting, PREPARED_AT), PREPARED_AT) is phases.Phase.RUNNING
        assert plan(session, other, PREPARED_AT + timedelta(days=1), 20).late_minutes == 20, (
            "nobody is late for all of it"
        )
        entry = journal.about(session, f"sitting:{sitting.id}")[0]
        assert (entry.event, json.loads(entry.data)["minutes"]) == ("REHEARSAL_PLANNED", 30)


@pytest.mark.parametrize(
    ("starts_at", "code"),
    [
        pytest.param(PREPARED_AT, "allowed", id="now"),
        pytest.param(PREPARED_AT - MINUTE, "allowed", id="this very minute"),
        pytest.param(PREPARED_AT - MINUTE - timedelta(seconds=1), "start_is_past", id="earlier than that"),
        pytest.param(PREPARED_AT + timedelta(hours=9, minutes=30), "allowed", id="until the exam point closes"),
        pytest.param(PREPARED_AT + timedelta(hours=9, minutes=31), "outside_hours", id="a minute later"),
    ],
)
def test_when_a_rehearsal_may_begin(starts_at: datetime, code: str) -> None:
    at = phases.planned(starts_at, 30, 30)
    # 09:00 in Mudanjiang; the exam point is open until 19:00.
    assert rules.may_rehearse(at, "07:00", "19:00", (), PREPARED_AT).code == code


@pytest.mark.parametrize(
    ("starts_at", "taken"),
    [
        pytest.param(STARTS_AT - 90 * MINUTE, False, id="over when check-in begins"),
        pytest.param(STARTS_AT - 89 * MINUTE, True, id="still on when check-in begins"),
        pytest.param(STARTS_AT, True, id="in the middle"),
        pytest.param(ENDS_AT + 60 * MINUTE, False, id="an hour after the exam, for the check-in before"),
        pytest.param(ENDS_AT + 59 * MINUTE, True, id="a minute sooner"),
    ],
)
def test_a_room_is_taken_by_an_exam_from_its_check_in_on(starts_at: datetime, taken: bool) -> None:
    exam = Booking(7, "班", "点 · 一号", phases.planned(STARTS_AT, 90, 30))
    decision = rules.may_rehearse(phases.planned(starts_at, 30, 30), "00:00", "23:59", [exam], PREPARED_AT)

    assert decision.code == ("room_taken" if taken else "allowed")


def test_right_after_an_exam_a_rehearsal_may_begin_at_once() -> None:
    exam = Booking(7, "班", "点 · 一号", phases.planned(STARTS_AT, 90, 30))
    at = phases.planned(ENDS_AT, 30, 30)

    assert rules.may_rehearse(at, "00:00", "23:59", [exam], ENDS_AT).allowed
    assert rules.may_rehearse(at, "00:00", "23:59", [exam], ENDS_AT - MINUTE).code == "room_taken"


def test_only_the_arranger_plans_rehearsals_and_only_in_rooms_that_are_there(world: World) -> None:
    with database.writing() as session:
        for username in ("planner", "proctor1", "institution", "approver"):
            actor = world.actor(session, username)
            with pytest.raises(errors.RightMissing):
                rehearsing.plan_rehearsal(
                    session, actor, world.class_id, world.room_id, PREPARED_AT, 30, now=PREPARED_AT
                )
        with pytest.raises(errors.NotFound):
            plan(session, world, room_id=9999)
        with pytest.raises(errors.WrongState, match=r"^room_taken:"):
            plan(session, world, STARTS_AT)
        assert plan(session, world).id


# --- seats ---


def test_everybody_gets_a_seat_there_too_whoever_has_one_in_the_exam(world: World) -> None:
    with database.writing() as session:
        before = [(seat.id, seat.number) for seat in queries.seats_of_class(session, world.class_id)]
        assert len(before) == 6
        sitting = plan(session, world)

        seats = enrolled(session, world, sitting)

        assert sorted(seat.trainee_id for seat in seats) == sorted(world.trainees)
        assert [(seat.id, seat.number) for seat in queries.seats_of_class(session, world.class_id)] == before
        again = enrolling.enrol_class(session, world.actor(session, "arranger"), sitting.id or 0, now=PREPARED_AT)
        assert {one.decision.code for one in again} == {"seat_exists"}
        assert [seat.id for seat in queries.seats_of(session, sitting.id or 0)] == [seat.id for seat in seats]


def test_a_rehearsal_takes_nobody_their_seat_in_the_exam(world: World) -> None:
    with database.writing() as session:
        three = ("青松煤矿",) * 3
        other = open_class(session, world, Wanted("2024-TL-02", three, truant=frozenset({1})))
        worlds.seal_paper(session, other)
        seats = enrolled(session, other, plan(session, other))
        assert len(seats) == 3, "who never attended may practise"

        decisions = enrolling.judge_enrolment(session, other.class_id)
        codes = [decisions[trainee].code for trainee in other.trainees]
        assert codes == ["allowed", "never_attended", "allowed"]


def test_a_room_that_is_too_small_holds_as_many_as_it_has_seats(world: World) -> None:
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        sitting = plan(session, world, room_id=elsewhere(session, world, 4))
        with pytest.raises(errors.WrongState, match=r"^room_too_small:"):
            enrolling.enrol_class(session, arranger, sitting.id or 0, now=PREPARED_AT)

        enrolling.enrol_class(session, arranger, sitting.id or 0, part=True, now=PREPARED_AT)
        assert len(queries.seats_of(session, sitting.id or 0)) == 4


def test_the_entry_code_is_the_end_of_the_ticket_number(world: World) -> None:
    with database.writing() as session:
        for seat in enrolled(session, world, plan(session, world)):
            code = rules.entry_code(seat.ticket_number)
            assert len(code) == 6 and seat.ticket_number.endswith(code)
            assert seat.id_tail_index == enrolling.id_tail_index(seat.person_id, code)
            full = world.citizen_ids[seat.trainee_id]
            assert seat.id_tail_index != enrolling.id_tail_index(seat.person_id, full[-6:])


# --- the ticket says so ---


def test_the_ticket_says_that_it_is_a_rehearsal(world: World) -> None:
    with database.writing() as session:
        sitting = plan(session, world)
        seats = enrolled(session, world, sitting)
        rehearsed, real = (queries.view(session, one) for one in (sitting.id or 0, world.sitting_id))
        assert rehearsed is not None and real is not None

        assert {row["rehearsal"] for row in ticketing.ticket_rows(session, rehearsed, seats)} == {"yes"}
        real_seats = queries.seats_of(session, world.sitting_id)
        assert {row["rehearsal"] for row in ticketing.ticket_rows(session, real, real_seats)} == {""}
        pdf = ticketing.print_tickets(session, world.actor(session, "arranger"), sitting.id or 0, now=PREPARED_AT)
        assert pdf.startswith(b"%PDF")


# --- held from beginning to end ---


def test_a_rehearsal_goes_like_an_exam_and_counts_for_nothing(world: World, browser: Browser, clock: Clock) -> None:
    with database.writing() as session:
        arranger, proctor = world.actor(session, "arranger"), world.actor(session, "proctor1")
        sitting = plan(session, world, room_id=elsewhere(session, world))
        sitting_id = sitting.id or 0
        for username in ("proctor1", "proctor2"):
            arranging.assign_proctor(session, arranger, sitting_id, world.accounts[username], now=PREPARED_AT)
        seat = enrolled(session, world, sitting)[0]
        checking_in.admit(session, proctor, seat.id or 0, now=PREPARED_AT)
    clock.set(PREPARED_AT + MINUTE)
    candidate = browser.stranger()
    wrong = {"ticket_number": seat.ticket_number, "id_tail": world.citizen_ids[seat.trainee_id][-6:]}
    assert candidate.post("/api/v1/exam/session", json=wrong).status_code != 200
    right = {"ticket_number": seat.ticket_number, "id_tail": seat.ticket_number[-6:]}
    assert candidate.post("/api/v1/exam/session", json=right).status_code == 200

    exam = candidate.post("/api/v1/exam/start").json()
    assert (exam["rehearsal"], len(exam["questions"])) == (True, len(practice.QUESTIONS))
    saved = candidate.put("/api/v1/exam/answers/2", json={"choice": "A", "flagged": False, "seq": 1})
    assert saved.status_code == 200
    assert candidate.post("/api/v1/exam/hand-in").status_code == 200

    with database.reading() as session:
        handed_in = queries.seat(session, seat.id or 0)
        rehearsed = queries.sitting(session, sitting_id)
        assert handed_in is not None and rehearsed is not None
        assert queries.state_of(handed_in, rehearsed, PREPARED_AT + 2 * MINUTE) is SeatState.HANDED_IN
        assert session.exec(select(Result).where(Result.seat_id == seat.id)).all() == []
        assert seat.id not in {one.id for one in queries.seats_of_class(session, world.class_id)}


# --- cancelling ---


@pytest.mark.parametrize(
    ("over", "cancelled", "admitted", "code"),
    [
        (False, False, 0, "allowed"),
        (False, False, 1, "rehearsal_under_way"),
        (True, False, 0, "rehearsal_over"),
        (False, True, 0, "rehearsal_cancelled"),
    ],
)
def test_when_a_rehearsal_may_be_cancelled(over: bool, cancelled: bool, admitted: int, code: str) -> None:
    assert rules.may_cancel(over=over, cancelled=cancelled, admitted=admitted).code == code


def test_a_rehearsal_planned_by_mistake_is_cancelled_and_its_room_free(world: World) -> None:
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        sitting = plan(session, world)
        enrolled(session, world, sitting)
        with pytest.raises(errors.WrongState, match=r"^room_taken:"):
            plan(session, world)

        rehearsing.cancel_rehearsal(session, arranger, sitting.id or 0, now=PREPARED_AT)

        assert plan(session, world).id != sitting.id
        with pytest.raises(errors.WrongState, match=r"^rehearsal_cancelled:"):
            rehearsing.cancel_rehearsal(session, arranger, sitting.id or 0, now=PREPARED_AT)
        # An exam is cancelled in its own way, with a reason.
        with pytest.raises(errors.NotFound):
            rehearsing.cancel_rehearsal(session, arranger, world.sitting_id, now=PREPARED_AT)


def test_a_rehearsal_under_way_is_not_cancelled(world: World) -> None:
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        sitting = plan(session, world)
        arranging.assign_proctor(session, arranger, sitting.id or 0, world.accounts["proctor1"], now=PREPARED_AT)
        seat = enrolled(session, world, sitting)[0]
        checking_in.admit(session, world.actor(session, "proctor1"), seat.id or 0, now=PREPARED_AT)

        with pytest.raises(errors.WrongState, match=r"^rehearsal_under_way:.*1"):
            rehearsing.cancel_rehearsal(session, arranger, sitting.id or 0, now=PREPARED_AT + MINUTE)
        with pytest.raises(errors.WrongState, match=r"^rehearsal_over:"):
            rehearsing.cancel_rehearsal(session, arranger, sitting.id or 0, now=PREPARED_AT + THIRTY)


def test_by_http_a_rehearsal_without_a_start_begins_now(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    arranger = browser.of("arranger")
    body = {"class_id": world.class_id, "room_id": world.room_id}

    planned = arranger.post("/api/v1/rehearsals", json=body).json()

    assert (planned["rehearsal"], planned["phase"], planned["seats"]) == (True, "running", 0)
    assert arranger.post("/api/v1/rehearsals", json={**body, "duration_minutes": 121}).status_code == 422
    page = arranger.get("/exam-points/rehearsals")
    assert page.status_code == 200 and f'href="/sittings/{planned["id"]}"' in page.text
    assert arranger.post(f"/api/v1/rehearsals/{planned['id']}/cancellation").json()["cancelled"] is True
