"""A proctor drops out in the middle of the day: relieved with a reason, replaced, and on record."""

import json
from datetime import datetime, timedelta

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlmodel import Session

from service.journal import queries as journal
from service.journal.rules import Event
from service.kernel import database, errors
from service.sittings import queries
from service.sittings.actions import (
    allotting,
    arranging,
    checking_in,
    clockwork,
    minding,
    on_duty,
    packing,
    proctoring,
    recording,
)
from service.sittings.queries import deeds, relieving, scheduling
from service.sittings.rules.door import CaseKind
from service.sittings.rules.room import IncidentKind
from service.sittings.rules.seats import SeatState
from service.sittings.tables import Case, Proctor, Sitting
from tests import world as worlds
from tests.conftest import Browser, Clock
from tests.sittings.tablets import BACK_AT, FIRST, enrol, entry, state
from tests.world import AFTER, CHECK_IN_AT, OPENING_AT, PREPARED_AT, STARTS_AT, WORKING_AT, World


def person(session: Session, world: World, username: str) -> int:
    return world.actor(session, username).person_id or 0


def relieve(
    session: Session, world: World, username: str, now: datetime = CHECK_IN_AT, by: str = "arranger", why: str = "晕倒"
) -> str:
    """The code of the refusal, or nothing."""
    try:
        arranging.relieve_proctor(
            session, world.actor(session, by), world.sitting_id, person(session, world, username), why, now=now
        )
    except errors.ServiceError as refusal:
        return refusal.code
    return ""


def assign(session: Session, world: World, username: str, now: datetime = CHECK_IN_AT) -> str:
    try:
        arranging.assign_proctor(
            session, world.actor(session, "arranger"), world.sitting_id, world.accounts[username], now=now
        )
    except errors.ServiceError as refusal:
        return refusal.code
    return ""


def test_one_who_scanned_and_fell_ill_is_relieved_and_the_paper_still_finds_two_hands(world: World) -> None:
    with database.writing() as session:
        first = world.actor(session, "proctor1")
        checking_in.scan_ticket(
            session, first, world.sitting_id, world.codes[world.seats[0]], "nonce-123", now=CHECK_IN_AT
        )
        assert assign(session, world, "proctor_elsewhere") == "proctors_complete"

        assert relieve(session, world, "proctor1") == ""

        row = session.get_one(Proctor, (world.sitting_id, first.person_id))
        arranger = person(session, world, "arranger")
        assert (row.relieved_at, row.relieved_by, row.relief_reason) == (CHECK_IN_AT, arranger, "晕倒")
        assert queries.proctors(session, world.sitting_id) == {person(session, world, "proctor2")}
        entry = session.exec(journal.entries(event=Event.PROCTOR_RELIEVED)).one()
        assert json.loads(entry.data) == {"person": first.person_id, "reason": "晕倒"}
        assert assign(session, world, "proctor_elsewhere") == ""
        hands = [
            worlds.open_paper(session, world.actor(session, username), world.sitting_id, now=OPENING_AT)[1]
            for username in ("proctor2", "proctor_elsewhere")
        ]
        assert hands == [False, True]


def test_the_relieved_one_is_told_why_nothing_opens_any_more_and_a_stranger_is_not(world: World) -> None:
    with database.writing() as session:
        enrol(session, world)
        assert on_duty.require(session, world.actor(session, "proctor1"), world.sitting_id, now=CHECK_IN_AT)
        assert relieve(session, world, "proctor1") == ""
        relieved, stranger = (world.actor(session, username) for username in ("proctor1", "proctor_elsewhere"))
        acts = {
            "duty": lambda by: on_duty.require(session, by, world.sitting_id, now=CHECK_IN_AT),
            "pack": lambda by: packing.issue_pack(session, by, world.sitting_id, FIRST, "平板", {}, now=CHECK_IN_AT),
            "open": lambda by: worlds.open_paper(session, by, world.sitting_id, now=OPENING_AT),
            "record": lambda by: recording.confirm(session, by, world.sitting_id, "", now=AFTER),
            "admit": lambda by: checking_in.admit(session, by, world.seats[0], now=CHECK_IN_AT),
        }
        for name, act in acts.items():
            with pytest.raises(errors.Refused, match=r"^proctor_relieved:.*晕倒"):
                act(relieved)
            with pytest.raises(errors.NotFound):
                act(stranger)
            assert name


