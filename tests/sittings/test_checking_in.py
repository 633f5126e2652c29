"""At the door: what a proctor sees of a ticket, who is let in and who is not, and that the record keeps all of it."""

import json
from datetime import datetime, timedelta

import pytest
from sqlmodel import Session, select

from service.access.rules import people
from service.journal import queries as journal
from service.kernel import database, errors
from service.papers.rules.states import Form
from service.sittings import queries
from service.sittings.actions import arranging, checking_in, enrolling, places, ticketing
from service.sittings.actions.checking_in import Card
from service.sittings.rules import tickets
from service.sittings.rules.seats import RefusalReason, SeatState
from service.sittings.tables import Scan
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.papers.classes import Wanted, open_class
from tests.world import CHECK_IN_AT, COUNTIES, ENDS_AT, PREPARED_AT, STARTS_AT, World

LAST_ENTRY = STARTS_AT + timedelta(minutes=30)


def scan(session: Session, world: World, text: str, nonce: str = "nonce-1", now: datetime = CHECK_IN_AT) -> Card:
    return checking_in.scan_ticket(session, world.actor(session, "proctor1"), world.sitting_id, text, nonce, now=now)


def scans(session: Session) -> list[tuple[str, str, int | None]]:
    return [(row.nonce, row.verdict, row.seat_id) for row in session.exec(select(Scan).order_by(Scan.id))]  # type: ignore[arg-type]


def state(session: Session, seat_id: int, now: datetime = CHECK_IN_AT) -> SeatState:
    seat = queries.seat(session, seat_id)
    assert seat is not None
    sitting = queries.sitting(session, seat.sitting_id)
    assert sitting is not None
    return queries.state_of(seat, sitting, now)


def admit(session: Session, world: World, seat_id: int, now: datetime = CHECK_IN_AT, by: str = "proctor1") -> None:
    checking_in.admit(session, world.actor(session, by), seat_id, now=now)


def turn_away(session: Session, world: World, seat_id: int, now: datetime = CHECK_IN_AT) -> None:
    proctor = world.actor(session, "proctor1")
    checking_in.turn_away(session, proctor, seat_id, RefusalReason.IMPERSONATION, "本人与照片不符", now=now)


# --- scanning ---


