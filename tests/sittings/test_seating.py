"""Who gets which seat: chosen, taken back, moved to another room, and a room of one's own."""

import json
from collections.abc import Mapping
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from service.journal import queries as journal
from service.journal.rules import Event
from service.kernel import database, errors
from service.kernel.decision import ALLOWED
from service.papers.rules.states import Form
from service.sittings import queries
from service.sittings.actions import arranging, checking_in, enrolling, granting, places, reseating, ticketing
from service.sittings.rules import seating
from service.sittings.rules.granting import Grants
from service.sittings.tables import ExtraTime, Seat
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.world import CHECK_IN_AT, COUNTIES, PREPARED_AT, STARTS_AT, World

CHECK_IN_FROM = STARTS_AT - timedelta(hours=1)
APART = Grants(separate_room=True)


def fresh(session: Session, world: World, people: int = 3) -> World:
    """Another class with a sealed paper and nobody seated."""
    other = open_class(session, world, Wanted("2024-TL-02", ("青松煤矿",) * people))
    worlds.seal_paper(session, other)
    return other


def plan(session: Session, world: World, of: World, name: str, capacity: int = 9, *, part: bool = True) -> int:
    arranger = world.actor(session, "arranger")
    (room,) = places.add_exam_point(session, arranger, name, COUNTIES[0], "", {"一号": capacity}, now=PREPARED_AT)
    sitting = arranging.plan_sitting(
        session,
        arranger,
        class_id=of.class_id,
        room_id=room.id or 0,
        starts_at=STARTS_AT,
        late_minutes=30,
        letter=Form.A,
        part=part,
        now=PREPARED_AT,
    )
    return sitting.id or 0


def enrol(session: Session, world: World, sitting_id: int, only: set[int] | None = None) -> dict[int, str]:
    """What came of whom."""
    arranger = world.actor(session, "arranger")
    done = enrolling.enrol_class(session, arranger, sitting_id, only=only, now=PREPARED_AT)
    return {one.trainee_id: one.decision.code if one.seat is None else "seated" for one in done}


def seated(session: Session, sitting_id: int) -> dict[int, int]:
    """The number of each trainee."""
    return {seat.trainee_id: seat.number for seat in queries.seats_of(session, sitting_id)}


def seat_of(session: Session, sitting_id: int, trainee_id: int) -> Seat:
    return next(seat for seat in queries.seats_of(session, sitting_id) if seat.trainee_id == trainee_id)


def grant(session: Session, world: World, trainee_id: int, wanted: Grants = APART) -> None:
    arranger, approver = world.actor(session, "arranger"), world.actor(session, "approver")
    row = granting.propose(session, arranger, world.class_id, trainee_id, wanted, "康复期", now=PREPARED_AT)
    granting.decide(session, approver, row.id or 0, approve=True, reason="同意", now=PREPARED_AT)


def withdraw(session: Session, world: World, seat_id: int, now: datetime = PREPARED_AT, by: str = "arranger") -> str:
    try:
        reseating.withdraw_seat(session, world.actor(session, by), seat_id, "请假", now=now)
    except errors.ServiceError as refusal:
        return refusal.code
    return ""


def move(
    session: Session, world: World, seat_id: int, sitting_id: int, now: datetime = PREPARED_AT, by: str = "arranger"
) -> str:
    with session.begin_nested() as tried:
        try:
            reseating.move_seat(session, world.actor(session, by), seat_id, sitting_id, "换考场", now=now)
        except errors.ServiceError as refusal:
            tried.rollback()
            return refusal.code
    return ""


# --- chosen ---


def test_only_who_is_chosen_gets_a_seat_and_the_rest_later(world: World) -> None:
    with database.writing() as session:
        other = fresh(session, world)
        sitting_id, (first, second, third) = plan(session, world, other, "另一考试点"), other.trainees

        assert enrol(session, world, sitting_id, {second}) == {second: "seated"}
        assert seated(session, sitting_id) == {second: 1}
        assert enrol(session, world, sitting_id, {second, third}) == {second: "seat_exists", third: "seated"}
        assert enrol(session, world, sitting_id) == {first: "seated", second: "seat_exists", third: "seat_exists"}
        with pytest.raises(errors.NotFound):
            enrol(session, world, sitting_id, {world.trainees[0]})


# --- taken back ---


