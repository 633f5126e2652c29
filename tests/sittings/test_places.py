"""Before the day: exam points, rooms and their networks, the checklist, the rules of rooms."""

import json
from dataclasses import replace
from datetime import date, datetime, timedelta
from typing import Any

import pytest
from fastapi.testclient import TestClient
from sqlmodel import Session, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.sittings.actions import places, readying, rearranging, room_ruling
from service.sittings.queries import places as queries
from service.sittings.rules import places as place_rules
from service.sittings.rules import points
from service.sittings.rules.phases import Times, planned
from service.sittings.rules.places import FIRST_RULES, Equipment
from service.sittings.rules.points import Booked
from service.sittings.tables import ExamPoint, MachineCheck, Room
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.world import COUNTIES, PREPARED_AT, STARTS_AT, World

MINUTE = timedelta(minutes=1)
TODAY = date(2026, 11, 18)


def point_of(session: Session, world: World) -> ExamPoint:
    found = queries.place(session, world.room_id)
    assert found is not None
    return found[0]


def events(session: Session, event: str) -> list[dict[str, Any]]:
    """What the journal holds of an event, the newest first."""
    return [json.loads(entry.data) for entry in session.exec(journal.entries(event=event))]


# --- exam points ---


def test_an_exam_point_is_corrected_and_the_record_keeps_what_stood_before(world: World) -> None:
    with database.writing() as session:
        arranger, point = world.actor(session, "arranger"), point_of(session, world)
        places.change_exam_point(
            session,
            arranger,
            point.id or 0,
            name="考试点",
            county=COUNTIES[1],
            address="新街1号",
            opens="08:00",
            closes="18:00",
            now=PREPARED_AT,
        )

        assert (point.county, point.address, point.opens, point.closes) == (COUNTIES[1], "新街1号", "08:00", "18:00")
        assert events(session, "EXAM_POINT_CHANGED") == [
            {
                "county": COUNTIES[1],
                "county_before": COUNTIES[0],
                "address": "新街1号",
                "address_before": "",
                "opens": "08:00",
                "opens_before": "07:00",
                "closes": "18:00",
                "closes_before": "19:00",
            }
        ]


@pytest.mark.parametrize(
    ("name", "opens", "closes", "code"),
    [
        pytest.param("考试点", "09:00", "10:30", "", id="exactly the sitting's own hours"),
        pytest.param("考试点", "09:01", "10:30", "sitting_outside_hours", id="a minute later than its start"),
        pytest.param("考试点", "09:00", "10:29", "sitting_outside_hours", id="a minute earlier than its end"),
        pytest.param("考试点", "10:00", "10:00", "hours_reversed", id="closing when it opens"),
        pytest.param("另一点", "07:00", "19:00", "point_name_taken", id="the name of another"),
    ],
)
def test_hours_hold_every_sitting_to_come_and_names_are_unique(
    world: World, name: str, opens: str, closes: str, code: str
) -> None:
    with database.writing() as session:
        arranger, point = world.actor(session, "arranger"), point_of(session, world)
        places.add_exam_point(session, arranger, "另一点", COUNTIES[0], "", {"一": 9}, now=PREPARED_AT)

        def change(now: datetime) -> str:
            try:
                places.change_exam_point(
                    session,
                    arranger,
                    point.id or 0,
                    name=name,
                    county="林口县",
                    address="",
                    opens=opens,
                    closes=closes,
                    now=now,
                )
            except errors.ServiceError as refusal:
                return refusal.code
            return ""

        assert change(PREPARED_AT) == code
        # A sitting that is over, or cancelled, needs no hours.
        if code == "sitting_outside_hours":
            assert change(worlds.ENDS_AT) == ""


def test_a_cancelled_sitting_holds_nothing_back(world: World) -> None:
    with database.writing() as session:
        arranger, point = world.actor(session, "arranger"), point_of(session, world)
        assert [one.sitting_id for one in queries.booked(session, [world.room_id], PREPARED_AT)] == [world.sitting_id]
        rearranging.cancel_sitting(session, arranger, world.sitting_id, "停电", now=PREPARED_AT)

        assert queries.booked(session, [world.room_id], PREPARED_AT) == []
        places.change_room(session, arranger, world.room_id, "一号", 1, "", now=PREPARED_AT)
        assert session.get_one(Room, world.room_id).capacity == 1
        assert point.name == "考试点"


@pytest.mark.parametrize(("capacity", "code"), [(5, "room_has_more_seated"), (6, ""), (60, "")])
def test_a_room_keeps_the_seats_that_are_given(world: World, capacity: int, code: str) -> None:
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        if code:
            with pytest.raises(errors.WrongState) as refused:
                places.change_room(session, arranger, world.room_id, "一号", capacity, "", now=PREPARED_AT)
            assert refused.value.code == code
        else:
            places.change_room(session, arranger, world.room_id, "一号", capacity, "10.0.0.0/8", now=PREPARED_AT)
            room = session.get_one(Room, world.room_id)
            assert (room.capacity, room.address_ranges) == (capacity, "10.0.0.0/8")