def test_what_a_tablet_did_before_its_proctor_was_relieved_is_kept_for_a_person_to_judge(world: World) -> None:
    with database.writing() as session:
        enrol(session, world)
        assert relieve(session, world, "proctor1", now=CHECK_IN_AT + timedelta(minutes=5)) == ""

        act = entry(session, world, FIRST, "admit", world.seats[0], at=CHECK_IN_AT)
        (queued,) = checking_in.take(session, [act], now=BACK_AT)

        assert not isinstance(queued, errors.ServiceError) and queued.case == CaseKind.TABLET_REVOKED
        assert [case.kind for case in session.execute(sa.select(Case)).scalars()] == ["tablet_revoked"]
        assert state(session, world.seats[0]) is SeatState.EXPECTED


def test_whoever_carries_the_roster_is_relieved_so_that_what_was_done_offline_still_arrives(world: World) -> None:
    with database.writing() as session:
        enrol(session, world)
        first = world.actor(session, "proctor1")
        packing.issue_pack(session, first, world.sitting_id, FIRST, "平板", {}, now=CHECK_IN_AT)
        act = entry(session, world, FIRST, "admit", world.seats[0], at=CHECK_IN_AT)

        with pytest.raises(errors.WrongState, match=r"^proctor_has_roster:"):
            arranging.remove_proctor(
                session,
                world.actor(session, "arranger"),
                world.sitting_id,
                first.person_id or 0,
                "生病",
                now=CHECK_IN_AT + timedelta(minutes=5),
            )
        assert relieve(session, world, "proctor1", now=CHECK_IN_AT + timedelta(minutes=5)) == ""

        (queued,) = checking_in.take(session, [act], now=BACK_AT)
        assert not isinstance(queued, errors.ServiceError) and queued.case == CaseKind.TABLET_REVOKED
        other = world.actor(session, "proctor2")
        assert arranging.judge_removal(
            session, session.get_one(Sitting, world.sitting_id), other.person_id or 0, now=CHECK_IN_AT
        ).allowed, "who has no roster is taken off as before"


