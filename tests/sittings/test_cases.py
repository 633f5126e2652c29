"""Cases of the door: seen by those whom they concern, closed once, with a reason, by the rules of the door."""

import json
from datetime import timedelta

import pytest
from sqlmodel import Session, col, select

from service.journal import queries as journal
from service.kernel import database, errors
from service.sittings import queries
from service.sittings.actions import cases as actions
from service.sittings.rules.cases import CaseOutcome
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Case, Scan
from tests.conftest import Browser, Clock
from tests.sittings.tablets import BACK_AT, FIRST, MINUTE, SECOND, do, enrol, state
from tests.world import CHECK_IN_AT, ENDS_AT, STARTS_AT, World

ADMIT, TURN_AWAY, KEEP = CaseOutcome.ADMIT, CaseOutcome.TURN_AWAY, CaseOutcome.KEEP


def admitted_after_refusal(session: Session, world: World, seat_id: int) -> int:
    """A case: refused online on one tablet, admitted offline on the other a minute later."""
    enrol(session, world)
    do(session, world, FIRST, "refuse", seat_id, now=CHECK_IN_AT)
    do(session, world, SECOND, "admit", seat_id, at=CHECK_IN_AT + MINUTE, now=BACK_AT)
    return session.exec(select(Case).order_by(col(Case.id).desc())).one().id or 0


def close(
    session: Session, world: World, case_id: int, outcome: CaseOutcome, by: str = "proctor2", **when: object
) -> Case:
    now = when.get("now", BACK_AT)
    return actions.close_case(session, world.actor(session, by), case_id, outcome, "核对过身份证", now=now)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("outcome", "becomes", "events"),
    [
        (ADMIT, SeatState.ADMITTED, ["CANDIDATE_ADMITTED", "CASE_CLOSED"]),
        (TURN_AWAY, SeatState.REFUSED, ["CANDIDATE_REFUSED", "CASE_CLOSED"]),
        (KEEP, SeatState.REFUSED, ["CASE_CLOSED"]),
    ],
)
def test_a_case_is_closed_with_a_reason_and_does_to_the_seat_what_it_says(
    world: World, outcome: CaseOutcome, becomes: SeatState, events: list[str]
) -> None:
    seat_id = world.seats[0]
    with database.writing() as session:
        case_id = admitted_after_refusal(session, world, seat_id)
        assert state(session, seat_id) is SeatState.REFUSED

        case = close(session, world, case_id, outcome)

        assert state(session, seat_id) is becomes
        assert (case.closed_at, case.outcome, case.reason) == (BACK_AT, outcome, "核对过身份证")
        entries = journal.about(session, f"seat:{seat_id}")
        assert [entry.event for entry in entries] == ["CANDIDATE_REFUSED", "CASE_OPENED", *events]
        assert json.loads(entries[-1].data) == {
            "case": case_id,
            "kind": "admitted_after_refusal",
            "outcome": outcome,
            "reason": "核对过身份证",
        }


def test_an_admission_that_a_case_lets_stand_counts_from_when_it_happened(world: World) -> None:
    seat_id = world.seats[0]
    late = STARTS_AT + timedelta(minutes=50)
    with database.writing() as session:
        case_id = admitted_after_refusal(session, world, seat_id)
        close(session, world, case_id, ADMIT, now=late)

        seat = queries.seat(session, seat_id)
        assert seat is not None
        assert (seat.admitted_at, seat.refused_at) == (CHECK_IN_AT + MINUTE, None)
        assert seat.admitted_by == world.actor(session, "proctor2").person_id
        # It is an act like any other: the next one may take it back.
        assert do(session, world, FIRST, "undo", seat_id, now=late) == ("allowed", "")
        assert state(session, seat_id, late) is SeatState.REFUSED