def test_a_room_registered_by_mistake_can_go_and_one_with_a_past_cannot(world: World) -> None:
    with database.writing() as session:
        arranger, point = world.actor(session, "arranger"), point_of(session, world)
        slip = places.add_room(session, arranger, point.id or 0, "二好", 30, "", now=PREPARED_AT)
        with pytest.raises(errors.WrongState, match=r"^room_name_taken:"):
            places.add_room(session, arranger, point.id or 0, "二好", 30, "", now=PREPARED_AT)

        places.remove_room(session, arranger, slip.id or 0, now=PREPARED_AT)

        assert [room.name for room in queries.rooms_of(session, point.id or 0)] == ["一号"]
        with pytest.raises(errors.WrongState, match=r"^room_in_use:"):
            places.remove_room(session, arranger, world.room_id, now=PREPARED_AT)
        with pytest.raises(errors.NotFound):
            places.remove_room(session, arranger, slip.id or 0, now=PREPARED_AT)
        assert [one["removed"] for one in events(session, "EXAM_POINT_CHANGED") if "removed" in one] == [True]


@pytest.mark.parametrize(
    ("sittings", "machines_checked", "last", "code"),
    [
        (0, 0, False, "allowed"),
        (1, 0, False, "room_in_use"),
        (0, 1, False, "room_has_machines"),
        (0, 0, True, "last_room"),
    ],
)
def test_what_keeps_a_room(sittings: int, machines_checked: int, last: bool, code: str) -> None:
    assert points.may_remove(sittings=sittings, machines=machines_checked, last=last).code == code


def test_hours_are_judged_by_the_wall_in_mudanjiang() -> None:
    at: Times = planned(STARTS_AT, 90, 30)

    assert points.may_open("09:00", "10:30", [Booked(1, at)]).allowed
    assert points.may_open("01:00", "02:30", [Booked(1, at)]).code == "sitting_outside_hours"


# --- readiness ---


def check_all(session: Session, world: World, *, but: Equipment | None = None) -> None:
    arranger, point = world.actor(session, "arranger"), point_of(session, world)
    for one in Equipment:
        if one is not but:
            readying.check_equipment(session, arranger, point.id or 0, one, True, "", now=PREPARED_AT)


@pytest.mark.parametrize("missing", list(Equipment))
def test_an_exam_point_is_ready_when_every_line_is_in_order_and_not_before(world: World, missing: Equipment) -> None:
    with database.writing() as session:
        arranger, point = world.actor(session, "arranger"), point_of(session, world)
        check_all(session, world, but=missing)
        with pytest.raises(errors.WrongState, match=r"^checklist_incomplete:.*1") as refused:
            readying.declare_ready(session, arranger, point.id or 0, now=PREPARED_AT)
        assert place_rules.EQUIPMENT_NAMES[missing] in str(refused.value)

        readying.check_equipment(session, arranger, point.id or 0, missing, True, "", now=PREPARED_AT)
        readying.declare_ready(session, arranger, point.id or 0, now=PREPARED_AT)

        assert (point.ready_at, point.ready_by) == (PREPARED_AT, arranger.person_id)


def test_a_later_fault_withdraws_readiness_and_so_does_a_person(world: World) -> None:
    with database.writing() as session:
        arranger, point = world.actor(session, "arranger"), point_of(session, world)
        point_id = point.id or 0
        check_all(session, world)
        readying.declare_ready(session, arranger, point_id, now=PREPARED_AT)
        readying.declare_ready(session, arranger, point_id, now=PREPARED_AT + MINUTE)
        assert point.ready_at == PREPARED_AT, "again changes nothing"

        readying.check_equipment(session, arranger, point_id, Equipment.POWER, True, "已换", now=PREPARED_AT + MINUTE)
        assert point.ready_at == PREPARED_AT, "a line that is still in order changes nothing"
        readying.check_equipment(session, arranger, point_id, Equipment.POWER, False, "跳闸", now=PREPARED_AT + MINUTE)
        assert (point.ready_at, point.ready_by) == (None, None)
        with pytest.raises(errors.WrongState):
            readying.declare_ready(session, arranger, point_id, now=PREPARED_AT)

        readying.check_equipment(session, arranger, point_id, Equipment.POWER, True, "", now=PREPARED_AT + MINUTE)
        readying.declare_ready(session, arranger, point_id, now=PREPARED_AT + MINUTE)
        readying.withdraw_readiness(session, arranger, point_id, now=PREPARED_AT + MINUTE)
        readying.withdraw_readiness(session, arranger, point_id, now=PREPARED_AT + MINUTE)
        assert point.ready_at is None
        assert events(session, "EXAM_POINT_READY") == [
            {"ready": False},
            {"ready": True},
            {"ready": False, "because": "power"},
            {"ready": True},
        ]


