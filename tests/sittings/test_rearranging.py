"""When plans change: moved, cancelled, a proctor taken off; and what a proctor knows before the day."""

import json
import re
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from service.access.actions import administering, using
from service.access.rules.policy import Duty
from service.access.rules.separation import TEACH
from service.journal import queries as journal
from service.journal.rules import Event
from service.kernel import database, errors
from service.papers.rules.states import Form
from service.sittings import queries
from service.sittings.actions import (
    arranging,
    checking_in,
    enrolling,
    on_duty,
    places,
    rearranging,
    ticketing,
)
from service.sittings.tables import RoomRule
from tests import world as worlds
from tests.architecture import walking
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.world import CHECK_IN_AT, COUNTIES, PREPARED_AT, STARTS_AT, World

CHECK_IN_FROM = STARTS_AT - timedelta(hours=1)
TOMORROW = STARTS_AT + timedelta(days=1)
MIDNIGHT = datetime.fromisoformat("2026-11-20T00:00:00+08:00")


def room(session: Session, world: World, name: str, capacity: int = 30) -> int:
    arranger = world.actor(session, "arranger")
    (added,) = places.add_exam_point(session, arranger, name, COUNTIES[0], "", {"一号": capacity}, now=PREPARED_AT)
    return added.id or 0


def move(
    session: Session, world: World, room_id: int, starts_at: datetime, now: datetime = PREPARED_AT, by: str = "arranger"
) -> str:
    """The code of the refusal, or nothing."""
    try:
        actor = world.actor(session, by)
        rearranging.move_sitting(session, actor, world.sitting_id, room_id, starts_at, "停电", now=now)
    except errors.ServiceError as refusal:
        return refusal.code
    return ""


def cancel(session: Session, world: World, now: datetime = PREPARED_AT, by: str = "arranger") -> str:
    try:
        rearranging.cancel_sitting(session, world.actor(session, by), world.sitting_id, "暴雪", now=now)
    except errors.ServiceError as refusal:
        return refusal.code
    return ""


def person(session: Session, world: World, username: str) -> int:
    return world.actor(session, username).person_id or 0


def remove(session: Session, world: World, username: str, now: datetime = PREPARED_AT, by: str = "arranger") -> str:
    try:
        arranging.remove_proctor(
            session, world.actor(session, by), world.sitting_id, person(session, world, username), "生病", now=now
        )
    except errors.ServiceError as refusal:
        return refusal.code
    return ""


def last(session: Session, event: Event) -> dict[str, object]:
    entry = session.exec(journal.entries(event=event)).first()
    return dict(json.loads(entry.data)) if entry is not None else {}


# --- moved ---


def test_a_moved_sitting_takes_its_proctors_and_seats_along_and_voids_its_tickets(world: World) -> None:
    with database.writing() as session:
        elsewhere = room(session, world, "另一考试点")
        numbers = [seat.ticket_number for seat in queries.seats_of(session, world.sitting_id)]

        assert move(session, world, elsewhere, TOMORROW) == ""

        sitting = queries.sitting(session, world.sitting_id)
        assert sitting is not None and (sitting.room_id, sitting.starts_at) == (elsewhere, TOMORROW)
        seats = queries.seats_of(session, world.sitting_id)
        assert [(seat.ticket_number, seat.ticket_issue) for seat in seats] == [(number, 2) for number in numbers]
        assert len(queries.proctors(session, world.sitting_id)) == 2
        assert queries.sittings_at(session, world.room_id) == []
        old = world.codes[world.seats[0]]
        card = checking_in.scan_ticket(
            session, world.actor(session, "proctor1"), world.sitting_id, old, "nonce-1", now=TOMORROW
        )
        assert card.decision.code in {"ticket_reissued", "ticket_expired"}
        assert last(session, Event.SITTING_MOVED) == {
            "from_room": world.room_id,
            "from_start": STARTS_AT.isoformat(),
            "room": elsewhere,
            "starts_at": TOMORROW.isoformat(),
            "tickets_void": 6,
            "reason": "停电",
        }


