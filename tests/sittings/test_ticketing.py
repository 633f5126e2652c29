"""Tickets on paper: numbers, a lost one replaced, many printed at once in the background, and the plan for the door."""

import json
import re
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session

from service import sweeping
from service.journal import queries as journal
from service.journal.rules import Event
from service.kernel import database, errors
from service.papers.rules.states import Form
from service.sittings import queries
from service.sittings.actions import (
    arranging,
    checking_in,
    enrolling,
    places,
    printing,
    rearranging,
    seat_plans,
    ticketing,
)
from service.sittings.api import printing as background
from service.sittings.queries import prints
from service.sittings.rules import tickets
from service.sittings.rules.phases import planned
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Sitting, TicketPrint
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.world import CHECK_IN_AT, COUNTIES, ENDS_AT, PREPARED_AT, STARTS_AT, World

API = "/api/v1/sittings/ticket-prints"


def pages(pdf: bytes) -> int:
    assert pdf.startswith(b"%PDF-")
    return len(re.findall(rb"/Type\s*/Page\b", pdf))


def printed(session: Session) -> list[tuple[str, object]]:
    """What the record knows of printed tickets, in order."""
    found = session.exec(journal.entries(event=Event.TICKETS_PRINTED)).all()
    return [(entry.subject, json.loads(entry.data)["tickets"]) for entry in found[::-1]]


def another(session: Session, world: World, *, seated: bool = True) -> int:
    """A second sitting with two seats, or none yet."""
    other = open_class(session, world, Wanted("2024-TL-02"))
    worlds.seal_paper(session, other)
    arranger = world.actor(session, "arranger")
    (room,) = places.add_exam_point(session, arranger, "另一考试点", COUNTIES[0], "", {"一号": 9}, now=PREPARED_AT)
    sitting = arranging.plan_sitting(
        session,
        arranger,
        class_id=other.class_id,
        room_id=room.id or 0,
        starts_at=STARTS_AT,
        late_minutes=30,
        letter=Form.A,
        now=PREPARED_AT,
    )
    if seated:
        enrolling.enrol_class(session, arranger, sitting.id or 0, now=PREPARED_AT)
    return sitting.id or 0


# --- numbers ---


@pytest.mark.parametrize(
    ("year", "sitting_id", "seat", "number"),
    [
        pytest.param(2026, 1, 1, "26000101", id="the first"),
        pytest.param(2026, 9999, 60, "26999960", id="the last one of four digits"),
        pytest.param(2026, 10_000, 1, "261000001", id="a longer number from then on"),
        pytest.param(2100, 99_999_999, 60, "009999999960", id="as long as it can be"),
    ],
)
def test_a_number_is_year_sitting_and_seat(year: int, sitting_id: int, seat: int, number: str) -> None:
    assert tickets.number_of(year, sitting_id, seat) == number


def test_no_two_seats_ever_share_a_number() -> None:
    sittings = [*range(1, 130), 1000, 1001, 9999, 10_000, 10_001, 99_999, 100_000, 260_001, 1_000_000]
    numbers = [
        tickets.number_of(year, sitting, seat) for year in (2026, 2027) for sitting in sittings for seat in range(1, 61)
    ]

    assert len(set(numbers)) == len(numbers)


@pytest.mark.parametrize(("sitting_id", "seat"), [(1, 0), (1, 61), (1, 100), (100_000_000, 1)])
def test_what_has_no_number_is_not_given_a_wrong_one(sitting_id: int, seat: int) -> None:
    with pytest.raises(ValueError):
        tickets.number_of(2026, sitting_id, seat)


def test_the_ten_thousandth_sitting_gets_its_tickets_too(world: World) -> None:
    with database.writing() as session:
        first = queries.sitting(session, world.sitting_id)
        assert first is not None
        arranger = world.actor(session, "arranger")
        rearranging.cancel_sitting(session, arranger, world.sitting_id, "改期", now=PREPARED_AT)
        copied = {name: getattr(first, name) for name in ("class_id", "form_id", "room_id", "duration_minutes")}
        session.add(Sitting(id=10_000, starts_at=STARTS_AT, **copied))
        session.flush()

        done = enrolling.enrol_class(session, arranger, 10_000, now=PREPARED_AT)

        numbers = sorted(one.seat.ticket_number for one in done if one.seat is not None)
        assert numbers == [f"2610000{seat:02d}" for seat in range(1, 7)]