# --- rules of rooms ---


def test_the_first_rules_are_there_and_new_ones_begin_on_their_day(world: World) -> None:
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        assert queries.room_rules(session) == [FIRST_RULES], "by migration"

        stricter = replace(FIRST_RULES, effective_on=TODAY + timedelta(days=2), largest_room=20, source="新文件")
        room_ruling.set_room_rule(session, arranger, stricter, now=PREPARED_AT)

        assert queries.room_rules(session) == [stricter, FIRST_RULES]
        days = [TODAY, TODAY + timedelta(days=1), TODAY + timedelta(days=2), TODAY + timedelta(days=400)]
        assert [queries.rules_on(session, day).largest_room for day in days] == [30, 30, 20, 20]

        room_ruling.withdraw_room_rule(session, arranger, stricter.effective_on, now=PREPARED_AT)
        assert queries.room_rules(session) == [FIRST_RULES]
        assert [one.get("largest_room", "withdrawn") for one in events(session, "ROOM_RULE_SET")] == ["withdrawn", 20]
        with pytest.raises(errors.WrongState, match=r"^rule_in_force:"):
            room_ruling.withdraw_room_rule(session, arranger, FIRST_RULES.effective_on, now=PREPARED_AT)
        with pytest.raises(errors.NotFound):
            room_ruling.withdraw_room_rule(session, arranger, stricter.effective_on, now=PREPARED_AT)


@pytest.mark.parametrize(
    ("day", "code"),
    [
        (TODAY - timedelta(days=1), "rule_day_has_come"),
        (TODAY, "rule_day_has_come"),
        (TODAY + timedelta(days=1), "allowed"),
        (TODAY + timedelta(days=2), "rule_day_taken"),
    ],
)
def test_rules_begin_tomorrow_at_the_earliest_and_one_a_day(day: date, code: str) -> None:
    assert place_rules.may_begin(day, TODAY, {TODAY + timedelta(days=2)}).code == code


@pytest.mark.parametrize("today", [FIRST_RULES.effective_on, FIRST_RULES.effective_on - timedelta(days=1)])
def test_rules_are_withdrawn_before_their_day_only(today: date) -> None:
    begun = today == FIRST_RULES.effective_on
    assert place_rules.may_be_withdrawn(FIRST_RULES.effective_on, today).allowed is not begun


# --- over HTTP ---