def test_the_record_says_who_was_relieved_when_and_why_and_asks_for_the_substitutes_hand(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
        assert (
            "reliefs"
            not in recording.read(session, world.actor(session, "auditor"), world.sitting_id, now=WORKING_AT).content
        ), "what was signed before anybody was relieved stays as it was signed"
        assert relieve(session, world, "proctor1", now=WORKING_AT) == ""
        assert assign(session, world, "proctor_elsewhere", now=WORKING_AT) == ""
        for seat_id in world.seats:
            worlds.start(session, seat_id, now=WORKING_AT)
            worlds.hand_in(session, seat_id)

        found = recording.confirm(session, world.actor(session, "proctor_elsewhere"), world.sitting_id, "", now=AFTER)

        names = {
            username: world.actor(session, username).name
            for username in ("proctor1", "proctor2", "proctor_elsewhere", "arranger")
        }
        assert found.content["proctors"] == sorted([names["proctor2"], names["proctor_elsewhere"]])
        assert found.content["reliefs"] == [
            {"name": names["proctor1"], "at": WORKING_AT, "by": names["arranger"], "reason": "晕倒"}
        ]
        assert [one.name for one in found.signed] == [names["proctor_elsewhere"]]
        assert recording.print_record(session, world.actor(session, "proctor2"), world.sitting_id, now=AFTER)[:4] == (
            b"%PDF"
        )


@pytest.mark.parametrize(
    ("now", "by", "code"),
    [
        pytest.param(PREPARED_AT, "arranger", "", id="the day before"),
        pytest.param(WORKING_AT, "arranger", "", id="in the exam"),
        pytest.param(AFTER, "arranger", "", id="before signing"),
        pytest.param(WORKING_AT, "proctor2", "right_missing", id="not by a colleague"),
        pytest.param(WORKING_AT, "institution", "right_missing", id="not by who trains"),
        pytest.param(WORKING_AT, "administrator", "right_missing", id="not by the administrator"),
    ],
)
def test_the_arranger_relieves_at_any_time(world: World, now: datetime, by: str, code: str) -> None:
    with database.writing() as session:
        assert relieve(session, world, "proctor1", now=now, by=by) == code
        assert len(relieving.reliefs(session, world.sitting_id)) == (not code)


def test_relieved_once_and_for_all_and_free_for_another_sitting(world: World) -> None:
    with database.writing() as session:
        mine = person(session, world, "proctor1")
        at = queries.planned(queries.sitting(session, world.sitting_id))  # type: ignore[arg-type]
        assert mine in scheduling.bookings_of_proctors(session, [mine], at)
        assert relieve(session, world, "proctor1") == ""

        assert relieve(session, world, "proctor1") == "relieved_already"
        assert relieve(session, world, "proctor_elsewhere") == "not_found"
        assert assign(session, world, "proctor1") == "was_relieved"
        assert scheduling.bookings_of_proctors(session, [mine], at) == {}
        drawn = allotting.propose(session, world.actor(session, "arranger"), [world.sitting_id], 7, now=CHECK_IN_AT)
        (proposed,) = drawn.sittings
        assert mine not in {one.person.id for one in (*proposed.chosen, *proposed.spare)}
        assert "was_relieved" in {decision.code for _, decision in proposed.excluded}


def test_whoever_has_a_tie_does_not_take_the_place_either(world: World) -> None:
    with database.writing() as session:
        assert relieve(session, world, "proctor1") == ""

        assert assign(session, world, "arranger") == "not_a_proctor"
        assert assign(session, world, "institution") == "not_a_proctor"


def test_the_database_keeps_who_when_and_why_together(world: World) -> None:
    with pytest.raises(IntegrityError), database.writing() as session:
        session.execute(sa.update(Proctor).values(relieved_at=CHECK_IN_AT))


# --- has done nothing there ---


def test_whatever_a_proctor_did_in_the_room_counts_as_having_acted(world: World) -> None:
    with database.writing() as session:
        worlds.begin_exam(session, world)
    sitting, seat = world.sitting_id, world.seats[0]
    acts = {
        "a pause": lambda s, by: clockwork.pause_room(s, by, sitting, "停电", now=WORKING_AT),
        "a message": lambda s, by: minding.send_message(s, by, sitting, None, "安静", now=WORKING_AT),
        "an incident": lambda s, by: minding.report_incident(
            s, by, sitting, None, IncidentKind.NOISE, "施工", now=WORKING_AT
        ),
        "a release": lambda s, by: proctoring.release_seat(s, by, seat, "死机", now=WORKING_AT),
    }
    found = {}
    for name, act in acts.items():
        with database.writing() as session:
            session.begin_nested()
            by = world.actor(session, "proctor_elsewhere")
            session.add(Proctor(sitting_id=sitting, person_id=by.person_id or 0, assigned_at=PREPARED_AT))
            session.flush()
            before = deeds.has_acted(session, sitting, by.person_id or 0)
            act(session, by)
            found[name] = (before, deeds.has_acted(session, sitting, by.person_id or 0))
            session.rollback()
    assert found == dict.fromkeys(acts, (False, True))


# --- pages ---


def test_the_page_offers_to_relieve_whom_it_cannot_take_off(world: World, browser: Browser, clock: Clock) -> None:
    clock.set(CHECK_IN_AT)
    with database.writing() as session:
        checking_in.admit(session, world.actor(session, "proctor1"), world.seats[0], now=CHECK_IN_AT)
        mine, other = (person(session, world, username) for username in ("proctor1", "proctor2"))
    arranger, path = browser.of("arranger"), f"/api/v1/sittings/{world.sitting_id}/proctors"

    page = arranger.get(f"/sittings/{world.sitting_id}").text
    assert f"{path}/{mine}/relief" in page and f"{path}/{mine}/removal" not in page
    assert f"{path}/{other}/removal" in page and f"{path}/{other}/relief" not in page
    assert browser.of("proctor1").get(f"/api/v1/sittings/{world.sitting_id}/board").status_code == 200
    assert browser.of("institution").post(f"{path}/{mine}/relief", json={"reason": "晕倒"}).status_code == 403

    assert arranger.post(f"{path}/{mine}/relief", json={"reason": "晕倒"}).status_code == 200

    page = arranger.get(f"/sittings/{world.sitting_id}").text
    assert "晕倒" in page and f"{path}/{mine}/relief" not in page
    refused = browser.of("proctor1").get(f"/api/v1/sittings/{world.sitting_id}/board")
    assert (refused.status_code, refused.json()["code"]) == (403, "proctor_relieved")
    assert browser.of("proctor1").get("/api/v1/sittings").json() == []
    assert STARTS_AT > CHECK_IN_AT