# --- one replaced ---

AT = planned(STARTS_AT, 90, 30)


@pytest.mark.parametrize(
    ("state", "now", "cancelled", "code"),
    [
        pytest.param(SeatState.EXPECTED, PREPARED_AT, False, "allowed", id="days before"),
        pytest.param(SeatState.EXPECTED, CHECK_IN_AT, False, "allowed", id="at the door"),
        pytest.param(SeatState.REFUSED, CHECK_IN_AT, False, "allowed", id="turned away for want of it"),
        pytest.param(SeatState.ADMITTED, CHECK_IN_AT, False, "no_ticket_needed", id="in the room"),
        pytest.param(SeatState.WORKING, STARTS_AT, False, "no_ticket_needed", id="working"),
        pytest.param(SeatState.HANDED_IN, STARTS_AT, False, "no_ticket_needed", id="handed in"),
        pytest.param(SeatState.EXPECTED, ENDS_AT, False, "sitting_ended", id="over"),
        pytest.param(SeatState.EXPECTED, PREPARED_AT, True, "sitting_cancelled", id="cancelled"),
    ],
)
def test_when_a_ticket_is_replaced(state: SeatState, now: datetime, cancelled: bool, code: str) -> None:
    assert tickets.may_reissue(state, AT, now, cancelled=cancelled).code == code