def test_a_ticket_shows_whose_it_is_by_its_code_or_its_typed_number(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        by_code = scan(session, world, world.codes[seat_id])
        by_number = scan(session, world, f" {world.tickets[seat_id]} ", "nonce-2", CHECK_IN_AT + timedelta(seconds=9))

        for card in (by_code, by_number):
            assert card.decision.allowed
            assert card.seat is not None and card.seat.id == seat_id
            assert card.person is not None
            full = world.citizen_ids[card.seat.trainee_id]
            assert card.person.citizen_id_masked == people.masked(full)
            assert card.enterprise in {"青松煤矿", "北山煤矿"}
        assert (by_code.last_scan_at, by_number.last_scan_at) == (None, CHECK_IN_AT)


def test_looks_that_fail_are_kept_too_each_with_its_verdict(world: World) -> None:
    with database.writing() as session:
        other = open_class(session, world, Wanted("2024-TL-02"))
        worlds.seal_paper(session, other)
        arranger = world.actor(session, "arranger")
        (room,) = places.add_exam_point(session, arranger, "另一考试点", COUNTIES[0], "", {"一": 9}, now=PREPARED_AT)
        theirs = arranging.plan_sitting(
            session,
            arranger,
            class_id=other.class_id,
            room_id=room.id or 0,
            starts_at=STARTS_AT,
            late_minutes=30,
            letter=Form.A,
            now=PREPARED_AT,
        )
        stranger = enrolling.enrol_class(session, arranger, theirs.id or 0, now=PREPARED_AT)[0].seat
        assert stranger is not None
        code = world.codes[world.seats[0]]
        seat = queries.seat(session, world.seats[1])
        assert seat is not None
        seat.ticket_issue = 2
        cases = [
            ("", "ticket_unreadable"),
            ("https://example.org/", "ticket_unreadable"),
            (code[:-1] + ("0" if code[-1] != "0" else "1"), "ticket_unreadable"),
            ("0000000000", "ticket_unknown"),
            (stranger.ticket_number, "ticket_unknown"),
            (ticketing.ticket_text(stranger, theirs), "ticket_other_sitting"),
            (world.codes[world.seats[1]], "ticket_reissued"),
            (code, "allowed"),
        ]

        verdicts = [scan(session, world, text, f"nonce-{place}").decision.code for place, (text, _) in enumerate(cases)]

        assert verdicts == [verdict for _, verdict in cases]
        kept = [(f"nonce-{place}", verdict, None) for place, (_, verdict) in enumerate(cases[:-1])]
        assert scans(session) == [*kept, (f"nonce-{len(kept)}", "allowed", world.seats[0])]
        entries = [json.loads(entry.data)["verdict"] for entry in session.exec(journal.entries(event="TICKET_SCANNED"))]
        assert entries[::-1] == verdicts


def test_a_ticket_is_worthless_once_its_exam_is_over(world: World) -> None:
    code = world.codes[world.seats[0]]
    with database.writing() as session:
        assert scan(session, world, code, "nonce-1", ENDS_AT).decision.code == "sitting_ended"
        later = ENDS_AT + tickets.EXPIRES_AFTER
        assert scan(session, world, code, "nonce-2", later + timedelta(seconds=1)).decision.code == "ticket_expired"


def test_a_retry_with_the_same_nonce_is_the_same_look(world: World) -> None:
    code = world.codes[world.seats[0]]
    with database.writing() as session:
        for _ in range(3):
            assert scan(session, world, code, "nonce-1").decision.allowed
        assert len(scans(session)) == 1
        assert len(list(session.exec(journal.entries(event="TICKET_SCANNED")))) == 1
        scan(session, world, code, "nonce-2")
        assert len(scans(session)) == 2


# --- admitting and turning away ---


def test_admission_and_refusal_undo_each_other_and_the_record_keeps_both(world: World) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        states = [state(session, seat_id)]
        for act in (turn_away, admit, turn_away, admit):
            act(session, world, seat_id)
            states.append(state(session, seat_id))

        seat = queries.seat(session, seat_id)
        assert seat is not None
        assert states == [
            SeatState.EXPECTED,
            SeatState.REFUSED,
            SeatState.ADMITTED,
            SeatState.REFUSED,
            SeatState.ADMITTED,
        ]
        assert (seat.refused_at, seat.refused_by, seat.refusal) == (None, None, None)
        entries = journal.about(session, f"seat:{seat_id}")
        assert [entry.event for entry in entries] == ["CANDIDATE_REFUSED", "CANDIDATE_ADMITTED"] * 2
        assert json.loads(entries[0].data) == {
            "sitting": world.sitting_id,
            "reason": "impersonation",
            "note": "本人与照片不符",
        }
        assert {entry.actor for entry in entries} == {f"account:{world.accounts['proctor1']}"}


def test_nobody_is_admitted_twice_not_even_by_the_colleague(world: World) -> None:
    with database.writing() as session:
        admit(session, world, world.seats[0])
        with pytest.raises(errors.WrongState, match=r"^already_admitted:"):
            admit(session, world, world.seats[0], by="proctor2")
        assert scan(session, world, world.codes[world.seats[0]]).decision.code == "already_admitted"
        admit(session, world, world.seats[1], by="proctor2")


def test_late_comers_are_let_in_to_the_last_moment_with_their_minutes_on_record(world: World) -> None:
    first, second, third = world.seats[:3]
    with database.writing() as session:
        admit(session, world, first, CHECK_IN_AT)
        admit(session, world, second, LAST_ENTRY)
        with pytest.raises(errors.Refused, match=r"^too_late:"):
            admit(session, world, third, LAST_ENTRY + timedelta(microseconds=1))
        turn_away(session, world, third, LAST_ENTRY + timedelta(minutes=1))

        late = {
            entry.subject: json.loads(entry.data)["late_minutes"]
            for entry in session.exec(journal.entries(event="CANDIDATE_ADMITTED"))
        }
        assert late == {f"seat:{first}": 0, f"seat:{second}": 30}
        assert state(session, third, LAST_ENTRY + timedelta(minutes=1)) is SeatState.REFUSED


def test_a_strangers_proctor_sees_neither_ticket_nor_seat_nor_board(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(CHECK_IN_AT)
    seat_id = world.seats[0]
    requests = [
        ("POST", f"/api/v1/sittings/{world.sitting_id}/scans", {"text": world.codes[seat_id], "nonce": "nonce-123"}),
        ("POST", f"/api/v1/sittings/seats/{seat_id}/admission", {"admit": True}),
        ("POST", f"/api/v1/sittings/seats/{seat_id}/release", {"reason": "换机"}),
        ("GET", f"/api/v1/sittings/{world.sitting_id}/board", None),
        ("POST", f"/api/v1/sittings/{world.sitting_id}/incidents", {"text": "听到手机响"}),
        ("GET", f"/api/v1/sittings/seats/{seat_id}/photo", None),
    ]

    statuses = {
        username: [browser.of(username).request(method, path, json=body).status_code for method, path, body in requests]
        for username in ("proctor_elsewhere", "arranger", "institution", "proctor1")
    }

    assert statuses == {
        "proctor_elsewhere": [404] * 6,
        "arranger": [403] * 6,
        "institution": [403] * 6,
        # Nobody of the world has a photograph.
        "proctor1": [200, 200, 200, 200, 201, 404],
    }


def test_a_refusal_over_http_needs_its_reason(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(CHECK_IN_AT)
    path = f"/api/v1/sittings/seats/{world.seats[0]}/admission"
    proctor = browser.of("proctor1")

    assert proctor.post(path, json={"admit": False}).json()["code"] == "refusal_reason_missing"
    assert proctor.post(path, json={"admit": False, "reason": "bad_mood"}).status_code == 422
    assert proctor.post(path, json={"admit": False, "reason": "no_document"}).json() == {"admitted": False}
    assert proctor.post(path, json={"admit": True}).json() == {"admitted": True}