def test_the_checklist_and_the_rooms_of_a_point_by_http(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    arranger: TestClient = browser.of("arranger")
    new = {"name": "新考试点", "county": "林口县", "rooms": {"甲": 30, "乙": 20}}
    rooms = arranger.post("/api/v1/exam-points", json=new).json()
    assert [(one["name"], one["capacity"], one["exam_point"]) for one in rooms] == [
        ("甲", 30, "新考试点"),
        ("乙", 20, "新考试点"),
    ]
    place = f"/api/v1/exam-points/{rooms[0]['exam_point_id']}"

    for one in Equipment:
        reply = arranger.put(f"{place}/checklist/{one.value}", json={"in_order": True}).json()
    assert (reply["may_be_ready"], reply["missing"], len(reply["checklist"])) == (True, "", len(Equipment))
    assert arranger.post(f"{place}/readiness").json()["ready_at"] is not None
    failed = arranger.put(f"{place}/checklist/clock", json={"in_order": False, "note": "停了"}).json()
    assert (failed["ready_at"], failed["may_be_ready"]) == (None, False)

    added = arranger.post(f"{place}/rooms", json={"name": "丙", "capacity": 10, "address_ranges": "10.1.2.3/16"})
    assert added.json()["address_ranges"] == "10.1.0.0/16"
    wrong = arranger.put(
        f"/api/v1/rooms/{added.json()['id']}", json={"name": "丙", "capacity": 10, "address_ranges": "十号楼"}
    )
    assert (wrong.status_code, wrong.json()["code"]) == (422, "address_range_bad")
    assert arranger.delete(f"/api/v1/rooms/{added.json()['id']}").status_code == 204
    assert [one["name"] for one in arranger.get(place).json()["rooms"]] == ["乙", "甲"]


@pytest.mark.parametrize("hours", [{"opens": "7:00"}, {"closes": "24:00"}, {"opens": "07:00:00"}])
def test_hours_are_times_of_day(browser: Browser, world: World, clock: Clock, hours: dict[str, str]) -> None:
    clock.set(PREPARED_AT)
    body = {"name": "新考试点", "county": "林口县", "rooms": {"甲": 30}, **hours}

    assert browser.of("arranger").post("/api/v1/exam-points", json=body).status_code == 422
    assert (
        browser.of("arranger")
        .post("/api/v1/exam-points", json={**body, "opens": "07:00", "closes": "19:00"})
        .is_success
    )


def test_rules_are_listed_with_the_one_in_force_marked(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    arranger = browser.of("arranger")
    body = {
        "effective_on": "2026-11-19",
        "largest_room": 25,
        "proctors": 3,
        "late_minutes": 15,
        "compensation_cap_minutes": 10,
        "allotment_hidden": False,
        "source": "市局〔2026〕1号",
    }
    assert arranger.post("/api/v1/room-rules", json={**body, "proctors": 1}).status_code == 422
    assert arranger.post("/api/v1/room-rules", json=body).json()["in_force"] is False

    assert [(one["effective_on"], one["in_force"]) for one in arranger.get("/api/v1/room-rules").json()] == [
        ("2026-11-19", False),
        ("2024-01-01", True),
    ]
    clock.set(PREPARED_AT + timedelta(days=1))
    browser.clients.clear()
    assert [one["in_force"] for one in browser.of("arranger").get("/api/v1/room-rules").json()] == [True, False]


PAGES = [
    "/exam-points",
    "/exam-points/{point}",
    "/exam-points/rules",
    "/exam-points/rehearsals",
    "/exam/machine-check",
    "/exam/machine-check?room={room}",
    "/exam/machine-check/rooms/{room}",
]


@pytest.mark.parametrize("page", PAGES)
def test_pages_open_to_those_who_prepare_exams_and_to_nobody_else(
    world: World, browser: Browser, clock: Clock, page: str
) -> None:
    clock.set(PREPARED_AT)
    with database.reading() as session:
        address = page.format(point=point_of(session, world).id, room=world.room_id)
    everybody = "machine-check" in page

    statuses = {
        who: browser.of(who).get(address).status_code for who in ("arranger", "proctor1", "institution", "planner")
    }

    assert statuses == {"arranger": 200, "proctor1": 200 if everybody else 403, "institution": 403, "planner": 403}
    assert browser.stranger().get(address).status_code == 303


@pytest.mark.parametrize(
    "page", ["/exam-points/9999", "/exam/machine-check?room=9999", "/exam/machine-check/rooms/9999"]
)
def test_what_is_not_there_is_not_found(world: World, browser: Browser, clock: Clock, page: str) -> None:
    clock.set(PREPARED_AT)
    assert browser.of("arranger").get(page).status_code == 404


# --- machines and time ---


@pytest.mark.parametrize(
    ("unfit", "code"), [pytest.param(0, "allowed", id="all fit"), pytest.param(1, "machines_unfit", id="one is not")]
)
def test_a_point_whose_machines_are_not_fit_is_not_ready(unfit: int, code: str) -> None:
    assert place_rules.may_be_ready(dict.fromkeys(Equipment, True), unfit).code == code


@pytest.mark.parametrize(
    ("days", "ready"),
    [
        pytest.param(0, True, id="at once"),
        pytest.param(30, True, id="for thirty days"),
        pytest.param(31, False, id="no longer"),
    ],
)
def test_readiness_ages(days: int, ready: bool) -> None:
    assert place_rules.still_ready(PREPARED_AT, PREPARED_AT + timedelta(days=days)) is ready
    assert not place_rules.still_ready(None, PREPARED_AT)


def test_a_red_machine_keeps_its_point_from_being_ready_until_it_is_taken_off(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(PREPARED_AT)
    arranger: TestClient = browser.of("arranger")
    with database.writing() as session:
        point = session.get_one(Room, world.room_id).exam_point_id
        for one in Equipment:
            readying.check_equipment(
                session, world.actor(session, "arranger"), point, one, in_order=True, note="", now=PREPARED_AT
            )
        red = MachineCheck(
            room_id=world.room_id,
            machine="07",
            browser="",
            address="10.0.0.8",
            drift_ms=0,
            save_ms=9,
            ready=False,
            faults="no_store",
            checked_at=PREPARED_AT,
            checked_by=world.actor(session, "arranger").person_id or 0,
        )
        session.add(red)
    refused = arranger.post(f"/api/v1/exam-points/{point}/readiness")
    assert (refused.status_code, refused.json()["code"]) == (409, "machines_unfit")
    assert "还有1台机器没有就绪" in arranger.get(f"/exam-points/{point}").text

    with database.writing() as session:
        row = session.exec(select(MachineCheck)).one()
        row.retired_at, row.retired_by = PREPARED_AT, row.checked_by
        session.add(row)
    assert arranger.post(f"/api/v1/exam-points/{point}/readiness").status_code == 200