def test_a_case_is_closed_once(world: World) -> None:
    with database.writing() as session:
        case_id = admitted_after_refusal(session, world, world.seats[0])
        close(session, world, case_id, KEEP)
        before = len(list(session.exec(select(Scan))))

        for outcome in CaseOutcome:
            with pytest.raises(errors.WrongState, match=r"^case_closed:"):
                close(session, world, case_id, outcome)
        assert len(list(session.exec(select(Scan)))) == before


def test_what_the_door_forbids_a_case_forbids_too(world: World) -> None:
    first, second = world.seats[:2]
    last_entry = STARTS_AT + timedelta(minutes=30)
    with database.writing() as session:
        case_id = admitted_after_refusal(session, world, first)
        with pytest.raises(errors.WrongState, match=r"^sitting_ended:"):
            close(session, world, case_id, ADMIT, now=ENDS_AT)
        do(session, world, FIRST, "admit", second, at=last_entry + MINUTE, now=last_entry + 5 * MINUTE)
        late = session.exec(select(Case).where(Case.seat_id == second)).one().id or 0
        with pytest.raises(errors.Refused, match=r"^too_late:"):
            close(session, world, late, ADMIT, now=last_entry + 6 * MINUTE)

        close(session, world, late, TURN_AWAY, now=last_entry + 6 * MINUTE)
        seat = queries.seat(session, second)
        assert seat is not None and seat.refusal == "late"


def test_who_sees_and_closes_cases(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(BACK_AT)
    with database.writing() as session:
        case_id = admitted_after_refusal(session, world, world.seats[0])
    listing, closing = f"/api/v1/sittings/{world.sitting_id}/cases", f"/api/v1/sittings/cases/{case_id}/closing"
    body = {"outcome": "keep", "reason": "维持拒绝"}
    people = ("proctor_elsewhere", "institution", "auditor", "arranger", "proctor1")

    statuses = {
        who: (browser.of(who).get(listing).status_code, browser.of(who).post(closing, json=body).status_code)
        for who in people
    }

    assert statuses == {
        "proctor_elsewhere": (404, 404),
        "institution": (403, 403),
        # An auditor reads, and that is all.
        "auditor": (200, 404),
        "arranger": (200, 200),
        "proctor1": (200, 409),
    }
    assert browser.stranger().get(listing).status_code == 401


def test_a_listed_case_says_what_happened_and_which_ways_out_there_are(
    world: World, browser: Browser, clock: Clock
) -> None:
    clock.set(BACK_AT)
    seat_id = world.seats[0]
    with database.writing() as session:
        admitted_after_refusal(session, world, seat_id)
    path = f"/api/v1/sittings/{world.sitting_id}/cases"

    (found,) = browser.of("proctor1").get(path, headers={"Accept-Language": "en"}).json()

    assert found.pop("seat")["seat_id"] == seat_id
    assert found == {
        "id": found["id"],
        "kind": "admitted_after_refusal",
        "words": found["words"],
        "act": "admit",
        "reason": "",
        "note": "",
        "happened_at": (CHECK_IN_AT + MINUTE).isoformat().replace("+00:00", "Z"),
        "said_at": None,
        "learnt_at": BACK_AT.isoformat().replace("+00:00", "Z"),
        "proctor": "proctor2",
        "tablet": f"平板 {SECOND}",
        "opened_at": BACK_AT.isoformat().replace("+00:00", "Z"),
        "closed_at": None,
        "closed_by": None,
        "outcome": None,
        "closing_reason": None,
        "ways": {way: {"allowed": True, "reason": ""} for way in ("admit", "turn_away", "keep")},
    }
    closing = f"/api/v1/sittings/cases/{found['id']}/closing"
    assert browser.of("proctor1").post(closing, json={"outcome": "admit", "reason": "x"}).status_code == 422
    assert browser.of("proctor1").post(closing, json={"outcome": "admit", "reason": "本人"}).status_code == 200
    (closed,) = browser.of("proctor1").get(path).json()
    assert (closed["outcome"], closed["closing_reason"], closed["closed_by"]) == ("admit", "本人", "proctor1")
    assert {way["allowed"] for way in closed["ways"].values()} == {False}