def test_a_new_ticket_voids_the_old_one_at_the_door(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        arranger, proctor = world.actor(session, "arranger"), world.actor(session, "proctor1")

        seat = ticketing.reissue_ticket(session, arranger, seat_id, "遗失", now=CHECK_IN_AT)

        sitting = queries.sitting(session, world.sitting_id)
        assert sitting is not None
        assert (seat.ticket_number, seat.ticket_issue) == (world.tickets[seat_id], 2)
        fresh = ticketing.ticket_text(seat, sitting)
        verdicts = [
            checking_in.scan_ticket(session, proctor, world.sitting_id, text, f"nonce-{place}", now=CHECK_IN_AT)
            for place, text in enumerate((world.codes[seat_id], fresh, world.tickets[seat_id]))
        ]
        assert [card.decision.code for card in verdicts] == ["ticket_reissued", "allowed", "ticket_replaced"]
        entry = session.exec(journal.entries(event=Event.TICKET_REISSUED)).one()
        assert (entry.subject, json.loads(entry.data)) == (
            f"seat:{seat_id}",
            {"sitting": world.sitting_id, "issue": 2, "reason": "遗失"},
        )
        checking_in.admit(session, proctor, seat_id, now=CHECK_IN_AT)
        with pytest.raises(errors.WrongState, match=r"^no_ticket_needed:"):
            ticketing.reissue_ticket(session, arranger, seat_id, "又遗失", now=CHECK_IN_AT)


def test_replacing_over_http_takes_a_reason_and_the_right(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    seat_id, arranger = world.seats[0], browser.of("arranger")
    api = f"/api/v1/sittings/seats/{seat_id}"

    assert browser.of("proctor1").post(f"{api}/reissue", json={"reason": "遗失"}).status_code == 403
    assert arranger.post(f"{api}/reissue", json={"reason": ""}).status_code == 422
    assert arranger.post("/api/v1/sittings/seats/9999/reissue", json={"reason": "遗失"}).status_code == 404
    assert arranger.post(f"{api}/reissue", json={"reason": "遗失"}).json() == {
        "seat_id": seat_id,
        "ticket_number": world.tickets[seat_id],
        "issue": 2,
    }
    assert pages(arranger.get(f"{api}/ticket.pdf").content) == 1
    with database.reading() as session:
        assert printed(session) == [(f"seat:{seat_id}", 1)]


# --- many printed at once ---


def test_a_batch_is_asked_for_prepared_and_fetched(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    with database.writing() as session:
        second = another(session, world)
    arranger = browser.of("arranger")

    # The client waits for the work behind the answer; the answer itself left before.
    asked = arranger.post(API, json={"sitting_ids": [second, world.sitting_id, second]})

    assert asked.status_code == 202
    batch = asked.json()
    assert (batch["state"], batch["done"], batch["total"]) == ("preparing", 0, 8)
    assert batch["sittings"] == [world.sitting_id, second]
    ready = arranger.get(f"{API}/{batch['code']}").json()
    assert (ready["state"], ready["done"]) == ("ready", 8)
    assert pages(arranger.get(f"{API}/{batch['code']}/tickets.pdf").content) == 8
    with database.reading() as session:
        assert printed(session) == [(f"sitting:{world.sitting_id}", 6), (f"sitting:{second}", 2)]
    assert batch["code"] in arranger.get("/sittings/tickets").text, "the page finds it again"


def test_asking_again_while_it_is_prepared_gives_the_same_batch(world: World) -> None:
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        first, begins = printing.ask(session, arranger, [world.sitting_id], now=PREPARED_AT)
        again, begins_again = printing.ask(session, arranger, [world.sitting_id], now=PREPARED_AT + printing.DEAD_AFTER)
        assert (again.code, begins, begins_again) == (first.code, True, False)

        # Whoever prepared it has died; a sign of life would have kept it.
        late = PREPARED_AT + printing.DEAD_AFTER + timedelta(seconds=1)
        anew, begins = printing.ask(session, arranger, [world.sitting_id], now=late)
        assert (anew.code != first.code, begins) == (True, True)
        printing.note_progress(session, first.code, 3, now=late)
        found = prints.progress(session, first.code)
        assert found is not None and (found.done, printing.is_alive(found, late)) == (3, True)


def test_preparing_twice_prints_once(world: World, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    with database.writing() as session:
        batch, _ = printing.ask(session, world.actor(session, "arranger"), [world.sitting_id], now=PREPARED_AT)
    background.prepare(batch.code)
    with database.reading() as session:
        first = prints.print_of(session, batch.code)
        assert first is not None and first.pdf is not None
        digest = first.digest

    background.prepare(batch.code)

    with database.reading() as session:
        again = prints.print_of(session, batch.code)
        assert again is not None and again.digest == digest
        assert printed(session) == [(f"sitting:{world.sitting_id}", 6)]


def test_a_ticket_that_became_void_meanwhile_is_not_handed_out(world: World, clock: Clock) -> None:
    clock.set(PREPARED_AT)
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        batch, _ = printing.ask(session, arranger, [world.sitting_id], now=PREPARED_AT)
        before = prints.fingerprint(session, [world.sitting_id])
        ticketing.reissue_ticket(session, arranger, world.seats[0], "遗失", now=PREPARED_AT)

        assert not printing.finish(session, batch.code, b"%PDF-", before, now=PREPARED_AT)

        found = prints.print_of(session, batch.code)
        assert found is not None and (found.fault, found.pdf) == ("changed", None)
        assert printed(session) == []
        assert printing.ask(session, arranger, [world.sitting_id], now=PREPARED_AT)[1], "asking again begins anew"


def test_whatever_goes_wrong_stands_in_the_batch(
    world: World, clock: Clock, browser: Browser, caplog: pytest.LogCaptureFixture
) -> None:
    clock.set(PREPARED_AT)
    with database.writing() as session:
        batch, _ = printing.ask(session, world.actor(session, "arranger"), [world.sitting_id], now=PREPARED_AT)
        row = session.get_one(TicketPrint, batch.code)
        row.sittings = "9999"
        session.add(row)

    background.prepare(batch.code)

    assert browser.of("arranger").get(f"{API}/{batch.code}").json()["state"] == "failed"
    assert browser.of("arranger").get(f"{API}/{batch.code}/tickets.pdf").json()["code"] == "print_not_ready"
    assert "could not be prepared" in caplog.text


def test_a_batch_is_its_askers_alone_and_is_thrown_away_after_a_day(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(PREPARED_AT)
    code = browser.of("arranger").post(API, json={"sitting_ids": [world.sitting_id]}).json()["code"]

    for username, status in (("proctor1", 403), ("institution", 403), ("administrator", 403), ("arranger", 200)):
        assert browser.of(username).get(f"{API}/{code}").status_code == status
    assert browser.of("arranger").get(f"{API}/another-code").status_code == 404
    with database.writing() as session:
        batch = prints.print_of(session, code)
        assert batch is not None
        batch.person_id = world.actor(session, "planner").person_id or 0
        session.add(batch)
    assert browser.of("arranger").get(f"{API}/{code}/tickets.pdf").status_code == 404, "somebody else's"
    with database.writing() as session:
        later = PREPARED_AT + printing.KEPT + timedelta(seconds=1)
        printing.ask(session, world.actor(session, "arranger"), [world.sitting_id], now=later)
        assert prints.print_of(session, code) is None


@pytest.mark.parametrize(
    ("after", "kept"),
    [
        pytest.param(printing.KEPT - timedelta(minutes=1), True, id="while it may be fetched again"),
        pytest.param(printing.KEPT + timedelta(minutes=1), False, id="when its time is over"),
    ],
)
def test_tickets_go_by_themselves_though_nobody_prints_again(
    world: World, clock: Clock, after: timedelta, kept: bool
) -> None:
    with database.writing() as session:
        arranger = world.actor(session, "arranger")
        batch, _ = printing.ask(session, arranger, [world.sitting_id], now=PREPARED_AT)
        code, before = batch.code, prints.fingerprint(session, [world.sitting_id])
        assert printing.finish(session, code, b"%PDF-", before, now=PREPARED_AT)

    clock.set(PREPARED_AT + after)
    sweeping.throw_tickets_away()

    assert (sweeping.throw_tickets_away, sweeping.TICKETS_SECONDS) in sweeping.tasks()
    with database.reading() as session:
        assert (prints.print_of(session, code) is not None) is kept


def test_nothing_is_printed_of_what_has_no_seats_or_does_not_exist(world: World) -> None:
    with database.writing() as session:
        arranger, empty = world.actor(session, "arranger"), another(session, world, seated=False)

        with pytest.raises(errors.WrongState, match=r"^nobody_enrolled:"):
            printing.ask(session, arranger, [world.sitting_id, empty], now=PREPARED_AT)
        with pytest.raises(errors.NotFound):
            printing.ask(session, arranger, [9999], now=PREPARED_AT)
        with pytest.raises(errors.RightMissing):
            printing.ask(session, world.actor(session, "proctor1"), [world.sitting_id], now=PREPARED_AT)
        assert printing.ask(session, arranger, [world.sitting_id], now=PREPARED_AT)[1]


# --- what stands on paper ---


def test_a_rehearsals_ticket_says_that_it_is_one(world: World) -> None:
    with database.writing() as session:
        view = queries.view(session, world.sitting_id)
        assert view is not None
        seats = queries.seats_of(session, world.sitting_id)
        (earnest, *_) = ticketing.ticket_rows(session, view, seats)
        view.sitting.rehearsal = True
        (practice, *_) = ticketing.ticket_rows(session, view, seats)

        assert (earnest["rehearsal"], practice["rehearsal"]) == ("", "yes")
        assert {name for name, value in earnest.items() if practice[name] != value} <= {"rehearsal", "qr"}
        arranger = world.actor(session, "arranger")
        assert pages(ticketing.print_tickets(session, arranger, world.sitting_id, now=PREPARED_AT)) == 6


def test_the_plan_of_the_room_names_everybody_once_in_rows_from_the_front(world: World, browser: Browser) -> None:
    with database.reading() as session:
        placed = seat_plans.seat_plan(session, world.sitting_id)
        assert [one.seat.number for one in placed] == [1, 2, 3, 4, 5, 6]
        assert {one.line.person.name for one in placed} == {f"学员{number}" for number in range(6)}
        assert [len(row) for row in seat_plans.rows_of(placed * 3)] == [6, 6, 6]
        assert [len(row) for row in seat_plans.rows_of(placed[:5])] == [5]

    plan = f"/api/v1/sittings/{world.sitting_id}/seat-plan.pdf"
    assert pages(browser.of("arranger").get(plan).content) == 1
    assert browser.of("proctor1").get(plan).status_code == 403
    assert browser.of("arranger").get("/api/v1/sittings/9999/seat-plan.pdf").status_code == 404