def test_a_seat_taken_back_is_free_again_and_its_ticket_lets_nobody_in(world: World) -> None:
    with database.writing() as session:
        seat = queries.seat(session, world.seats[2])
        assert seat is not None
        trainee, number, old = seat.trainee_id, seat.number, world.codes[world.seats[2]]

        assert withdraw(session, world, world.seats[2]) == ""

        assert number not in seated(session, world.sitting_id).values()
        entry = session.exec(journal.entries(event=Event.SEAT_WITHDRAWN)).one()
        assert (entry.subject, json.loads(entry.data)) == (
            f"sitting:{world.sitting_id}",
            {"seat": world.seats[2], "number": number, "trainee": trainee, "issue": 1, "reason": "请假"},
        )
        assert enrol(session, world, world.sitting_id, {trainee}) == {trainee: "seated"}
        again = seat_of(session, world.sitting_id, trainee)
        assert (again.number, again.ticket_issue) == (number, 2)
        proctor, at = world.actor(session, "proctor1"), CHECK_IN_AT
        card = checking_in.scan_ticket(session, proctor, world.sitting_id, old, "nonce-old", now=at)
        assert not card.decision.allowed
        sitting = queries.sitting(session, world.sitting_id)
        assert sitting is not None
        new = ticketing.ticket_text(again, sitting)
        assert checking_in.scan_ticket(session, proctor, world.sitting_id, new, "nonce-new", now=at).decision.allowed


def test_granted_minutes_go_with_the_seat_and_come_again(world: World) -> None:
    with database.writing() as session:
        seat = queries.seat(session, world.seats[0])
        assert seat is not None
        trainee = seat.trainee_id
        grant(session, world, trainee, Grants(extra_minutes=20))

        assert withdraw(session, world, world.seats[0]) == ""
        assert session.exec(select(ExtraTime)).all() == []
        assert enrol(session, world, world.sitting_id, {trainee}) == {trainee: "seated"}
        assert seat_of(session, world.sitting_id, trainee).extra_seconds == 20 * 60


def test_once_check_in_has_begun_or_the_door_has_seen_it_a_seat_stays(world: World) -> None:
    with database.writing() as session:
        assert withdraw(session, world, world.seats[0], now=CHECK_IN_FROM) == "check_in_begun"
        early = CHECK_IN_FROM - timedelta(minutes=1)
        checking_in.scan_ticket(
            session,
            world.actor(session, "proctor1"),
            world.sitting_id,
            world.codes[world.seats[0]],
            "nonce-early",
            now=early,
        )
        assert withdraw(session, world, world.seats[0], now=early) == "seat_touched"
        assert withdraw(session, world, world.seats[1], now=early) == ""
        assert withdraw(session, world, 9999) == "not_found"


def test_only_the_arranger_takes_seats_back_or_moves_them(world: World) -> None:
    with database.writing() as session:
        for username in ("planner", "proctor1", "institution", "administrator"):
            assert withdraw(session, world, world.seats[0], by=username) == "right_missing"
            assert move(session, world, world.seats[0], world.sitting_id, by=username) == "right_missing"
        assert withdraw(session, world, world.seats[0]) == ""


# --- moved ---


def test_a_candidate_goes_to_another_room_of_the_class_and_back(world: World) -> None:
    with database.writing() as session:
        other = fresh(session, world)
        first, second = plan(session, world, other, "另一考试点"), plan(session, world, other, "第三考试点")
        enrol(session, world, first)
        trainee = other.trainees[0]
        seat = seat_of(session, first, trainee)
        old, number = seat.id, seat.number

        assert move(session, world, old or 0, second) == ""

        assert seated(session, second) == {trainee: 1}
        assert trainee not in seated(session, first)
        entry = session.exec(journal.entries(event=Event.SEAT_MOVED)).one()
        assert json.loads(entry.data) == {
            "seat": old,
            "from": first,
            "to": second,
            "trainee": trainee,
            "reason": "换考场",
        }
        assert move(session, world, seat_of(session, second, trainee).id or 0, first) == ""
        assert seated(session, first)[trainee] == number
        assert seat_of(session, first, trainee).ticket_issue == 2


def test_what_stands_in_the_way_of_a_move_is_said_and_nothing_changes(world: World) -> None:
    with database.writing() as session:
        other = fresh(session, world)
        first, small = plan(session, world, other, "另一考试点"), plan(session, world, other, "小考试点", 1)
        enrol(session, world, first)
        before = seated(session, first)
        seats = [seat.id or 0 for seat in queries.seats_of(session, first)]
        assert move(session, world, seats[0], small) == ""

        refusals = {
            "full": move(session, world, seats[1], small),
            "the same": move(session, world, seats[1], first),
            "another class": move(session, world, seats[1], world.sitting_id),
            "nowhere": move(session, world, seats[1], 9999),
            "check-in has begun": move(session, world, seats[1], small, now=CHECK_IN_FROM),
        }

        assert refusals == {
            "full": "room_too_small",
            "the same": "nothing_moved",
            "another class": "other_class",
            "nowhere": "not_found",
            "check-in has begun": "check_in_begun",
        }
        assert len(seated(session, first)) == len(before) - 1