def test_whatever_stands_in_the_way_of_a_new_sitting_stands_in_the_way_of_a_moved_one(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        worlds.seal_paper(session, other)
        elsewhere, small = room(session, world, "另一考试点"), room(session, world, "小考试点", 5)
        theirs = arranging.plan_sitting(
            session,
            world.actor(session, "arranger"),
            class_id=other.class_id,
            room_id=elsewhere,
            starts_at=TOMORROW,
            late_minutes=30,
            letter=Form.A,
            now=PREPARED_AT,
        )
        arranger = world.actor(session, "arranger")

        assert move(session, world, elsewhere, TOMORROW) == "room_taken"
        assert move(session, world, small, TOMORROW) == "room_too_small"
        assert move(session, world, world.room_id, STARTS_AT) == "nothing_moved"
        assert move(session, world, world.room_id, PREPARED_AT) == "start_is_past"
        assert move(session, world, world.room_id, STARTS_AT - timedelta(hours=4)) == "outside_hours"
        assert move(session, world, world.room_id, STARTS_AT - timedelta(days=6), PREPARED_AT - timedelta(days=9)) == (
            "class_not_finished"
        )
        assert move(session, world, 9999, TOMORROW) == "not_found"
        arranging.assign_proctor(session, arranger, theirs.id or 0, world.accounts["proctor1"], now=PREPARED_AT)
        assert move(session, world, world.room_id, TOMORROW) == "proctor_busy"
        # The sitting does not stand in its own way: half an hour later in its own room.
        assert move(session, world, world.room_id, STARTS_AT + timedelta(minutes=30)) == ""


def test_a_proctor_who_has_taught_meanwhile_stops_the_move(world: World) -> None:
    with database.writing() as session:
        using.note_deed(session, person(session, world, "proctor2"), TEACH, f"class:{world.class_id}", now=PREPARED_AT)

        assert move(session, world, world.room_id, TOMORROW) == "works_for_institution"
        assert remove(session, world, "proctor2") == ""
        assert move(session, world, world.room_id, TOMORROW) == ""


def test_once_check_in_has_begun_nothing_is_moved_or_cancelled(world: World) -> None:
    with database.writing() as session:
        assert move(session, world, world.room_id, TOMORROW, now=CHECK_IN_FROM) == "check_in_begun"
        assert cancel(session, world, now=CHECK_IN_FROM) == "check_in_begun"
        assert move(session, world, world.room_id, TOMORROW, now=CHECK_IN_FROM - timedelta(seconds=1)) == ""


# --- cancelled ---


def test_a_cancelled_sitting_stays_on_paper_and_frees_everybody(world: World) -> None:
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        assert cancel(session, world) == ""

        row = queries.sitting(session, world.sitting_id)
        assert row is not None and (row.cancelled_at, row.cancelled_by) == (PREPARED_AT, arranger.person_id)
        assert last(session, Event.SITTING_CANCELLED) == {"reason": "暴雪", "seats": 6}
        assert cancel(session, world) == "sitting_cancelled"
        assert move(session, world, world.room_id, TOMORROW) == "sitting_cancelled"
        assert remove(session, world, "proctor1") == "sitting_cancelled"
        for act in (
            lambda: enrolling.enrol_class(session, arranger, world.sitting_id, now=PREPARED_AT),
            lambda: ticketing.print_tickets(session, arranger, world.sitting_id, now=PREPARED_AT),
            lambda: ticketing.reissue_ticket(session, arranger, world.seats[0], "遗失", now=PREPARED_AT),
            lambda: arranging.assign_proctor(
                session, arranger, world.sitting_id, world.accounts["proctor_elsewhere"], now=PREPARED_AT
            ),
        ):
            with pytest.raises(errors.WrongState, match=r"^sitting_cancelled:"):
                act()

        # The same class, room, time, form and proctors again: nothing of the cancelled one is in the way.
        again = arranging.plan_sitting(
            session,
            arranger,
            class_id=world.class_id,
            room_id=world.room_id,
            starts_at=STARTS_AT,
            late_minutes=30,
            letter=Form.A,
            now=PREPARED_AT,
        )
        for username in ("proctor1", "proctor2"):
            arranging.assign_proctor(session, arranger, again.id or 0, world.accounts[username], now=PREPARED_AT)
        done = enrolling.enrol_class(session, arranger, again.id or 0, now=PREPARED_AT)
        assert {one.decision.code for one in done} == {"allowed"}
        fresh = {one.seat.ticket_number for one in done if one.seat is not None}
        assert fresh.isdisjoint(world.tickets.values())


def test_nobody_enters_or_opens_a_cancelled_sitting(world: World) -> None:
    with database.writing() as session:
        assert cancel(session, world) == ""
        proctor = world.actor(session, "proctor1")

        with pytest.raises(errors.WrongState, match=r"^sitting_cancelled:"):
            checking_in.admit(session, proctor, world.seats[0], now=CHECK_IN_AT)
        with pytest.raises(errors.WrongState, match=r"^sitting_cancelled:"):
            on_duty.require(session, proctor, world.sitting_id, now=CHECK_IN_AT)
        decision, opened = worlds.open_paper(session, proctor, world.sitting_id, now=worlds.OPENING_AT)
        assert (decision.code, opened) == ("sitting_cancelled", False)
        assert last(session, Event.PAPER_OPENING_ATTEMPTED)["outcome"] == "sitting_cancelled"


# --- taken off ---


def test_a_proctor_is_taken_off_with_a_reason_and_another_takes_the_place(world: World) -> None:
    with database.writing() as session:
        assert remove(session, world, "proctor1") == ""

        assert queries.proctors(session, world.sitting_id) == {person(session, world, "proctor2")}
        assert last(session, Event.PROCTOR_REMOVED) == {
            "person": person(session, world, "proctor1"),
            "reason": "生病",
        }
        assert remove(session, world, "proctor1") == "not_found"
        arranger = world.actor(session, "arranger")
        arranging.assign_proctor(
            session, arranger, world.sitting_id, world.accounts["proctor_elsewhere"], now=PREPARED_AT
        )
        with pytest.raises(errors.NotFound):
            on_duty.require(session, world.actor(session, "proctor1"), world.sitting_id, now=CHECK_IN_AT)


def test_on_the_day_only_who_has_done_nothing_is_taken_off(world: World) -> None:
    with database.writing() as session:
        checking_in.admit(session, world.actor(session, "proctor1"), world.seats[0], now=CHECK_IN_AT)

        assert remove(session, world, "proctor1", now=CHECK_IN_AT) == "proctor_has_acted"
        assert remove(session, world, "proctor2", now=CHECK_IN_AT) == "", "fell ill and never came"


def test_only_the_arranger_changes_plans(world: World) -> None:
    with database.writing() as session:
        for username in ("planner", "proctor1", "institution", "administrator", "assembler"):
            assert move(session, world, world.room_id, TOMORROW, by=username) == "right_missing"
            assert cancel(session, world, by=username) == "right_missing"
            assert remove(session, world, "proctor1", by=username) == "right_missing"
        assert cancel(session, world) == ""


# --- hidden until the day ---


def test_before_the_day_a_proctor_knows_county_and_time_and_no_more(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(MIDNIGHT - timedelta(minutes=1))
    proctor, arranger = browser.of("proctor1"), browser.of("arranger")

    assert proctor.get("/api/v1/sittings").json() == []
    assert proctor.get("/api/v1/sittings/duties").json() == [
        {
            "day": "2026-11-20",
            "county": COUNTIES[0],
            "starts_at": "2026-11-20T01:00:00Z",
            "ends_at": "2026-11-20T02:30:00Z",
        }
    ]
    for page in ("/proctor", "/", "/sittings"):
        text = proctor.get(page).text
        assert "2024年班组长班" not in text and "考试点 · 一号" not in text, page
    assert COUNTIES[0] in proctor.get("/proctor").text
    assert [one["id"] for one in arranger.get("/api/v1/sittings").json()] == [world.sitting_id]
    assert "2024年班组长班" in arranger.get("/sittings").text

    clock.set(MIDNIGHT)
    assert [one["id"] for one in proctor.get("/api/v1/sittings").json()] == [world.sitting_id]
    assert proctor.get("/api/v1/sittings/duties").json() == []
    assert "2024年班组长班" in proctor.get("/proctor").text


# Enough for most bodies; one that still does not fit is turned away before anybody looks where it leads.
BODY = {
    "reason": "一个原因",
    "text": "一段文字",
    "nonce": "nonce-12345",
    "device": "tablet-12345",
    "sent_at": "2026-11-19T00:00:00Z",
    "acts": [],
    "admit": True,
    "minutes": 5,
    "kind": "illness",
    "note": "一段文字",
    "outcome": "same",
    "remark": "",
}


def test_before_the_day_no_route_of_a_proctor_leads_into_the_room(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(MIDNIGHT - timedelta(minutes=1))
    with database.reading() as session:
        ids = walking.real_ids(session, world)
    client, answers = browser.of("proctor1"), {}
    for route in walking.routes(browser.app):  # type: ignore[arg-type]
        if route.right in {"sittings.proctor", "papers.open"} and re.search(r"\{(sitting|seat)_id\}", route.path):
            body = None if route.method == "GET" else BODY
            reply = client.request(route.method, walking.filled(route.path, ids), json=body)
            answers[f"{route.method} {route.path}"] = (
                reply.status_code,
                "开考前" in reply.text or "当天公布" in reply.text,
            )

    said = {at for at, found in answers.items() if found == (409, True)}
    assert {"GET /api/v1/sittings/{sitting_id}/board", "GET /proctor/sittings/{sitting_id}"} <= said
    assert {at: found for at, found in answers.items() if at not in said and found[0] != 422} == {}


def test_where_the_rules_do_not_hide_it_a_proctor_knows_at_once(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    with database.writing() as session:
        rule = {"late_minutes": 30, "compensation_cap_minutes": 20, "allotment_hidden": False, "source": "来函"}
        session.add(RoomRule(effective_on=STARTS_AT.date(), largest_room=30, proctors=2, **rule))

    assert [one["id"] for one in browser.of("proctor1").get("/api/v1/sittings").json()] == [world.sitting_id]
    assert browser.of("proctor1").get(f"/api/v1/sittings/{world.sitting_id}/board").status_code == 200
    assert browser.of("proctor_elsewhere").get(f"/api/v1/sittings/{world.sitting_id}/board").status_code == 404


def test_who_also_arranges_knows_every_room(world: World) -> None:
    with database.writing() as session:
        guardian = world.actor(session, "security")
        administering.grant_duty(session, guardian, world.accounts["arranger"], Duty.PROCTOR, now=PREPARED_AT)
        assert remove(session, world, "proctor1") == ""
        arranger = world.actor(session, "arranger")
        arranging.assign_proctor(session, arranger, world.sitting_id, world.accounts["arranger"], now=PREPARED_AT)

        with pytest.raises(errors.WrongState, match=r"^allotment_hidden:.*2026-11-20"):
            on_duty.require(session, world.actor(session, "proctor2"), world.sitting_id, now=PREPARED_AT)
        assert on_duty.require(session, arranger, world.sitting_id, now=PREPARED_AT).id == world.sitting_id