# --- a room of one's own ---


@pytest.mark.parametrize(
    ("present", "codes"),
    [
        pytest.param(set(), {1: "needs_own_room", 2: "allowed"}, id="an empty room: alone, or without the one"),
        pytest.param({3}, {1: "needs_own_room", 2: "allowed"}, id="others sit there"),
        pytest.param({4}, {1: "room_kept_for_one", 2: "room_kept_for_one"}, id="one sits alone"),
    ],
)
def test_who_needs_a_room_of_their_own_shares_none(present: set[int], codes: Mapping[int, str]) -> None:
    found = seating.judge_company({1: ALLOWED, 2: ALLOWED}, {1, 4}, present)

    assert {one: decision.code for one, decision in found.items()} == codes
    assert found[1].allowed is (present == set())


def test_all_means_all_but_those_and_they_sit_alone_when_chosen(world: World) -> None:
    with database.writing() as session:
        other = fresh(session, world)
        apart, second, third = other.trainees
        grant(session, other, apart)
        common, own = plan(session, world, other, "另一考试点"), plan(session, world, other, "单独考试点", 2)

        assert enrol(session, world, common) == {apart: "needs_own_room", second: "seated", third: "seated"}
        assert enrol(session, world, common, {apart}) == {apart: "needs_own_room"}
        assert enrol(session, world, own, {apart}) == {apart: "seated"}
        assert move(session, world, seat_of(session, common, second).id or 0, own) == "room_kept_for_one"
        assert move(session, world, seat_of(session, own, apart).id or 0, common) == "needs_own_room"
        assert seated(session, own) == {apart: 1}


def test_a_grant_that_comes_after_the_seat_is_shown_on_the_page(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    arranger, page = browser.of("arranger"), f"/sittings/{world.sitting_id}"
    assert "获准单独考场，现在却与别人同在一个考场" not in arranger.get(page).text
    with database.writing() as session:
        grant(session, world, world.trainees[0])

    assert "获准单独考场，现在却与别人同在一个考场" in arranger.get(page).text


# --- over HTTP ---


def test_seats_over_http(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    arranger, path = browser.of("arranger"), f"/api/v1/sittings/seats/{world.seats[0]}"
    enrolments = f"/api/v1/sittings/{world.sitting_id}/enrolments"
    assert f"{path}/withdrawal" in arranger.get(f"/sittings/{world.sitting_id}").text
    assert browser.of("proctor1").post(f"{path}/withdrawal", json={"reason": "请假"}).status_code == 403

    assert arranger.post(f"{path}/withdrawal", json={"reason": "请假"}).json()["seats"] == 5
    assert arranger.post(f"{path}/withdrawal", json={"reason": "请假"}).status_code == 404
    nobody = arranger.post(enrolments, json={"trainee_ids": []})
    assert (nobody.status_code, nobody.json()["code"]) == (422, "nobody_chosen")
    assert 'name="trainee_ids"' in arranger.get(f"/sittings/{world.sitting_id}").text
    back = arranger.post(enrolments, json={"trainee_ids": [world.trainees[0]]}).json()
    assert [one["trainee_id"] for one in back] == [world.trainees[0]]
    assert len(arranger.post(enrolments).json()) == 6, "without a body everybody, as ever"


@pytest.mark.parametrize("day", ["0001-01-01", "9999-12-31", "1999-12-31"])
@pytest.mark.parametrize(
    "page", ["/exam-day", "/sittings", "/sittings/allotment", "/sittings/tickets", "/api/v1/sittings"]
)
def test_a_day_beyond_any_exam_is_told_in_a_sentence(
    world: World, browser: Browser, clock: Clock, page: str, day: str
) -> None:
    clock.set(PREPARED_AT)
    arranger = browser.of("arranger")

    assert arranger.get(f"{page}?day=2026-11-20", follow_redirects=True).status_code == 200
    refused = arranger.get(f"{page}?day={day}")
    assert (refused.status_code, "2000年到2100年之间" in refused.text) == (422, True)
